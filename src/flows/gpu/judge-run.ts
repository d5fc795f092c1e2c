import type { Context } from '../../context.ts';
import { summarise } from '../../domain/compare.ts';
import { BusinessFailure } from '../../domain/errors.ts';
import { tuneDecision } from '../../domain/label-decision.ts';
import { crossFittedScore, scorePredictions } from '../../domain/prediction-score.ts';
import type { Problem } from '../../domain/problem.ts';
import { type RunResult, scriptMetricsSchema } from '../../domain/run-contract.ts';
import type { HostScores, TrainingJob } from '../../state/training.ts';
import { readTruth } from '../research/prepare-folds.ts';
import { readContract } from '../support/job-data.ts';
import { readObjectJson } from '../support/objects.ts';
import { alignPredictions, partTruth, readPredictions } from '../support/predictions.ts';

/** Where one start of a job writes: a dead machine that comes back writes beside its successor, not over it. */
export function outputPrefix(job: Pick<TrainingJob, 'objectPrefix' | 'id'>, token: number): string {
  return `${job.objectPrefix ?? `jobs/${job.id}`}/${token}`;
}

/** The fold assignment of a job as its data and truth are stored. */
export function assignmentOf(job: Pick<TrainingJob, 'purpose' | 'foldAssignment'>): 0 | 1 | 'final' {
  if (job.purpose === 'final') return 'final';
  return job.foldAssignment === 1 ? 1 : 0;
}

/**
 * Scores a run from its out-of-fold and gate files alone; no number that the script printed is believed.
 * @throws BusinessFailure `run.bad_predictions`, `run.debug`, `run.file_differs`, `run.wrong_folds`, `csv.*`, `metric.*`
 */
export async function judgeRun(
  ctx: Pick<Context, 'objects'>,
  slug: string,
  problem: Problem,
  job: TrainingJob,
  result: RunResult,
): Promise<HostScores> {
  const prefix = outputPrefix(job, job.token);
  await verifyFiles(ctx, prefix, result);
  const assignment = assignmentOf(job);
  const contract = await readContract(ctx, slug, assignment);
  const metrics = scriptMetricsSchema.safeParse(await readObjectJson(ctx, `${prefix}/metrics.json`));
  if (!metrics.success || metrics.data.debug) {
    throw new BusinessFailure('The run wrote no metrics.json of a full run, so it does not count.', {
      code: 'run.debug',
    });
  }
  if (metrics.data.folds_sha256 !== contract.foldsSha256) {
    throw new BusinessFailure("The run did not train on the host's folds, so its score cannot be compared.", {
      code: 'run.wrong_folds',
    });
  }
  const truth = await readTruth(ctx, slug, assignment);
  const search = partTruth(truth, false);
  const oof = alignPredictions(
    'oof.csv',
    await readPredictions(ctx, `${prefix}/oof.csv`, 'oof.csv', truth.rowKey, problem),
    search.keys,
  );
  const folds = crossFittedScore(problem, search.labels, oof, search.fold);
  const summary = summarise(folds);
  if (!contract.hasGate) return { folds, cv: summary.mean, cvSd: summary.sd, gate: null };
  const gate = partTruth(truth, true);
  const predicted = alignPredictions(
    'gate.csv',
    await readPredictions(ctx, `${prefix}/gate.csv`, 'gate.csv', truth.rowKey, problem),
    gate.keys,
  );
  const decision = tuneDecision(problem, search.labels, oof);
  return {
    folds,
    cv: summary.mean,
    cvSd: summary.sd,
    gate: scorePredictions(problem, gate.labels, predicted, decision),
  };
}

/** What lies in the store must be what the runner says that it uploaded. */
async function verifyFiles(ctx: Pick<Context, 'objects'>, prefix: string, result: RunResult): Promise<void> {
  for (const file of result.files) {
    const info = await ctx.objects.head(`${prefix}/${file.name}`);
    if (info?.sha256 === file.sha256 && info.sizeBytes === file.sizeBytes) continue;
    throw new BusinessFailure(`${file.name} in the object store is not the file that the run uploaded.`, {
      code: 'run.file_differs',
      details: { file: file.name },
    });
  }
}
