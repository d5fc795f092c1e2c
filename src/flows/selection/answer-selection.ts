import type { Context } from '../../context.ts';
import { chosenNumbers } from '../../domain/final-selection.ts';
import { getCompetition } from '../../state/competitions.ts';
import { type Decision, getDecision } from '../../state/decisions.ts';
import { answerSelection, type FinalSelection, findSelection } from '../../state/selections.ts';
import { Wait } from '../support/wait.ts';
import { tellMissing } from './tell-selection.ts';
import { verifySelection } from './verify-selection.ts';

const lookAgainMs = 20_000;
/** Then it is said that Kaggle shows nothing yet; the quarter-hourly look goes on. */
const patienceMs = 2 * 60_000;

/**
 * A person answered which submissions are to count: written down, and looked up at Kaggle, which alone can tell
 * whether they are ticked. @throws Wait while Kaggle does not show it
 */
export async function recordSelectionAnswer(
  ctx: Context,
  input: { payload: { decisionId?: string | undefined } },
): Promise<void> {
  const { decisionId } = input.payload;
  const decision = decisionId === undefined ? null : await getDecision(ctx.state, decisionId);
  if (decision === null || decision.kind !== 'final_selection' || decision.option === null) return;
  const selection = await findSelection(ctx.state, decision.id);
  if (selection === null) return;
  const outcome = decision.option === 'leave' ? 'left' : 'chosen';
  const chosen = chosenOf(decision, selection);
  await answerSelection(ctx.state, { id: selection.id, outcome, chosen });
  const competition = await getCompetition(ctx.state, decision.competitionId);
  if (outcome === 'left' || competition === null) return;
  if (await verifySelection(ctx, competition)) return;
  const waitedMs = ctx.now().getTime() - (decision.decidedAt ?? ctx.now()).getTime();
  if (waitedMs < patienceMs) throw new Wait(lookAgainMs, 'looking whether the submissions are selected');
  await tellMissing(ctx, competition, { selectionId: selection.id, wanted: chosen ?? [] });
}

/** Null where somebody chose others and did not say which. */
function chosenOf({ option, note }: Decision, { picks, listed }: FinalSelection): number[] | null {
  if (option === 'done') return picks.map(({ ref }) => ref);
  const numbers = chosenNumbers(note ?? '', listed.length);
  return numbers === null ? null : numbers.flatMap((number) => listed[number - 1] ?? []);
}
