import fc from 'fast-check';
import { expect, test } from 'vitest';
import { BusinessFailure } from '../../../src/domain/errors.ts';
import { type MetricName, metricNames, metricSpec } from '../../../src/domain/metrics/catalog.ts';
import { createScorer, formatScore, isBetter, scoreColumns } from '../../../src/domain/metrics/score.ts';
import { createRandom } from '../../../src/domain/random.ts';

function codeOf(act: () => unknown): string | null {
  try {
    act();
    return null;
  } catch (error) {
    return error instanceof BusinessFailure ? error.code : String(error);
  }
}

test('labels are compared as numbers where both are numbers, and booleans whatever their case', () => {
  expect(scoreColumns('accuracy', [['1', '0', '2']], [['1.0', '0', '3']])).toBeCloseTo(2 / 3);
  expect(scoreColumns('accuracy', [['True', 'False']], [['true', 'FALSE']])).toBe(1);
  expect(scoreColumns('accuracy', [['12345678901234567']], [['12345678901234568']])).toBe(0);
});

test('F1 is of class 1, else of the class given, else of the last class', () => {
  expect(scoreColumns('f1', [['1', '1', '0']], [['1', '0', '0']])).toBeCloseTo(2 / 3);
  expect(scoreColumns('f1', [['no', 'yes', 'no']], [['no', 'yes', 'yes']])).toBeCloseTo(2 / 3);
  expect(scoreColumns('f1', [['no', 'yes']], [['no', 'no']], { positiveClass: 'no' })).toBeCloseTo(2 / 3);
  expect(scoreColumns('f1', [['0', '0']], [['0', '0']])).toBe(0);
  expect(scoreColumns('f1', [['1', '0']], [['0', '0']])).toBe(0);
});

test('MAP@K gives one over the position of the true label among the first K', () => {
  const truth = [['a', 'b', 'c', 'd']];
  const predicted = [['a x y', 'x b y', 'x y z c', 'd']];

  expect(scoreColumns('map_at_k', truth, predicted, { k: 3 })).toBeCloseTo((1 + 0.5 + 0 + 1) / 4);
  expect(scoreColumns('map_at_k', truth, predicted, { k: 4 })).toBeCloseTo((1 + 0.5 + 0.25 + 1) / 4);
  expect(codeOf(() => scoreColumns('map_at_k', truth, predicted))).toBe('metric.undefined');
});

test('SMAPE is in percent, and a row of two zeros is no error', () => {
  expect(scoreColumns('smape', [['0', '100']], [['0', '50']])).toBeCloseTo(
    (100 * (0 + 100 / 150)) / 2 + 0,
    6,
  );
});

test('log loss clips to 1e-15 and divides each row by its sum', () => {
  expect(scoreColumns('log_loss', [['1', '0']], [['0', '0']])).toBeCloseTo(-Math.log(1e-15) / 2, 6);
  expect(scoreColumns('multiclass_log_loss', [['1'], ['0'], ['0']], [['1'], ['0.5'], ['0.5']])).toBeCloseTo(
    Math.log(2),
  );
  expect(scoreColumns('multiclass_log_loss', [['1'], ['0'], ['0']], [['0'], ['0'], ['0']])).toBeCloseTo(
    Math.log(3),
  );
});

test('RMSLE counts a negative prediction as zero, RMSE of logarithms refuses one that is not positive', () => {
  expect(scoreColumns('rmsle', [['0']], [['-5']])).toBe(0);
  expect(scoreColumns('rmse_log', [['1']], [[String(Math.E)]])).toBeCloseTo(1);
  expect(codeOf(() => scoreColumns('rmse_log', [['1', '2']], [['1', '0']]))).toBe(
    'metric.invalid_prediction',
  );
});

test('several targets are averaged over their columns', () => {
  expect(
    scoreColumns(
      'rmse',
      [
        ['0', '0'],
        ['1', '1'],
      ],
      [
        ['3', '3'],
        ['2', '2'],
      ],
    ),
  ).toBe(2);
  expect(
    scoreColumns(
      'roc_auc',
      [
        ['0', '1'],
        ['1', '0'],
      ],
      [
        ['0', '1'],
        ['0', '1'],
      ],
    ),
  ).toBe(0.5);
  expect(
    scoreColumns(
      'accuracy',
      [
        ['a', 'b'],
        ['c', 'd'],
      ],
      [
        ['a', 'b'],
        ['c', 'x'],
      ],
    ),
  ).toBe(0.75);
});

test('what cannot be scored is refused with one of two codes and a sentence', () => {
  const invalid: [MetricName, string[][], string[][]][] = [
    ['rmse', [['1', '2']], [['1', 'abc']]],
    ['rmse', [['1', '2']], [['1', '']]],
    ['rmse', [['1', '2']], [['1', 'inf']]],
    ['roc_auc', [['0', '1']], [['NaN', '1']]],
    ['accuracy', [['a', 'b']], [['a', ' ']]],
    ['rmse', [['1', '2']], [['1']]],
    [
      'rmse',
      [['1', '2']],
      [
        ['1', '2'],
        ['1', '2'],
      ],
    ],
    ['pearson', [['1', '2']], [['3', '3']]],
    ['quadratic_kappa', [['1', '2']], [['one', '2']]],
  ];
  const undefinedScores: [MetricName, string[][], string[][]][] = [
    ['roc_auc', [['1', '1']], [['0.1', '0.2']]],
    ['roc_auc', [['a', 'b', 'c']], [['1', '2', '3']]],
    ['log_loss', [['no', 'no']], [['0.1', '0.2']]],
    ['average_precision', [['0', '0']], [['0.1', '0.2']]],
    ['r2', [['1', '1']], [['1', '2']]],
    ['kappa', [['a', 'a']], [['a', 'a']]],
    ['multiclass_log_loss', [['1'], ['1']], [['0.5'], ['0.5']]],
    ['rmse', [[]], [[]]],
    ['rmse_log', [['0']], [['1']]],
    ['f1', [['a', 'b', 'c']], [['a', 'b', 'c']]],
  ];

  for (const [metric, truth, predicted] of invalid) {
    expect(
      codeOf(() => scoreColumns(metric, truth, predicted)),
      metric,
    ).toBe('metric.invalid_prediction');
  }
  for (const [metric, truth, predicted] of undefinedScores) {
    expect(
      codeOf(() => scoreColumns(metric, truth, predicted)),
      metric,
    ).toBe('metric.undefined');
  }
});

test('numbers score as their text does, and a number that is not finite is refused', () => {
  const scorer = createScorer('roc_auc', [['0', '1', '1']]);

  expect(scorer.scoreNumbers([Float64Array.of(0.1, 0.2, 0.05)])).toBe(
    scorer.scoreCells([['0.1', '0.2', '0.05']]),
  );
  expect(codeOf(() => scorer.scoreNumbers([Float64Array.of(0.1, Number.NaN, 1)]))).toBe(
    'metric.invalid_prediction',
  );
});

test.each([
  ['rmse', '1e200'],
  ['r2', '-1e180'],
  ['mape', '1e300'],
] as const)('predictions that diverged have no score by %s, and are refused', (metric, far) => {
  expect(codeOf(() => scoreColumns(metric, [['1', '2', '3']], [['1', far, '3']]))).toBe(
    'metric.invalid_prediction',
  );
});

test('better follows the direction of the metric, and no score is worse than every score', () => {
  for (const metric of metricNames) {
    const [low, high] = [0.1, 0.2];
    const isUp = metricSpec(metric).direction === 'maximize';

    expect(isBetter(metric, high, low)).toBe(isUp);
    expect(isBetter(metric, low, high)).toBe(!isUp);
    expect(isBetter(metric, low, low)).toBe(false);
    expect(isBetter(metric, Number.NaN, low)).toBe(false);
    expect(isBetter(metric, low, Number.NaN)).toBe(true);
  }
});

test('a score is shown with five decimals', () => {
  expect(formatScore(0.765549)).toBe('0.76555');
  expect(formatScore(-0.000001)).toBe('0.00000');
  expect(formatScore(Number.NEGATIVE_INFINITY)).toBe('–');
});

test('metrics of agreement lie between their bounds and are best where truth is predicted', () => {
  const bounded: MetricName[] = ['accuracy', 'f1_macro', 'f1_weighted', 'f1_micro', 'mcc'];
  const labels = fc.array(fc.tuple(fc.constantFrom('a', 'b', 'c'), fc.constantFrom('a', 'b', 'c')), {
    minLength: 1,
  });

  fc.assert(
    fc.property(labels, (rows) => {
      const truth = [rows.map(([label]) => label)];
      const predicted = [rows.map(([, label]) => label)];
      for (const metric of bounded) {
        const score = scoreColumns(metric, truth, predicted);
        expect(score).toBeGreaterThanOrEqual(metric === 'mcc' ? -1 - 1e-9 : 0);
        expect(score).toBeLessThanOrEqual(1 + 1e-9);
        if (metric !== 'mcc') expect(scoreColumns(metric, truth, truth)).toBeCloseTo(1);
      }
    }),
  );
});

test('AUC does not change when predictions are put on another scale, and turns over with their sign', () => {
  const rows = fc.array(fc.tuple(fc.boolean(), fc.integer({ min: -50, max: 50 })), { minLength: 2 });

  fc.assert(
    fc.property(rows, (drawn) => {
      const bits = drawn.map(([isPositive]) => (isPositive ? '1' : '0'));
      fc.pre(new Set(bits).size === 2);
      const scores = Float64Array.from(drawn, ([, score]) => score);
      const { scoreNumbers } = createScorer('roc_auc', [bits]);
      const auc = scoreNumbers([scores]);
      expect(scoreNumbers([scores.map((score) => Math.exp(score / 10))])).toBeCloseTo(auc, 12);
      expect(scoreNumbers([scores.map((score) => -score)])).toBeCloseTo(1 - auc, 12);
    }),
  );
});

test('a hundred thousand rows are scored with any metric', () => {
  const random = createRandom('speed');
  const numbers = Array.from({ length: 100_000 }, () => String(0.001 + random()));
  const bits = numbers.map(() => (random() < 0.5 ? '0' : '1'));
  const grades = numbers.map(() => String(Math.floor(random() * 5)));

  for (const metric of metricNames) {
    const { predictionKind } = metricSpec(metric);
    const truth =
      predictionKind === 'value' ? numbers.toReversed() : metric === 'quadratic_kappa' ? grades : bits;
    const predicted = predictionKind === 'label' ? bits.toReversed() : numbers;
    expect(scoreColumns(metric, [truth], [predicted], { k: 3 }), metric).toSatisfy(Number.isFinite);
  }
});
