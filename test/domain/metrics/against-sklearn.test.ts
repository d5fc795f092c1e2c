import { expect, test } from 'vitest';
import { type MetricName, metricNames } from '../../../src/domain/metrics/catalog.ts';
import { scoreColumns } from '../../../src/domain/metrics/score.ts';
import { createRandom } from '../../../src/domain/random.ts';
import { findPython } from '../../support/python.ts';
import { type SklearnCase, scoreWithSklearn } from './sklearn-scores.ts';

const ROWS = 400;
const python = findPython();
const random = createRandom('against-sklearn');
const draw = <T>(make: (row: number) => T): T[] => Array.from({ length: ROWS }, (_, row) => make(row));
const below = (limit: number) => Math.floor(random() * limit);

const bits = draw(() => (random() < 0.3 ? 1 : 0));
const noisyBits = bits.map((bit) => (random() < 0.2 ? 1 - bit : bit));
// One decimal makes many ties; some are flatly 0 and 1.
const roughProbabilities = bits.map((bit) => Math.round((0.6 * random() + 0.4 * bit) * 10) / 10);
const grades = draw(() => below(5));
const nearGrades = grades.map((grade) => Math.min(4, Math.max(0, grade + below(3) - 1)));
const letters = draw(() => 'abcd'.charAt(below(4)));
const nearLetters = letters.map((letter) => (random() < 0.4 ? 'e' : letter));
const values = draw(() => Math.round(random() * 500) / 10 + 0.1);
const nearValues = values.map((value) => Math.max(0.05, value + random() * 8 - 4));
const someNegative = nearValues.map((value) => value - 3);
const oneHot = draw(() => below(3)).map((label) => [0, 1, 2].map((column) => (column === label ? 1 : 0)));
const unnormalised = oneHot.map((row) => row.map((cell) => (random() < 0.05 ? 0 : random() + cell)));

const labelCases: SklearnCase[] = (
  ['accuracy', 'f1_macro', 'f1_micro', 'f1_weighted', 'mcc', 'kappa'] as const
).flatMap((metric) => [
  { metric, truth: letters, predicted: nearLetters },
  { metric, truth: bits.map(String), predicted: noisyBits.map(String) },
  { metric, truth: grades.map(String), predicted: nearGrades.map(String) },
]);
const cases: SklearnCase[] = [
  ...labelCases,
  { metric: 'f1', truth: bits.map(String), predicted: noisyBits.map(String) },
  { metric: 'f1', truth: bits.map(String), predicted: bits.map(() => '0') },
  { metric: 'mcc', truth: bits.map(String), predicted: bits.map(() => '0') },
  { metric: 'quadratic_kappa', truth: grades, predicted: nearGrades },
  ...(['roc_auc', 'gini', 'average_precision', 'log_loss'] as const).map((metric) => ({
    metric,
    truth: bits,
    predicted: roughProbabilities,
  })),
  { metric: 'multiclass_log_loss', truth: oneHot, predicted: unnormalised },
  ...(['rmse', 'rmse_log', 'mae', 'mape', 'r2', 'pearson', 'spearman'] as const).map((metric) => ({
    metric,
    truth: values,
    predicted: nearValues,
  })),
  { metric: 'rmsle', truth: values, predicted: someNegative },
  { metric: 'spearman', truth: grades, predicted: nearGrades },
];

function columnsOf(cells: SklearnCase['truth']): string[][] {
  const rows = cells.map((cell) => (Array.isArray(cell) ? cell : [cell]));
  return (rows[0] ?? []).map((_, column) => rows.map((row) => String(row[column])));
}

function nameOf(text: string): MetricName {
  const name = metricNames.find((known) => known === text);
  if (name === undefined) throw new Error(`no metric ${text}`);
  return name;
}

test.skipIf(python === null)(
  'every metric that scikit-learn has gives its figure to ten digits (skipped without a Python that has scikit-learn)',
  () => {
    const expected = scoreWithSklearn(python ?? '', cases);

    cases.forEach((item, index) => {
      const score = scoreColumns(nameOf(item.metric), columnsOf(item.truth), columnsOf(item.predicted));
      expect(score, `${item.metric}, case ${index}`).toBeCloseTo(expected[index] ?? Number.NaN, 10);
    });
  },
  120_000,
);
