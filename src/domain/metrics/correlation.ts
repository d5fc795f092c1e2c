import { invalidPrediction, undefinedMetric } from './failures.ts';
import { at, averageRanks, meanOf } from './ranks.ts';

/** Pearson's coefficient, or null where one side does not vary. */
export function correlate(left: ArrayLike<number>, right: ArrayLike<number>): number | null {
  const leftMean = meanOf(left);
  const rightMean = meanOf(right);
  let product = 0;
  let leftSquares = 0;
  let rightSquares = 0;
  for (let row = 0; row < left.length; row += 1) {
    const a = at(left, row) - leftMean;
    const b = at(right, row) - rightMean;
    product += a * b;
    leftSquares += a * a;
    rightSquares += b * b;
  }
  const size = Math.sqrt(leftSquares) * Math.sqrt(rightSquares);
  return size > 0 ? Math.max(-1, Math.min(1, product / size)) : null;
}

export function pearson(truth: Float64Array, predicted: Float64Array): number {
  refuseConstants(truth, predicted);
  return correlate(truth, predicted) ?? 0;
}

/** Pearson's coefficient of the ranks; ties share their mean rank. */
export function spearmanOfColumns(truth: Float64Array, predicted: Float64Array): number {
  refuseConstants(truth, predicted);
  return correlate(averageRanks(truth), averageRanks(predicted)) ?? 0;
}

function refuseConstants(truth: Float64Array, predicted: Float64Array): void {
  if (isConstant(truth))
    throw undefinedMetric('Correlation is not defined because all true values are equal.');
  if (isConstant(predicted)) {
    throw invalidPrediction(
      'Correlation is not defined because all predictions are equal: predict values that differ.',
    );
  }
}

function isConstant(values: Float64Array): boolean {
  return values.every((value) => value === values[0]);
}
