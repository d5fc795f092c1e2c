import { undefinedMetric } from './failures.ts';
import { ascendingOrder, at } from './ranks.ts';

/**
 * Area under the ROC curve of 0/1 truth: the share of pairs of a positive and a negative row that are in the right
 * order; ties count half.
 * Source: Mann and Whitney's U. The two classes are sorted apart and merged, since sorting numbers without a
 * comparison function is many times faster than sorting rows by their numbers.
 */
export function rocAuc(truth: Float64Array, predicted: Float64Array): number {
  const positives = predicted.filter((_, row) => at(truth, row) === 1).sort();
  const negatives = predicted.filter((_, row) => at(truth, row) !== 1).sort();
  if (positives.length === 0 || negatives.length === 0) {
    throw undefinedMetric('AUC is not defined because the truth holds one class only.');
  }
  let below = 0;
  let upTo = 0;
  let pairs = 0;
  for (const score of positives) {
    while (below < negatives.length && at(negatives, below) < score) below += 1;
    upTo = Math.max(upTo, below);
    while (upTo < negatives.length && at(negatives, upTo) === score) upTo += 1;
    pairs += (below + upTo) / 2;
  }
  return pairs / (positives.length * negatives.length);
}

/** 2 AUC - 1. */
export function gini(truth: Float64Array, predicted: Float64Array): number {
  return 2 * rocAuc(truth, predicted) - 1;
}

/** Sum over thresholds of (recall gained) x (precision), as scikit-learn defines it. */
export function averagePrecision(truth: Float64Array, predicted: Float64Array): number {
  const positives = countPositives(truth);
  if (positives === 0)
    throw undefinedMetric('Average precision is not defined because the truth has no positive row.');
  const order = ascendingOrder(predicted).reverse();
  let found = 0;
  let score = 0;
  for (let start = 0; start < order.length; ) {
    let end = start;
    let gained = 0;
    while (end < order.length && at(predicted, at(order, end)) === at(predicted, at(order, start))) {
      gained += at(truth, at(order, end));
      end += 1;
    }
    found += gained;
    score += (gained / positives) * (found / end);
    start = end;
  }
  return score;
}

function countPositives(truth: Float64Array): number {
  let positives = 0;
  for (const value of truth) positives += value;
  return positives;
}

/**
 * Mean over rows of 1 / position of the true label among the first `k` predicted ones, 0 where it is absent.
 * @param predicted one array of labels a row, best first
 */
export function meanAveragePrecision(
  truth: readonly string[],
  predicted: readonly (readonly string[])[],
  k: number,
): number {
  let sum = 0;
  truth.forEach((label, row) => {
    const position = (predicted[row] ?? []).slice(0, k).indexOf(label);
    if (position >= 0) sum += 1 / (position + 1);
  });
  return sum / truth.length;
}
