import type { Context } from '../../context.ts';
import type { StageFailure } from '../../domain/recovery.ts';
import { endResearchQuery } from '../../state/research.ts';

/** A query whose job is dead: the round goes on with the others' reports. */
export async function giveUpQuery(
  ctx: Pick<Context, 'state'>,
  input: { itemId: string },
  failure: StageFailure,
): Promise<void> {
  await endResearchQuery(ctx.state, { id: input.itemId, status: 'failed', error: failure.message });
}
