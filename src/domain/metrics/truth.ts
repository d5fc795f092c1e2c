import { canonicalLabel, parseNumber, sortLabels } from '../cells.ts';
import { excerpt, invalidPrediction, undefinedMetric } from './failures.ts';

/** Cells as numbers; a cell that is none is refused with its row. */
export function readNumbers(cells: readonly string[], side: 'truth' | 'prediction'): Float64Array {
  const values = new Float64Array(cells.length);
  cells.forEach((cell, row) => {
    const value = parseNumber(cell);
    if (value === null) throw notANumber(cell, row, side);
    values[row] = value;
  });
  return values;
}

function notANumber(cell: string, row: number, side: 'truth' | 'prediction') {
  if (side === 'truth')
    return undefinedMetric(`Row ${row + 1} of the truth holds ${excerpt(cell)}, not a number.`);
  return invalidPrediction(
    `Row ${row + 1} predicts ${excerpt(cell)}, but this metric needs a finite number.`,
    {
      row: row + 1,
    },
  );
}

/** Refuses predictions that are not finite, before they turn a score into NaN. */
export function requireFinite(predicted: Float64Array): Float64Array {
  const row = predicted.findIndex((value) => !Number.isFinite(value));
  if (row >= 0) throw notANumber(String(predicted[row]), row, 'prediction');
  return predicted;
}

/**
 * Two classes as 0 and 1: positive is the class given, else class `1`, else the last one.
 * @throws metric.undefined where there are more than two classes, or one that may be either
 */
export function readBinaryTruth(cells: readonly string[], positiveClass: string | undefined): Float64Array {
  const labels = cells.map(canonicalLabel);
  const positive = positiveOf(new Set(labels), positiveClass);
  return Float64Array.from(labels, (label) => (label === positive ? 1 : 0));
}

function positiveOf(classes: ReadonlySet<string>, positiveClass: string | undefined): string {
  if (classes.size > 2)
    throw undefinedMetric(`This metric needs two classes, but the truth holds ${classes.size}.`);
  if (classes.has('')) throw undefinedMetric('The truth has rows without a label.');
  if (positiveClass !== undefined) return positiveClass;
  if ([...classes].every((label) => label === '0' || label === '1')) return '1';
  const last = sortLabels(classes).at(-1);
  if (classes.size < 2 || last === undefined) {
    throw undefinedMetric(
      'The truth holds one class only, so it cannot be told which class is the positive one.',
    );
  }
  return last;
}
