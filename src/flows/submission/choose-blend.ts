import type { Context } from '../../context.ts';
import { combinePredictions, selectBlend } from '../../domain/blend.ts';
import { summarise } from '../../domain/compare.ts';
import { type Decision, tuneDecision } from '../../domain/label-decision.ts';
import { isBetter } from '../../domain/metrics/score.ts';
import { createPredictionScorer, crossFittedScore, scorePredictions } from '../../domain/prediction-score.ts';
import type { Problem } from '../../domain/problem.ts';
import type { Competition } from '../../state/competitions.ts';
import { type ListedTrainingJob, listTrainingJobs } from '../../state/training.ts';
import { outputPrefix } from '../gpu/judge-run.ts';
import { readTruth, type Truth } from '../research/prepare-folds.ts';
import { alignPredictions, partTruth, readPredictions } from '../support/predictions.ts';
import { isOfPresentData } from '../support/present-data.ts';

export type BlendMember = { jobId: string; codeId: string; approach: string; weight: number; prefix: string };

export type ChosenBlend = {
  members: BlendMember[];
  /** How raw predictions become cells, tuned on all out-of-fold predictions. */
  decision: Decision;
  /** Raw out-of-fold predictions of the blend, one column per prediction column. */
  oof: readonly Float64Array[];
  cv: number;
  cvSd: number;
  gate: number | null;
  /** What people are told: the gate's score, or where there is none the mean of the repeats. */
  estimate: number;
};

type Candidate = { job: ListedTrainingJob; columns: Float64Array[] };

/**
 * The best blend of all runs so far by their out-of-fold predictions; one run alone where blending does not help,
 * or where the gate says that it does not. Null while no run has succeeded.
 * @param excludedCodes scripts whose runs do not count
 */
export async function chooseBlend(
  ctx: Pick<Context, 'state' | 'objects'>,
  competition: Pick<Competition, 'id' | 'slug' | 'problem' | 'details'>,
  excludedCodes: ReadonlySet<string> = new Set(),
): Promise<ChosenBlend | null> {
  const { problem } = competition;
  if (problem === null) return null;
  const jobs = (await listTrainingJobs(ctx.state, competition.id)).filter(
    (job) =>
      job.status === 'succeeded' &&
      job.purpose !== 'final' &&
      job.scores !== null &&
      isOfPresentData(competition, job) &&
      !excludedCodes.has(job.codeId),
  );
  if (jobs.length === 0) return null;
  const truth = await readTruth(ctx, competition.slug, 0);
  const search = partTruth(truth, false);
  const candidates = await Promise.all(
    jobs.map(async (job) => ({
      job,
      columns: await readAligned(ctx, job, 'oof.csv', truth, search.keys, problem),
    })),
  );
  const scorer = createPredictionScorer(problem, search.labels);
  const blend = selectBlend({
    problem,
    members: candidates.map(({ job, columns }) => ({ name: job.id, columns })),
    score: (columns) => scorer(columns, tuneDecision(problem, search.labels, columns)),
  });
  const gates = await readGates(ctx, candidates, truth, problem);
  const options = [blend.weights, [{ name: blend.bestMember.name, weight: 1 }]].map((weights) =>
    judgeWeights(problem, candidates, weights, truth, gates),
  );
  const [blended, single] = options;
  if (blended === undefined || single === undefined) return null;
  const isBlendWorseAtGate =
    blended.gate !== null && single.gate !== null && isBetter(problem.metric, single.gate, blended.gate);
  const chosen = isBlendWorseAtGate ? single : blended;
  return { ...chosen, estimate: estimateOf(chosen, jobs) };
}

/** What people call a submission by: the approach, or the approaches that it was blended from. */
export function nameOfBlend(members: readonly { approach: string }[]): string {
  const names = [...new Set(members.map(({ approach }) => approach))];
  return names.length === 1 ? (names[0] ?? 'blend') : `blend of ${names.join(', ')}`;
}

async function readAligned(
  ctx: Pick<Context, 'objects'>,
  job: ListedTrainingJob,
  name: string,
  truth: Truth,
  keys: readonly string[],
  problem: Problem,
): Promise<Float64Array[]> {
  const key = `${outputPrefix(job, job.token)}/${name}`;
  return alignPredictions(name, await readPredictions(ctx, key, name, truth.rowKey, problem), keys);
}

async function readGates(
  ctx: Pick<Context, 'objects'>,
  candidates: readonly Candidate[],
  truth: Truth,
  problem: Problem,
): Promise<ReadonlyMap<string, Float64Array[]>> {
  const gate = partTruth(truth, true);
  if (gate.keys.length === 0) return new Map();
  const pairs = candidates.map(
    async ({ job }) => [job.id, await readAligned(ctx, job, 'gate.csv', truth, gate.keys, problem)] as const,
  );
  return new Map(await Promise.all(pairs));
}

function judgeWeights(
  problem: Problem,
  candidates: readonly Candidate[],
  weights: readonly { name: string; weight: number }[],
  truth: Truth,
  gates: ReadonlyMap<string, Float64Array[]>,
): Omit<ChosenBlend, 'estimate'> {
  const search = partTruth(truth, false);
  const used = weights.flatMap(({ name, weight }) => {
    const candidate = candidates.find(({ job }) => job.id === name);
    return candidate === undefined ? [] : [{ ...candidate, weight }];
  });
  const oof = combinePredictions(problem, used);
  const summary = summarise(crossFittedScore(problem, search.labels, oof, search.fold));
  const decision = tuneDecision(problem, search.labels, oof);
  const gateMembers = used.flatMap(({ job, weight }) => {
    const columns = gates.get(job.id);
    return columns === undefined ? [] : [{ columns, weight }];
  });
  const gate = partTruth(truth, true);
  return {
    members: used.map(({ job, weight }) => ({
      jobId: job.id,
      codeId: job.codeId,
      approach: job.approach.name,
      weight,
      prefix: outputPrefix(job, job.token),
    })),
    decision,
    oof,
    cv: summary.mean,
    cvSd: summary.sd,
    gate:
      gateMembers.length === used.length && gate.keys.length > 0
        ? scorePredictions(problem, gate.labels, combinePredictions(problem, gateMembers), decision)
        : null,
  };
}

/** Repeats chose nothing, so their mean does not flatter; without repeats the cross-validated score has to do. */
function estimateOf(chosen: Omit<ChosenBlend, 'estimate'>, jobs: readonly ListedTrainingJob[]): number {
  if (chosen.gate !== null) return chosen.gate;
  const codes = new Set(chosen.members.map(({ codeId }) => codeId));
  const repeats = jobs.flatMap((job) =>
    job.purpose === 'confirm' && codes.has(job.codeId) && job.scores !== null ? [job.scores.cv] : [],
  );
  if (repeats.length === 0) return chosen.cv;
  return repeats.reduce((sum, score) => sum + score, 0) / repeats.length;
}
