import type { Context } from '../../context.ts';
import { type Competition, overdueCompetitions } from '../../state/competitions.ts';
import { listKeptQueries } from '../../state/research-reports.ts';
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
  const patient = new Set<string>();
  for (const competition of overdue) {
    if (await mayTakeLonger(ctx, competition)) patient.add(competition.id);
  }
  if (patient.size === 0) return overdue;
  const { researching = 0 } = slas;
  const longest = { researching: Math.max(researching, ctx.policy.deepResearch.slaSeconds) };
  const longer = await overdueCompetitions(ctx.state, { ...slas, ...notebookSlaSeconds, ...longest });
  const late = new Set(longer.map(({ id }) => id));
  return overdue.filter(({ id }) => !patient.has(id) || late.has(id));
}

/** Notebooks are run by the vendor, and a research service is at work for many minutes. */
async function mayTakeLonger(
  ctx: Pick<Context, 'state'>,
  { id, state, version, details }: Competition,
): Promise<boolean> {
  if (details.takesNotebooksOnly === true && Object.hasOwn(notebookSlaSeconds, state)) return true;
  if (state !== 'researching') return false;
  const queries = await listKeptQueries(ctx.state, id);
  return queries.some(
    (query) =>
      query.version === version &&
      query.status === 'planned' &&
      query.asked.some(
        ({ provider, outcome }) => outcome === 'asking' && query.resume[provider] !== undefined,
      ),
  );
}
