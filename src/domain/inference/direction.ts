import type { MetricName } from '../metrics/catalog.ts';
import { normaliseMetricText } from '../metrics/metric-text.ts';

export type Direction = 'maximize' | 'minimize';

/** Neighbours out of order that a board may have: it is read page by page while it changes. */
const mostDisorder = 0.05;

const lowerIsBetter =
  /\b(lower|smaller) (scores?|values?|is|are|the) ?(is |are )?better\b|\b(lower|smaller) the better\b|\b(lower|smaller) is better\b|\bminimi[sz]e (the|this|your|its) (\w+ ){0,3}(error|loss|score|metric|distance|deviation)\b|\bthe lowest (scores?|values?|error|loss) wins?\b/;
const higherIsBetter =
  /\b(higher|larger|greater) (scores?|values?) (is|are) better\b|\b(higher|larger|greater) the better\b|\b(higher|larger|greater) is better\b|\bmaximi[sz]e (the|this|your|its) (\w+ ){0,3}(accuracy|auc|score|metric|correlation|precision)\b|\bthe highest (scores?|values?) wins?\b/;

/** Which way a page says is better; null where it says nothing, or both. */
export function directionOfText(pageText: string): Direction | null {
  const text = normaliseMetricText(pageText);
  const isLower = lowerIsBetter.test(text);
  const isHigher = higherIsBetter.test(text);
  if (isLower === isHigher) return null;
  return isLower ? 'minimize' : 'maximize';
}

/**
 * Which way is better by the order of a leaderboard, which lists the best first.
 * @returns null where all scores are alike, or are in no order
 */
export function directionOfBoard(scores: readonly number[]): Direction | null {
  const finite = scores.filter(Number.isFinite);
  const first = finite[0];
  const last = finite.at(-1);
  if (first === undefined || last === undefined || first === last) return null;
  const steps = finite.slice(1).map((score, index) => score - (finite[index] ?? score));
  const sign = Math.sign(last - first);
  const against = steps.filter((step) => Math.sign(step) === -sign).length;
  const moves = steps.filter((step) => step !== 0).length;
  if (against > mostDisorder * moves) return null;
  return sign < 0 ? 'maximize' : 'minimize';
}

/** Scores that lie beyond what a metric can be say that it is another one. */
const ranges: Readonly<Partial<Record<MetricName, readonly [low: number, high: number]>>> = {
  accuracy: [0, 1],
  roc_auc: [0, 1],
  f1: [0, 1],
  f1_macro: [0, 1],
  f1_micro: [0, 1],
  f1_weighted: [0, 1],
  average_precision: [0, 1],
  map_at_k: [0, 1],
  kappa: [-1, 1],
  quadratic_kappa: [-1, 1],
  mcc: [-1, 1],
  pearson: [-1, 1],
  spearman: [-1, 1],
  gini: [-1, 1],
  r2: [Number.NEGATIVE_INFINITY, 1],
};
/** Scores are rounded. */
const slack = 1e-6;

/** A score of the board that the metric cannot have; null where all fit. Errors are never negative. */
export function impossibleScore(metric: MetricName, scores: readonly number[]): number | null {
  const [low, high] = ranges[metric] ?? [0, Number.POSITIVE_INFINITY];
  return (
    scores.find((score) => Number.isFinite(score) && (score < low - slack || score > high + slack)) ?? null
  );
}
