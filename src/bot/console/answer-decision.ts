import type { CommandFlows } from '../../domain/command-results.ts';
import type { DecisionView } from '../../domain/overview.ts';
import type { Command } from '../command.ts';
import {
  findOption,
  presentDecided,
  presentDecision,
  presentDecisions,
  presentUnknownOption,
  presentWhichDecision,
} from '../presenters/decision.ts';
import type { Place } from '../presenters/format.ts';

type Decide = Extract<Command, { verb: 'decide' }>;

/** Lists open decisions, or finds the one that is meant and answers it. */
export async function answerDecision(flows: CommandFlows, command: Decide, place: Place): Promise<string> {
  const open = await flows.decisions({ slug: null });
  const { target, option, note } = command;
  if (target === null && option === null) return presentDecisions(open, place);
  const meant = target === null ? open : open.filter((decision) => isNamed(decision, target));
  const [decision] = meant;
  if (decision === undefined) return answerByOptionName(flows, open, command);
  if (meant.length > 1) return option === null ? presentDecisions(meant, place) : presentWhichDecision(meant);
  if (option === null) return presentDecision(decision, place);
  return answer(flows, decision, option, note);
}

function isNamed({ id, shortId, slug }: DecisionView, target: string): boolean {
  return [id, shortId, slug].some((name) => name.toLowerCase() === target.toLowerCase());
}

/** `decide skip_competition`: no decision is called so, but an option of the only open one may be. */
async function answerByOptionName(
  flows: CommandFlows,
  open: readonly DecisionView[],
  { target, option, note }: Decide,
): Promise<string> {
  const [only] = open;
  if (only !== undefined && open.length === 1 && target !== null && findOption(only, target) !== null) {
    const words = [option, note].filter((part) => part !== null).join(' ');
    return answer(flows, only, target, words === '' ? null : words);
  }
  if (only === undefined) return 'No decision is open, so there is nothing to answer.';
  return target === null
    ? presentWhichDecision(open)
    : `No open decision is called "${target}". ${presentWhichDecision(open)}`;
}

async function answer(
  flows: CommandFlows,
  decision: DecisionView,
  typed: string,
  note: string | null,
): Promise<string> {
  const option = findOption(decision, typed);
  if (option === null) return presentUnknownOption(decision);
  const input = { decisionId: decision.id, slug: decision.slug, option };
  return presentDecided(await flows.decide(note === null ? input : { ...input, note }));
}
