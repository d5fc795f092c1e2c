import type { Context } from '../../context.ts';
import type { StageFailure } from '../../domain/recovery.ts';
import { endTrainingJob, getTrainingJob } from '../../state/training.ts';

/** A run whose job is dead: its row ends, and the cost watch ends a machine that it may have left. */
export async function giveUpTraining(
  ctx: Pick<Context, 'state'>,
  input: { itemId: string },
  failure: StageFailure,
): Promise<void> {
  const job = await getTrainingJob(ctx.state, input.itemId);
  if (job === null) return;
  await endTrainingJob(ctx.state, { id: job.id, token: job.token, status: 'failed', error: failure.message });
}
