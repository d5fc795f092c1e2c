import type { Context } from '../../context.ts';
import type { Competition } from '../../state/competitions.ts';
import { listSelections, type SelectionStage, selectionStages } from '../../state/selections.ts';
import { deadlineOf } from '../support/deadline.ts';
import { proposeAt } from './propose-selection.ts';
import { verifySelection } from './verify-selection.ts';

const hourMs = 3_600_000;

/** The stage that a time before the end belongs to; null while it is too early, and after the end. */
function stageAt(leftMs: number): SelectionStage | null {
  if (leftMs <= 0) return null;
  return selectionStages.findLast((hours) => leftMs <= hours * hourMs) ?? null;
}

/**
 * Before a real deadline: 48, 12 and 2 hours before it a person is asked to tick the submissions that are to count,
 * and in between Kaggle is looked at whether they are. The practice arena asks nobody.
 */
export async function watchSelection(ctx: Context, competition: Competition): Promise<void> {
  const end = deadlineOf(competition);
  if (ctx.judge !== null || end === null || competition.problem === null) return;
  const stage = stageAt(end.getTime() - ctx.now().getTime());
  if (stage === null) return;
  await verifySelection(ctx, competition);
  // Where the host has moved the end, what was asked before the old one is asked again.
  const all = await listSelections(ctx.state, competition.id);
  const earlier = all.filter(({ endsAt }) => endsAt.getTime() === end.getTime());
  if (earlier.some((one) => one.stage === stage)) return;
  await proposeAt(ctx, competition, competition.problem.metric, { stage, end, earlier });
}
