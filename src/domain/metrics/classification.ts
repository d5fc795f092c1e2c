import { canonicalLabel, sortLabels } from '../cells.ts';
import { excerpt, invalidPrediction, undefinedMetric } from './failures.ts';
import { at } from './ranks.ts';

/** What the label metrics are made of: per class, how often it is true, predicted, and both. */
export type LabelCounts = {
  total: number;
  classes: readonly string[];
  truth: readonly number[];
  predicted: readonly number[];
  hits: readonly number[];
};

/** Counts labels that are in canonical form. */
export function countLabels(truth: readonly string[], predicted: readonly string[]): LabelCounts {
  const codes = new Map<string, number>();
  const counts = { truth: [0], predicted: [0], hits: [0] };
  const codeOf = (label: string): number => {
    const known = codes.get(label);
    if (known !== undefined) return known;
    const code = codes.size;
    codes.set(label, code);
    for (const column of Object.values(counts)) column[code] = 0;
    return code;
  };
  truth.forEach((label, row) => {
    const trueCode = codeOf(label);
    const predictedCode = codeOf(predicted[row] ?? '');
    counts.truth[trueCode] = at(counts.truth, trueCode) + 1;
    counts.predicted[predictedCode] = at(counts.predicted, predictedCode) + 1;
    if (trueCode === predictedCode) counts.hits[trueCode] = at(counts.hits, trueCode) + 1;
  });
  return { total: truth.length, classes: [...codes.keys()], ...counts };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

/** 2 TP / (true + predicted), 0 where the class is in neither. */
function f1OfClass(counts: LabelCounts, code: number): number {
  const size = at(counts.truth, code) + at(counts.predicted, code);
  return size === 0 ? 0 : (2 * at(counts.hits, code)) / size;
}

export function accuracy(counts: LabelCounts): number {
  return sum(counts.hits) / counts.total;
}

export function f1Macro(counts: LabelCounts): number {
  return sum(counts.classes.map((_, code) => f1OfClass(counts, code))) / counts.classes.length;
}

export function f1Weighted(counts: LabelCounts): number {
  return (
    sum(counts.classes.map((_, code) => f1OfClass(counts, code) * at(counts.truth, code))) / counts.total
  );
}

/** F1 of the class given, else of class `1`, else of the last class. */
export function f1Binary(counts: LabelCounts, positiveClass: string | undefined): number {
  if (counts.classes.length > 2) {
    throw undefinedMetric(
      `F1 of one class needs two classes, but ${counts.classes.length} occur: use macro F1.`,
    );
  }
  const positive = positiveClass ?? defaultPositive(counts.classes);
  const code = counts.classes.indexOf(positive);
  return code < 0 ? 0 : f1OfClass(counts, code);
}

function defaultPositive(classes: readonly string[]): string {
  const isZeroOrOne = classes.every((label) => label === '0' || label === '1');
  return isZeroOrOne ? '1' : (sortLabels(classes).at(-1) ?? '1');
}

/** Cohen's kappa: agreement beyond chance. */
export function cohenKappa(counts: LabelCounts): number {
  const byChance =
    sum(counts.classes.map((_, code) => at(counts.truth, code) * at(counts.predicted, code))) /
    counts.total ** 2;
  if (byChance >= 1)
    throw undefinedMetric('Kappa is not defined because truth and prediction hold one class only.');
  return (accuracy(counts) - byChance) / (1 - byChance);
}

/**
 * Matthews' coefficient for any number of classes; 0 where one side holds one class only.
 * Source: Gorodkin's R_K, as scikit-learn computes it.
 */
export function matthews(counts: LabelCounts): number {
  const squares = (values: readonly number[]) => sum(values.map((value) => value * value));
  const agreement =
    sum(counts.hits) * counts.total -
    sum(counts.classes.map((_, code) => at(counts.truth, code) * at(counts.predicted, code)));
  const size =
    Math.sqrt(counts.total ** 2 - squares(counts.predicted)) *
    Math.sqrt(counts.total ** 2 - squares(counts.truth));
  return size === 0 ? 0 : agreement / size;
}

/**
 * Kappa with squared distances between the labels' values. Equal to scikit-learn's, which uses the classes'
 * positions, where the classes are consecutive integers.
 */
export function quadraticKappa(truth: Float64Array, predicted: Float64Array): number {
  const moments = { truth: 0, predicted: 0, truthSquares: 0, predictedSquares: 0, error: 0 };
  for (let row = 0; row < truth.length; row += 1) {
    const t = at(truth, row);
    const p = at(predicted, row);
    moments.truth += t / truth.length;
    moments.predicted += p / truth.length;
    moments.truthSquares += (t * t) / truth.length;
    moments.predictedSquares += (p * p) / truth.length;
    moments.error += (t - p) ** 2 / truth.length;
  }
  const byChance = moments.truthSquares + moments.predictedSquares - 2 * moments.truth * moments.predicted;
  if (!(byChance > 0)) {
    throw undefinedMetric('Quadratic kappa is not defined because truth and prediction hold one class only.');
  }
  return 1 - moments.error / byChance;
}

/** Labels in canonical form; a blank one is refused. */
export function readLabels(cells: readonly string[], side: 'truth' | 'prediction'): string[] {
  // Few different cells occur, so each is read once.
  const known = new Map<string, string>();
  return cells.map((cell, row) => {
    const read = known.get(cell);
    if (read !== undefined) return read;
    const label = canonicalLabel(cell);
    if (label === '') throw blankLabel(cell, row, side);
    known.set(cell, label);
    return label;
  });
}

function blankLabel(cell: string, row: number, side: 'truth' | 'prediction') {
  if (side === 'truth') return undefinedMetric(`Row ${row + 1} of the truth has no label.`);
  return invalidPrediction(`Row ${row + 1} predicts ${excerpt(cell)}: every row needs a label.`, {
    row: row + 1,
  });
}
