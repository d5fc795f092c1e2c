import type { Context } from '../../context.ts';
import { closeDecision, listExpiredDecisions } from '../../state/decisions.ts';

/** Every minute: questions whose deadline has passed take their default. */
export async function expireDecisions(ctx: Pick<Context, 'state' | 'log'>): Promise<number> {
  const expired = await listExpiredDecisions(ctx.state);
  for (const decision of expired) {
    await closeDecision(ctx.state, {
      id: decision.id,
      option: decision.draft.defaultOption,
      note: null,
      byDefault: true,
      actor: { type: 'default', reason: 'the deadline passed' },
    });
    ctx.log.info({ competition: decision.slug, option: decision.draft.defaultOption }, 'decision expired');
  }
  return expired.length;
}
