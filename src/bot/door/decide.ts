import type { Actor } from '../../domain/actor.ts';
import type { DecisionView } from '../../domain/overview.ts';
import {
  aMessage,
  answerClosed,
  answerDecided,
  answerDecisions,
  answerDetails,
  answerUnknownOption,
  askToDecide,
  askWhichDecision,
} from '../answers/decisions.ts';
import { findOption } from '../answers/find-option.ts';
import type { Command } from '../command.ts';
import type { Reply } from '../door.ts';
import { noteForm } from './forms.ts';
import { refuse } from './permit.ts';
import { privately, type Turn } from './turn.ts';

type Decide = Extract<Command, { verb: 'decide' }>;

/** A second press of the same button by the same person within this time is the first one, delivered twice. */
const samePressMs = 10_000;

/** What the buttons for more time and for asking again are called when they are typed. */
const laterWords = /^(snooze|later)$/i;
const againWords = /^again$/i;

/** Lists open decisions, or finds the one that is meant and answers it. In a thread those of its competition. */
export async function decide(turn: Turn, command: Decide): Promise<Reply> {
  const { target, option, note } = command;
  const all = await turn.flows.decisions({ slug: null });
  const slug = target === null ? await turn.threadSlug() : null;
  const open = slug === null ? all : all.filter((decision) => decision.slug === slug);
  if (target === null && option === null) return privately(turn, (scene) => answerDecisions(scene, open));
  const meant = target === null ? open : open.filter((decision) => isNamed(decision, target));
  const [decision] = meant;
  if (decision === undefined) return answerByOptionName(turn, open, command);
  if (meant.length > 1) {
    return privately(turn, (scene) =>
      option === null ? answerDecisions(scene, meant) : askWhichDecision(scene, meant, null),
    );
  }
  if (option === null) return privately(turn, (scene) => answerDecisions(scene, [decision]));
  return answer(turn, decision, option, note, target === null && note === null);
}

function isNamed({ id, shortId, slug }: DecisionView, target: string): boolean {
  return [id, shortId, slug].some((name) => name.toLowerCase() === target.toLowerCase());
}

/**
 * `decide skip_competition`: no open decision is called so, but an option of the only open one may be, or a closed
 * decision, which is answered with how it ended.
 */
async function answerByOptionName(
  turn: Turn,
  open: readonly DecisionView[],
  { target, option, note }: Decide,
): Promise<Reply> {
  const [only] = open;
  if (only !== undefined && open.length === 1 && target !== null) {
    const words = [option, note].filter((part) => part !== null).join(' ');
    if (findOption(only, target, turn.scene.voice) !== null) {
      return answer(turn, only, target, words === '' ? null : words);
    }
  }
  const closed = target === null ? null : await closedCalled(turn, target);
  if (closed !== null && againWords.test(option ?? '')) return askAgain(turn, closed);
  if (closed !== null) return privately(turn, (scene) => answerClosed(scene, closed));
  return privately(turn, (scene) => askWhichDecision(scene, open, target));
}

const uuidForm = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

async function closedCalled({ flows }: Turn, target: string): Promise<DecisionView | null> {
  if (uuidForm.test(target)) return await flows.decision({ decisionId: target.toLowerCase() });
  const all = (await flows.list()).flatMap(({ decisions }) => decisions);
  return all.find(({ shortId }) => shortId.toLowerCase() === target.toLowerCase()) ?? null;
}

/** @param isAskedBack a letter alone is one slip of the finger: what is final or costly is asked back */
async function answer(
  turn: Turn,
  decision: DecisionView,
  typed: string,
  note: string | null,
  isAskedBack = false,
): Promise<Reply> {
  const refused = await refuse(turn, 'decide', { slug: decision.slug, decisionKind: decision.kind });
  if (refused !== null) return refused;
  if (laterWords.test(typed)) return snooze(turn, decision);
  const option = findOption(decision, typed, turn.scene.voice);
  if (option === null) return privately(turn, (scene) => answerUnknownOption(scene, decision));
  const chosen = decision.options.find(({ id }) => id === option);
  // A letter alone leaves out what this answer is about.
  if (note === null && chosen?.wantsText === true) {
    return { kind: 'form', form: noteForm(turn.scene, decision.id, option, decision) };
  }
  if (isAskedBack) {
    if (chosen?.isFinal === true || chosen?.isCostly === true) {
      return privately(turn, (scene) => askToDecide(scene, decision, chosen));
    }
  }
  const result = await turn.flows.decide({
    decisionId: decision.id,
    slug: decision.slug,
    option,
    byName: turn.person.name,
    ...(note === null ? {} : { note }),
  });
  return privately(turn, (scene) => answerDecided(scene, result));
}

/** A decision that a button names: ids come from outside, so it may be any. */
export async function findDecision(turn: Turn, id: string | undefined): Promise<DecisionView | Reply> {
  const decision =
    id === undefined || !uuidForm.test(id) ? null : await turn.flows.decision({ decisionId: id });
  return decision ?? privately(turn, (scene) => aMessage(scene, scene.voice.plain('answers:press.gone')));
}

export function isDecision(found: DecisionView | Reply): found is DecisionView {
  return 'question' in found;
}

/** A pressed option, or one from the form with a note. The database says who was first. */
export async function decideByPress(
  turn: Turn,
  decision: DecisionView,
  optionId: string,
  note: string | null,
): Promise<Reply> {
  const { slug, id, kind, options } = decision;
  const refused = await refuse(turn, 'decide', { slug, decisionKind: kind });
  if (refused !== null) return refused;
  if (!options.some((option) => option.id === optionId)) {
    return privately(turn, (scene) => answerUnknownOption(scene, decision));
  }
  const result = await turn.flows.decide({
    decisionId: id,
    slug,
    option: optionId,
    byName: turn.person.name,
    ...(note === null ? {} : { note }),
  });
  if (result.outcome === 'closed' && isSamePress(turn, result.decision, optionId)) return { kind: 'silence' };
  return privately(turn, (scene) => answerDecided(scene, result));
}

function isSamePress(turn: Turn, decision: DecisionView, optionId: string): boolean {
  const { option, decidedByActor, decidedAt } = decision;
  if (option !== optionId || decidedByActor === null || decidedAt === null) return false;
  const agoMs = turn.where.now.getTime() - decidedAt.getTime();
  return agoMs <= samePressMs && isSameActor(decidedByActor, turn.person.actor);
}

function isSameActor(one: Actor, other: Actor): boolean {
  if (one.type === 'slack' && other.type === 'slack') {
    return one.userId === other.userId && one.teamId === other.teamId;
  }
  if (one.type === 'discord' && other.type === 'discord') return one.userId === other.userId;
  return one.type === 'console' && other.type === 'console' && one.user === other.user;
}

export async function showDetails(turn: Turn, decision: DecisionView): Promise<Reply> {
  const overview = await turn.flows.status({ slug: decision.slug });
  return privately(turn, (scene) => answerDetails(scene, decision, overview));
}

export async function snooze(turn: Turn, decision: DecisionView): Promise<Reply> {
  const { slug, kind, id } = decision;
  const refused = await refuse(turn, 'snooze', { slug, decisionKind: kind });
  if (refused !== null) return refused;
  const { outcome, deadline } = await turn.flows.snooze({ decisionId: id });
  if (outcome === 'closed') {
    const now = await turn.flows.decision({ decisionId: id });
    return privately(turn, (scene) => answerClosed(scene, now ?? decision));
  }
  return privately(turn, (scene) => {
    const at = scene.voice.moment(deadline);
    return outcome === 'done'
      ? aMessage(scene, scene.voice.plain('answers:press.snoozed', { slug, at }), 'good')
      : aMessage(scene, scene.voice.plain('answers:press.snooze_limit', { at }));
  });
}

export async function askAgain(turn: Turn, decision: DecisionView): Promise<Reply> {
  const { slug, kind, id } = decision;
  const refused = await refuse(turn, 'again', { slug, decisionKind: kind });
  if (refused !== null) return refused;
  const { outcome, decision: anew } = await turn.flows.askAgain({ decisionId: id });
  return privately(turn, (scene) => {
    const { plain, moment } = scene.voice;
    return outcome === 'done'
      ? aMessage(scene, plain('answers:press.asked_again', { slug, at: moment(anew.deadline) }), 'good')
      : aMessage(scene, plain('answers:press.too_late', { slug }));
  });
}
