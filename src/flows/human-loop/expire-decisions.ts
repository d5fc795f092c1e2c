import type { Context } from '../../context.ts';
import { asFailure } from '../../domain/errors.ts';
import { closeDecision, type Decision, listExpiredDecisions } from '../../state/decisions.ts';

type ExpiryContext = Pick<Context, 'state' | 'log'>;

/** Every minute: questions whose deadline has passed take their default. @returns how many took it now */
export async function expireDecisions(ctx: ExpiryContext): Promise<number> {
  let taken = 0;
  for (const decision of await listExpiredDecisions(ctx.state)) {
    if (await expire(ctx, decision)) taken += 1;
  }
  return taken;
}

/** One that cannot be carried out holds no other up. */
async function expire(ctx: ExpiryContext, { id, slug, draft }: Decision): Promise<boolean> {
  const option = draft.defaultOption;
  try {
    const closed = await closeDecision(ctx.state, {
      id,
      option,
      note: null,
      byDefault: true,
      actor: { type: 'default', reason: 'the deadline passed' },
    });
    if (closed?.outcome !== 'decided') return false;
    ctx.log.info({ competition: slug, option }, 'decision expired');
    return true;
  } catch (error) {
    ctx.log.error({ err: asFailure(error), decision: id }, 'a decision could not take its default');
    return false;
  }
}
