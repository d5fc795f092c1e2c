import type { Context } from '../../context.ts';
import { overdueCompetitions } from '../../state/competitions.ts';
import { failStage } from './fail-stage.ts';

/** An exceeded SLA of a stage is the same event as its failure. */
export async function expireStages(ctx: Context): Promise<number> {
  const overdue = await overdueCompetitions(ctx.state, ctx.policy.stageSlaSeconds);
  for (const competition of overdue) {
    await failStage(ctx, {
      competitionId: competition.id,
      version: competition.version,
      failure: {
        kind: 'transient',
        code: 'stage.sla_exceeded',
        message: `${competition.slug} has been ${competition.state.replaceAll('_', ' ')} for longer than allowed.`,
      },
    });
  }
  return overdue.length;
}
