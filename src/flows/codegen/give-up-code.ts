import type { Context } from '../../context.ts';
import type { StageFailure } from '../../domain/recovery.ts';
import { endCode } from '../../state/code.ts';

/** An approach whose job is dead: the round goes on with the others. */
export async function giveUpCode(
  ctx: Pick<Context, 'state'>,
  input: { itemId: string },
  failure: StageFailure,
): Promise<void> {
  await endCode(ctx.state, { id: input.itemId, status: 'failed', error: failure.message });
}
