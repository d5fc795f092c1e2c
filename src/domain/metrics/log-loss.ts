import { undefinedMetric } from './failures.ts';
import { at } from './ranks.ts';

const SMALLEST_PROBABILITY = 1e-15;
const ONE_HOT_TOLERANCE = 1e-6;

function clip(probability: number): number {
  return Math.min(1, Math.max(SMALLEST_PROBABILITY, probability));
}

/** Mean of -ln of the true class' probability. The row (1 - p, p) is clipped and divided by its sum. */
export function logLoss(truth: Float64Array, predicted: Float64Array): number {
  let sum = 0;
  for (let row = 0; row < truth.length; row += 1) {
    const positive = clip(at(predicted, row));
    const negative = clip(1 - at(predicted, row));
    sum -= Math.log((at(truth, row) === 1 ? positive : negative) / (positive + negative));
  }
  return sum / truth.length;
}

/**
 * Mean of -ln of the true class' probability; each row is clipped to [1e-15, 1] and divided by its sum.
 * @param truth one-hot columns, one a class, beside the predicted ones
 */
export function multiclassLogLoss(
  truth: readonly Float64Array[],
  predicted: readonly Float64Array[],
): number {
  const rows = truth[0]?.length ?? 0;
  let sum = 0;
  for (let row = 0; row < rows; row += 1) {
    let ones = 0;
    let total = 0;
    let ofTruth = 0;
    truth.forEach((column, index) => {
      const probability = clip(at(predicted[index] ?? [], row));
      total += probability;
      ones += at(column, row);
      ofTruth += at(column, row) * probability;
    });
    if (Math.abs(ones - 1) > ONE_HOT_TOLERANCE) {
      throw undefinedMetric(`Row ${row + 1} of the truth marks ${ones} classes; log loss needs exactly one.`);
    }
    sum -= Math.log(ofTruth / total);
  }
  return sum / rows;
}
