import { excerpt, invalidPrediction, undefinedMetric } from './failures.ts';
import { at, meanOf } from './ranks.ts';

/** Scores one column of predicted values against the true ones, row by row. */
export type NumericMetric = (truth: Float64Array, predicted: Float64Array) => number;

/** scikit-learn's guard against a true value of zero. */
const SMALLEST_DIVISOR = 2.220446049250313e-16;
const PERCENT = 100;

function meanOver(
  truth: Float64Array,
  predicted: Float64Array,
  term: (truth: number, predicted: number, row: number) => number,
): number {
  let sum = 0;
  for (let row = 0; row < truth.length; row += 1) sum += term(at(truth, row), at(predicted, row), row);
  return sum / truth.length;
}

export function rmse(truth: Float64Array, predicted: Float64Array): number {
  return Math.sqrt(meanOver(truth, predicted, (t, p) => (t - p) ** 2));
}

/** Logarithms of 1 + x; a prediction below zero counts as zero. */
export function rmsle(truth: Float64Array, predicted: Float64Array): number {
  const squared = meanOver(truth, predicted, (t, p) => {
    if (t <= -1) throw undefinedMetric('RMSLE is not defined because a true value is -1 or less.');
    return (Math.log1p(t) - Math.log1p(Math.max(0, p))) ** 2;
  });
  return Math.sqrt(squared);
}

/** Natural logarithms of the values themselves. */
export function rmseOfLogs(truth: Float64Array, predicted: Float64Array): number {
  const squared = meanOver(truth, predicted, (t, p, row) => {
    if (t <= 0)
      throw undefinedMetric('RMSE of logarithms is not defined because a true value is not positive.');
    if (p <= 0) {
      throw invalidPrediction(
        `Row ${row + 1} predicts ${excerpt(String(p))}, but this metric takes the logarithm: every prediction must be above 0.`,
        { row: row + 1 },
      );
    }
    return (Math.log(t) - Math.log(p)) ** 2;
  });
  return Math.sqrt(squared);
}

export function meanAbsoluteError(truth: Float64Array, predicted: Float64Array): number {
  return meanOver(truth, predicted, (t, p) => Math.abs(t - p));
}

/** As a share: 0.1 is ten percent. */
export function mape(truth: Float64Array, predicted: Float64Array): number {
  return meanOver(truth, predicted, (t, p) => Math.abs(t - p) / Math.max(Math.abs(t), SMALLEST_DIVISOR));
}

/** In percent, 0 to 200; a row where truth and prediction are both zero counts as no error. */
export function smape(truth: Float64Array, predicted: Float64Array): number {
  const share = meanOver(truth, predicted, (t, p) => {
    const size = Math.abs(t) + Math.abs(p);
    return size === 0 ? 0 : (2 * Math.abs(t - p)) / size;
  });
  return PERCENT * share;
}

export function r2(truth: Float64Array, predicted: Float64Array): number {
  const mean = meanOf(truth);
  const total = meanOver(truth, predicted, (t) => (t - mean) ** 2);
  if (!(total > 0)) throw undefinedMetric('R² is not defined because all true values are equal.');
  return 1 - meanOver(truth, predicted, (t, p) => (t - p) ** 2) / total;
}
