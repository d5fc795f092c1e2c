import type { Context } from '../../context.ts';
import { competitionAt, move, type StageInput } from '../support/competition-call.ts';

/** A competition that may begin: research starts. */
export async function startResearch(
  ctx: Pick<Context, 'state' | 'log' | 'actor'>,
  input: StageInput,
): Promise<void> {
  const competition = await competitionAt(ctx, input, 'discovered');
  if (competition !== null) await move(ctx, competition, 'research_started');
}
