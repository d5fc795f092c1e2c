import type { Context } from '../../context.ts';
import { sayReason } from '../../domain/gpu/say-reason.ts';
import type { StageFailure } from '../../domain/recovery.ts';
import { type Competition, overdueCompetitions } from '../../state/competitions.ts';
import { listKeptQueries } from '../../state/research-reports.ts';
import { listTrainingJobs } from '../../state/training.ts';
import { failStage } from './fail-stage.ts';

/** An exceeded SLA of a stage is the same event as its failure. */
export async function expireStages(ctx: Context): Promise<number> {
  const overdue = await findOverdue(ctx);
  for (const competition of overdue) {
    await failStage(ctx, {
      competitionId: competition.id,
      version: competition.version,
      failure: await lateness(ctx, competition),
    });
  }
  return overdue.length;
}

/** Where all runs wait and no machine was to be had for one of them, a person has to know: trying again changes nothing. */
async function lateness(
  ctx: Pick<Context, 'state'>,
  { id, slug, state }: Competition,
): Promise<StageFailure> {
  const jobs = state === 'training' ? await listTrainingJobs(ctx.state, id) : [];
  const open = jobs.filter(({ status }) => status === 'planned' || status === 'running');
  const waiting = open.find((job) => job.waiting?.wants === 'rented')?.waiting ?? null;
  if (waiting !== null && open.every((job) => job.waiting !== null)) {
    return {
      kind: 'transient',
      code: 'gpu.no_machine',
      message: `${slug} has waited for a machine for longer than allowed. ${sayReason(waiting.reason)}`,
    };
  }
  return {
    kind: 'transient',
    code: 'stage.sla_exceeded',
    message: `${slug} has been ${state.replaceAll('_', ' ')} for longer than allowed.`,
  };
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
