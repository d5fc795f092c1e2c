import type { MetricName } from './metrics/catalog.ts';
import { isBetter } from './metrics/score.ts';

export type PickableSubmission = {
  key: string;
  status: string;
  cv: number | null;
  round: number;
  /** `cvSd`: standard deviation between folds; `isFinalFit`: fitted on every labelled row. */
  scores: Readonly<Record<string, unknown>>;
};

const foldCount = 5;

function bestByCv<Candidate extends PickableSubmission>(
  metric: MetricName,
  candidates: readonly Candidate[],
): Candidate | null {
  let best: Candidate | null = null;
  for (const candidate of candidates) {
    if (candidate.status !== 'scored' || candidate.cv === null) continue;
    if (best?.cv == null || !isBetter(metric, best.cv, candidate.cv)) best = candidate;
  }
  return best;
}

/** True where two cross-validated scores differ by less than their standard error. */
function isWithinError(best: PickableSubmission, other: PickableSubmission): boolean {
  const { cvSd } = best.scores;
  if (typeof cvSd !== 'number' || best.cv === null || other.cv === null) return false;
  return Math.abs(best.cv - other.cv) <= cvSd / Math.sqrt(foldCount);
}

/**
 * The submission that counts at the end: the best cross-validated one, never by the public score. Of equals the
 * later one; and one that was fitted on every labelled row goes before one that the gate's rows were kept from,
 * where their difference is within the standard error.
 * @returns null where nothing was scored
 */
export function pickFinal<Candidate extends PickableSubmission>(
  metric: MetricName,
  submissions: readonly Candidate[],
): Candidate | null {
  const best = bestByCv(metric, submissions);
  if (best === null || best.scores.isFinalFit === true) return best;
  const finals = submissions.filter((one) => one.scores.isFinalFit === true && isWithinError(best, one));
  return bestByCv(metric, finals) ?? best;
}
