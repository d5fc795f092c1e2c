import type { Context } from '../../context.ts';
import { competitionAt, move, type StageInput } from '../support/competition-call.ts';

/** Research is done: code generation starts. */
export async function startGeneration(
  ctx: Pick<Context, 'state' | 'log' | 'actor'>,
  input: StageInput,
): Promise<void> {
  const competition = await competitionAt(ctx, input, 'research_completed');
  if (competition !== null) await move(ctx, competition, 'generation_started');
}
