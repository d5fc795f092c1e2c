import type { MetricName } from './metrics/catalog.ts';
import { isBetter } from './metrics/score.ts';
import { standardErrorOf } from './submission-slots.ts';

export type PickableSubmission = {
  key: string;
  status: string;
  cv: number | null;
  /** The gate's score, or where there is none the mean of the repeats; it chose nothing, so it flatters nobody. */
  estimate?: number | null;
  round: number;
  /** `cvSd`: standard deviation between folds; `isFinalFit`: fitted on every labelled row. */
  scores: Readonly<Record<string, unknown>>;
};

const foldCount = 5;
/** Beyond these by cross-validation alone, an estimate lifts nobody: it is noisier than what it confirms. */
const confirmedCandidates = 5;

/** Cross-validation and its confirmation together; cross-validation alone where nothing confirms it. */
export function robustScore({ cv, estimate }: Pick<PickableSubmission, 'cv' | 'estimate'>): number | null {
  return cv === null || estimate == null ? cv : (cv + estimate) / 2;
}

/** Scored and cross-validated, best first by `scoreOf`; of equals the later one first. */
export function rankBy<Candidate extends PickableSubmission>(
  metric: MetricName,
  candidates: readonly Candidate[],
  scoreOf: (candidate: Candidate) => number | null,
): Candidate[] {
  const known = candidates.flatMap((candidate) => {
    const score = candidate.status === 'scored' ? scoreOf(candidate) : null;
    return score === null ? [] : [{ candidate, score }];
  });
  return known
    .toReversed()
    .sort((a, b) => (isBetter(metric, a.score, b.score) ? -1 : isBetter(metric, b.score, a.score) ? 1 : 0))
    .map(({ candidate }) => candidate);
}

/** True where two submissions differ by less than the standard error of the better one. */
export function isWithinError(best: PickableSubmission, other: PickableSubmission): boolean {
  const error = standardErrorOf(best, foldCount);
  const [bestScore, otherScore] = [robustScore(best), robustScore(other)];
  if (error === null || bestScore === null || otherScore === null) return false;
  return Math.abs(bestScore - otherScore) <= error;
}

/**
 * The submission that counts at the end: of the best cross-validated ones the best confirmed, never by the public
 * score. Of equals the later one; and one that was fitted on every labelled row goes before one that the gate's rows
 * were kept from, where their difference is within the standard error.
 * @returns null where nothing was scored
 */
export function pickFinal<Candidate extends PickableSubmission>(
  metric: MetricName,
  submissions: readonly Candidate[],
): Candidate | null {
  const short = rankBy(metric, submissions, ({ cv }) => cv).slice(0, confirmedCandidates);
  // Back into the order of their making, so that of equals the later one goes first again.
  const candidates = submissions.filter((one) => short.includes(one));
  const [best] = rankBy(metric, candidates, robustScore);
  if (best === undefined) return null;
  if (best.scores.isFinalFit === true) return best;
  const finals = submissions.filter((one) => one.scores.isFinalFit === true && isWithinError(best, one));
  return rankBy(metric, finals, robustScore)[0] ?? best;
}
