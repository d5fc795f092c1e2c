import type { Context } from '../../context.ts';
import { competitionAt, move, type StageInput } from '../support/competition-call.ts';

/** Code is ready: training starts. */
export async function startTraining(
  ctx: Pick<Context, 'state' | 'log' | 'actor'>,
  input: StageInput,
): Promise<void> {
  const competition = await competitionAt(ctx, input, 'code_ready');
  if (competition !== null) await move(ctx, competition, 'training_started');
}
