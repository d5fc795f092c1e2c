import type { Context } from '../../context.ts';
import { planGeneration as writePlan } from '../../state/code.ts';
import { competitionAt, type StageInput } from '../support/competition-call.ts';

/** One row, and one job beside the others, for every approach of the round. */
export async function planGeneration(
  ctx: Pick<Context, 'state' | 'log' | 'actor'>,
  input: StageInput,
): Promise<void> {
  const competition = await competitionAt(ctx, input, 'code_generating');
  if (competition === null) return;
  const ids = await writePlan(ctx.state, {
    competitionId: competition.id,
    version: competition.version,
    actor: ctx.actor,
  });
  ctx.log.info({ competition: competition.slug, approaches: ids?.length ?? 0 }, 'code generation planned');
}
