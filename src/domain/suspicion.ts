import { summarise } from './compare.ts';
import { type MetricName, metricSpec } from './metrics/catalog.ts';
import { scoreGain } from './metrics/score.ts';

/** A run whose score is judged, and what it is held against. */
export type Standing = {
  metric: MetricName;
  /** One score a fold. */
  folds: readonly number[];
  /** Fold scores of the best node before it; null for the first. */
  bestOther: readonly number[] | null;
  /** The best of the public leaderboard; null where it is not known, or is of another metric. */
  publicBest: number | null;
  /** Teams on that board. */
  entrants: number;
};

export const suspicionRules = ['perfect', 'beats-board', 'jump'] as const;
export type Suspicion = { rule: (typeof suspicionRules)[number]; reason: string };

/** Closer to the ideal than any rounding. */
const perfectWithin = 1e-9;
/** Of what the best of the board still misses, a run that is this much better is not believed at once. */
const boardMargin = 0.3;
/** Fewer teams say nothing about what is possible. */
const fewestEntrants = 10;
/** Standard errors over the best node before. */
const jumpErrors = 6;
/** A gain this small is no jump, however alike the folds are. */
const leastJump = 0.02;

/**
 * Why a cross-validated score is too good to be believed at once; null where it is not. The gate's score is no part
 * of it: the search never sees that one.
 * Source: architecture: a score that beats the public best by a margin, is perfect, or jumps by more than 6 standard
 * errors is examined before it counts.
 */
export function suspicionOf(standing: Standing): Suspicion | null {
  const { metric, folds, bestOther, publicBest, entrants } = standing;
  const { mean, se } = summarise(folds);
  if (!Number.isFinite(mean)) return null;
  const missing = missingOf(metric, mean);
  if (missing !== null && missing <= perfectWithin) {
    return { rule: 'perfect', reason: `Its score of ${shown(mean)} is perfect.` };
  }
  if (publicBest !== null && entrants >= fewestEntrants) {
    const gain = scoreGain(metric, publicBest, mean);
    const left = missingOf(metric, publicBest);
    if (left !== null && gain > Math.max(3 * se, boardMargin * left)) {
      const reason = `Its score of ${shown(mean)} beats the public best of ${shown(publicBest)} by far.`;
      return { rule: 'beats-board', reason };
    }
  }
  return bestOther === null ? null : jumpOf(metric, mean, se, bestOther);
}

function jumpOf(
  metric: MetricName,
  mean: number,
  se: number,
  bestOther: readonly number[],
): Suspicion | null {
  const before = summarise(bestOther);
  const error = Math.max(se, before.se);
  const gain = scoreGain(metric, before.mean, mean);
  const left = missingOf(metric, before.mean);
  if (error <= 0 || left === null || gain <= jumpErrors * error || gain <= leastJump * left) return null;
  const errors = (gain / error).toFixed(1);
  return {
    rule: 'jump',
    reason: `Its score of ${shown(mean)} is ${errors} standard errors better than the best before, ${shown(before.mean)}.`,
  };
}

/** How far a score is from the ideal: 1 for what is maximised, 0 for what is minimised; null beyond it. */
function missingOf(metric: MetricName, score: number): number | null {
  const missing = metricSpec(metric).direction === 'maximize' ? 1 - score : score;
  return missing >= -perfectWithin ? Math.max(0, missing) : null;
}

function shown(score: number): string {
  return String(Number(score.toPrecision(6)));
}
