import { parseNumber } from '../cells.ts';
import { type MetricName, metricSpec } from '../metrics/catalog.ts';
import type { Direction } from './direction.ts';
import type { InferenceInput } from './findings.ts';

/** What the sample's cells look like: one class, a probability, or a number. */
type Shape = 'label' | 'probability' | 'value';

const mostClasses = 30;

/** Usual metrics by what is submitted, the most usual first. */
const usual: Readonly<Record<Shape, readonly MetricName[]>> = {
  label: ['accuracy', 'f1', 'f1_macro', 'quadratic_kappa', 'mcc'],
  probability: ['roc_auc', 'log_loss', 'average_precision', 'gini'],
  value: ['rmse', 'mae', 'rmsle', 'r2', 'spearman'],
};
const perClass: readonly MetricName[] = ['multiclass_log_loss', 'roc_auc'];

/** What is submitted, as the sample's cells and the target's values look. */
function shapeOf(input: InferenceInput): Shape {
  const cells = input.sample.firstRows.flatMap((row) => row.slice(1)).filter((cell) => cell.trim() !== '');
  const numbers = cells.map(parseNumber);
  const isNumeric = cells.length > 0 && numbers.every((number) => number !== null);
  const values = targetValues(input);
  const isClass = values.length > 0 && values.length <= mostClasses && values.every(isLabel);
  if (!isNumeric) return 'label';
  if (!isClass) return values.some((value) => parseNumber(value) === null) ? 'probability' : 'value';
  const isShare = numbers.every((number) => number !== null && number >= 0 && number <= 1);
  const isFraction = cells.some((cell) => /[.e]/i.test(cell));
  return isShare && (isFraction || input.sample.columns.length > 2) ? 'probability' : 'label';
}

function isLabel(value: string): boolean {
  const number = parseNumber(value);
  return number === null || Number.isInteger(number);
}

function targetValues({ train, test, sample, targetValues: given }: InferenceInput): readonly string[] {
  const inTest = new Set(test.columns.map(({ name }) => name));
  const own = train.columns.filter(({ name }) => !inTest.has(name)).map(({ name }) => name);
  const named = own.find((name) => sample.columns.slice(1).includes(name)) ?? own[0];
  return named === undefined ? [] : (given[named] ?? []);
}

/** The usual metrics of such a submission that point this way, the most usual first. */
export function usualMetrics(input: InferenceInput, direction: Direction | null): MetricName[] {
  const shape = shapeOf(input);
  const isWide = shape === 'probability' && input.sample.columns.length > 2;
  const fitting = (names: readonly MetricName[]) =>
    names.filter((name) => direction === null || metricSpec(name).direction === direction);
  const found = fitting(isWide ? perClass : usual[shape]);
  // Zeros in a sample may stand for probabilities; no usual metric of classes is better when it is lower.
  return found.length === 0 && shape === 'label' ? fitting(usual.probability) : found;
}
