import { BusinessFailure } from './errors.ts';
import type { MetricName } from './metrics/catalog.ts';
import { correlate } from './metrics/correlation.ts';
import { averageRanks } from './metrics/ranks.ts';
import { scoreGain } from './metrics/score.ts';

/** One score a fold, in the order of the folds. */
export type FoldScores = readonly number[];

export type FoldSummary = {
  mean: number;
  /** Standard deviation between folds; 0 with one fold. */
  sd: number;
  /** Standard error of the mean. */
  se: number;
};

export type Comparison = {
  /** `tie`: kept for ensembling, but does not move the champion. */
  verdict: 'better' | 'tie' | 'worse';
  /** Mean gain of the challenger over the folds; positive when it is better, whatever the metric's direction. */
  meanGain: number;
  sdGain: number;
  /** The least mean gain that counts. */
  threshold: number;
};

/** The smallest difference that counts at all. */
const MIN_GAIN = 1e-4;
/** Errors in the target's own unit have no natural size, so their smallest difference is relative. */
const metricsInTargetUnits: ReadonlySet<MetricName> = new Set<MetricName>(['rmse', 'mae']);

/**
 * Compares two candidates on identical folds: the challenger is better when its mean gain is at least one standard
 * error of the paired differences, and at least the smallest difference that counts.
 * @throws compare.fold_mismatch
 */
export function compareCandidates(
  champion: FoldScores,
  challenger: FoldScores,
  metric: MetricName,
): Comparison {
  if (champion.length === 0 || champion.length !== challenger.length) {
    throw new BusinessFailure(
      `A candidate scored on ${challenger.length} folds cannot be compared with one scored on ${champion.length}.`,
      { code: 'compare.fold_mismatch' },
    );
  }
  const gains = champion.map((score, fold) => scoreGain(metric, score, challenger[fold] ?? Number.NaN));
  const { mean: meanGain, sd: sdGain, se } = summarise(gains);
  const floor = metricsInTargetUnits.has(metric) ? MIN_GAIN * Math.abs(summarise(champion).mean) : MIN_GAIN;
  const threshold = Math.max(floor, se);
  return { verdict: judge(meanGain, threshold), meanGain, sdGain, threshold };
}

function judge(meanGain: number, threshold: number): Comparison['verdict'] {
  if (meanGain > 0 && meanGain >= threshold) return 'better';
  return meanGain < 0 && meanGain <= -threshold ? 'worse' : 'tie';
}

/** Mean, standard deviation and standard error of fold scores; NaN without any. */
export function summarise(foldScores: FoldScores): FoldSummary {
  const count = foldScores.length;
  const mean = foldScores.reduce((sum, score) => sum + score, 0) / count;
  const squares = foldScores.reduce((sum, score) => sum + (score - mean) ** 2, 0);
  const sd = count > 1 ? Math.sqrt(squares / (count - 1)) : 0;
  return { mean, sd, se: sd / Math.sqrt(count) };
}

/** Rank correlation of two aligned lists; null with fewer than two pairs or where one does not vary. */
export function spearman(left: readonly number[], right: readonly number[]): number | null {
  if (left.length < 2 || left.length !== right.length) return null;
  return correlate(averageRanks(left), averageRanks(right));
}
