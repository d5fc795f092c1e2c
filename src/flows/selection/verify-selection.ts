import type { Context } from '../../context.ts';
import type { Competition } from '../../state/competitions.ts';
import { closeDecision } from '../../state/decisions.ts';
import { type FinalSelection, listSelections, seeSelection } from '../../state/selections.ts';
import { tellConfirmed } from './tell-selection.ts';

/**
 * Looks whether Kaggle shows as selected what was chosen, or what was proposed while nobody has answered: then the
 * question is settled by itself. @returns true where Kaggle shows it
 */
export async function verifySelection(ctx: Context, competition: Competition): Promise<boolean> {
  const all = await listSelections(ctx.state, competition.id);
  const current = all.findLast(({ decisionId }) => decisionId !== null);
  if (current === undefined || current.outcome === 'left') return false;
  const selected = await ctx.kaggle.listSubmissions(competition.slug, {
    group: 'selected',
    signal: ctx.signal,
  });
  const seen = selected.map(({ ref }) => ref);
  const isConfirmed = isShown(current, seen);
  const at = ctx.now();
  // Before it is on file, and harmless when it is done twice: who is killed in between settles it at the next look.
  if (isConfirmed && current.confirmedAt === null) await settle(ctx, competition, current, seen);
  const isNews = await seeSelection(ctx.state, { id: current.id, seen, isConfirmed, at });
  if (isNews) {
    ctx.log.info({ competition: competition.slug, seen }, 'the vendor shows what was chosen as selected');
  }
  return isConfirmed;
}

/** Where a person chose others and did not say which, any choice is theirs. */
function isShown({ outcome, chosen, picks }: FinalSelection, seen: readonly number[]): boolean {
  const wanted = outcome === 'chosen' ? chosen : picks.map(({ ref }) => ref);
  if (wanted === null || wanted.length === 0) return seen.length > 0;
  return wanted.every((ref) => seen.includes(ref));
}

async function settle(
  ctx: Context,
  competition: Competition,
  { id, outcome, decisionId }: FinalSelection,
  seen: readonly number[],
): Promise<void> {
  if (outcome === 'asked' && decisionId !== null) {
    // What was chosen is written down as it is for anybody's answer, and not over one that was quicker.
    await closeDecision(ctx.state, {
      id: decisionId,
      option: 'done',
      note: null,
      byDefault: false,
      actor: ctx.actor,
    });
  }
  await tellConfirmed(ctx, competition, { selectionId: id, seen });
}
