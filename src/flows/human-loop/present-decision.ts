import type { Context } from '../../context.ts';
import { closeDecision } from '../../state/decisions.ts';
import { showDecision } from './decision-card.ts';

/**
 * Shows a decision, as it stands now, everywhere. Where nobody can answer it takes its default at once, says so,
 * and is stored as answered by default.
 */
export async function presentDecision(ctx: Context, input: { decisionId: string }): Promise<void> {
  const decision = await showDecision(ctx, input.decisionId);
  if (decision === null) return;
  if (decision.status !== 'open' || ctx.canBeAsked()) return;
  await closeDecision(ctx.state, {
    id: decision.id,
    option: decision.draft.defaultOption,
    note: null,
    byDefault: true,
    actor: { type: 'default', reason: 'nobody can answer here' },
  });
  ctx.log.info(
    { competition: decision.slug, option: decision.draft.defaultOption },
    'nobody can answer here, so the default was taken',
  );
}
