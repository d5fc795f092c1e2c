import type { Context } from '../../context.ts';
import { type Competition, overdueCompetitions } from '../../state/competitions.ts';
import { failStage } from './fail-stage.ts';

/** An exceeded SLA of a stage is the same event as its failure. */
export async function expireStages(ctx: Context): Promise<number> {
  const overdue = await findOverdue(ctx);
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

/** Kaggle runs a notebook for hours, twice, and may let it wait; the day's allowance comes on top. */
const notebookSlaSeconds = { training_completed: 50 * 3_600, submitted: 26 * 3_600 };

async function findOverdue(ctx: Pick<Context, 'state' | 'policy'>): Promise<Competition[]> {
  const slas = ctx.policy.stageSlaSeconds;
  const overdue = await overdueCompetitions(ctx.state, slas);
  const mayTakeLonger = ({ state, details }: Competition) =>
    details.takesNotebooksOnly === true && Object.hasOwn(notebookSlaSeconds, state);
  if (!overdue.some(mayTakeLonger)) return overdue;
  const longer = await overdueCompetitions(ctx.state, { ...slas, ...notebookSlaSeconds });
  const late = new Set(longer.map(({ id }) => id));
  return overdue.filter((competition) => !mayTakeLonger(competition) || late.has(competition.id));
}
