import type { Context } from '../../context.ts';
import { type EarlyStop, shouldStopEarly } from '../../domain/gpu/early-stop.ts';
import type { RunMetric } from '../../domain/run-contract.ts';
import { bestSearchRun } from '../../domain/training-plan.ts';
import type { Competition } from '../../state/competitions.ts';
import { listTrainingJobs, type TrainingJob } from '../../state/training.ts';

/** Whether a run's own numbers say that it is in vain. Only a search run has a best to beat. */
export async function judgeEarly(
  ctx: Pick<Context, 'state'>,
  competition: Competition,
  job: TrainingJob,
  metrics: readonly RunMetric[],
): Promise<EarlyStop | null> {
  const { problem } = competition;
  if (metrics.length === 0) return null;
  if (job.purpose !== 'search' || problem === null) return shouldStopEarly(metrics, null);
  const runs = await listTrainingJobs(ctx.state, competition.id);
  const others = runs.filter(
    ({ id, foldAssignment }) => id !== job.id && foldAssignment === job.foldAssignment,
  );
  const best = bestSearchRun(problem.metric, others);
  const champion = best?.scores == null ? null : { metric: problem.metric, folds: best.scores.folds };
  return shouldStopEarly(metrics, champion);
}
