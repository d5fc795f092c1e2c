import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  directionOfBoard,
  directionOfText,
  impossibleScore,
} from '../../../src/domain/inference/direction.ts';
import type { InferenceInput } from '../../../src/domain/inference/findings.ts';
import { inferMetric } from '../../../src/domain/inference/metric.ts';
import { readToldContract } from '../../../src/domain/inference/told.ts';
import { metricFromText, metricSpec, otherMetricFromText } from '../../../src/domain/metrics/catalog.ts';
import { otherMetrics } from '../../../src/domain/metrics/other-metrics.ts';
import { aColumn, aFile } from '../profiles.ts';

function inferred(changes: Partial<InferenceInput> = {}) {
  const findings = { evidence: [] as string[], confidence: 1 };
  const named = inferMetric(
    {
      slug: 'some',
      title: 'Some',
      metricText: '',
      pageText: '',
      train: aFile('train.csv', [aColumn('id'), aColumn('x'), aColumn('y')]),
      test: aFile('test.csv', [aColumn('id'), aColumn('x')]),
      sample: { columns: ['id', 'y'], firstRows: [['1', '0.5']] },
      targetValues: { y: ['0.1', '0.7', '3.5'] },
      ...changes,
    },
    findings,
  );
  const confidence = Number(findings.confidence.toFixed(3));
  return { ...named, confidence, evidence: findings.evidence.join(' ') };
}

const falling = [0.99, 0.97, 0.97, 0.8, 0.41];
const rising = [0.11, 0.12, 0.12, 0.4, 7.5];

describe('which way is better', () => {
  test.each([
    ['falls', falling, 'maximize'],
    ['rises', rising, 'minimize'],
    ['is negative and falls', [-0.1, -0.2, -3], 'maximize'],
    ['is all alike', [1, 1, 1], null],
    ['is in no order', [1, 0.2, 0.9, 0.1, 0.8], null],
    [
      'changed while it was read',
      [...Array.from({ length: 40 }, (_, i) => 1 - i / 50), 0.25, 0.2],
      'maximize',
    ],
    ['has one score', [0.3], null],
    ['has none', [], null],
  ] as const)('is told by a board that %s', (_how, scores, direction) => {
    expect(directionOfBoard(scores)).toBe(direction);
  });

  test.each([
    ['A <b>lower</b> score is better.', 'minimize'],
    ['The lower the better.', 'minimize'],
    ['Higher values are better', 'maximize'],
    ['Your goal is to minimize the total error of predictions.', 'minimize'],
    ['Lower is better for the error, higher is better for the score.', null],
    ['Scores are computed on hidden rows.', null],
  ] as const)('is told by the text %j', (text, direction) => {
    expect(directionOfText(text)).toBe(direction);
  });

  test('scores that a metric cannot have are seen', () => {
    expect(impossibleScore('accuracy', [0.99, 97.5])).toBe(97.5);
    expect(impossibleScore('rmse', [0.1, -0.2])).toBe(-0.2);
    expect(impossibleScore('r2', [0.9, -35])).toBeNull();
    expect(impossibleScore('roc_auc', [1, 0.2])).toBeNull();
  });
});

describe('the metric', () => {
  test('that is named, with a board that agrees, is certain', () => {
    expect(inferred({ metricText: 'Roc Auc Score', boardScores: falling })).toMatchObject({
      metric: 'roc_auc',
      official: null,
      confidence: 1,
      evidence: expect.stringContaining('as it should'),
    });
  });

  test.each([
    ['a board that points the other way', { boardScores: rising.slice(0, 4) }, 0.4],
    ['a score that it cannot have', { boardScores: [98.5, 97, 12] }, 0.5],
    ['a page that says the contrary', { pageText: 'Note: the lower the better.' }, 0.7],
    [
      'a page that says the contrary, where the board agrees',
      { pageText: 'The lower the better.', boardScores: falling },
      1,
    ],
  ] as const)('is less certain with %s', (_what, changes, confidence) => {
    expect(inferred({ metricText: 'Roc Auc Score', ...changes })).toMatchObject({
      metric: 'roc_auc',
      confidence,
    });
  });

  test.each([
    ['Mean Squared Error', 'rmse', 'minimize', 0.95],
    ['Weighted Mean Absolute Error', 'mae', 'minimize', 0.6],
    ['Stratified Concordance Index', 'spearman', 'maximize', 0.6],
    ['Balanced Accuracy Score', 'f1_macro', 'maximize', 0.6],
    ['pAUC above 80% TPR', 'roc_auc', 'maximize', 0.6],
    ['Continuous Ranked Probability Score', 'mae', 'minimize', 0.6],
  ] as const)('%s is stood in for by %s', (metricText, metric, direction, confidence) => {
    expect(inferred({ metricText })).toMatchObject({
      metric,
      official: { direction },
      isGuess: false,
      confidence,
    });
  });

  test('of an unknown name is taken from the page, with much doubt', () => {
    expect(
      inferred({ metricText: 'House Special', pageText: 'Scored by mean absolute error.' }),
    ).toMatchObject({
      metric: 'mae',
      official: { name: 'House Special', direction: 'minimize' },
      isGuess: true,
      confidence: 0.45,
    });
  });

  test.each([
    ['numbers', rising, {}, 'rmse'],
    ['numbers', falling, {}, 'r2'],
    [
      'classes',
      falling,
      { sample: { columns: ['id', 'y'], firstRows: [['1', '0']] }, targetValues: { y: ['0', '1'] } },
      'accuracy',
    ],
    [
      'probabilities that the sample shows as zeros',
      rising,
      { sample: { columns: ['id', 'y'], firstRows: [['1', '0']] }, targetValues: { y: ['0', '1'] } },
      'log_loss',
    ],
    ['probabilities', falling, { targetValues: { y: ['0', '1'] } }, 'roc_auc'],
    ['probabilities', rising, { targetValues: { y: ['0', '1'] } }, 'log_loss'],
  ] as const)(
    'that nothing names is a usual one for %s, by the order of the board',
    (_shape, boardScores, changes, metric) => {
      expect(inferred({ metricText: 'House Special', boardScores, ...changes })).toMatchObject({
        metric,
        isGuess: true,
        confidence: 0.4,
        evidence: expect.stringContaining('by the order of the leaderboard'),
      });
    },
  );

  test('whose direction a person said points that way, whatever was read', () => {
    const told = { direction: 'minimize' } as const;

    expect(inferred({ metricText: 'House Special', boardScores: falling, told })).toMatchObject({
      metric: 'rmse',
      official: { name: 'House Special', direction: 'minimize' },
      evidence: expect.stringContaining('Lower is better, as a person said.'),
    });
    expect(
      inferred({ metricText: 'House Special', pageText: 'Scored by the R2 score.', told }),
    ).toMatchObject({ metric: 'rmse', official: { name: 'House Special', direction: 'minimize' } });
    const targetValues = { y: ['0', '1'] };
    expect(inferred({ metricText: 'Roc Auc Score', told, targetValues })).toMatchObject({
      metric: 'log_loss',
      official: { name: 'Roc Auc Score', direction: 'minimize' },
    });
    expect(inferred({ metricText: 'RMSE', told, boardScores: falling })).toMatchObject({
      metric: 'rmse',
      official: null,
    });
    expect(inferred({ told }).metric).toBe('rmse');
  });

  test('that a person said stands over everything else', () => {
    expect(
      inferred({ metricText: 'Roc Auc Score', boardScores: rising, told: { metric: 'rmse' } }),
    ).toMatchObject({
      metric: 'rmse',
      official: null,
      confidence: 1,
    });
    expect(
      inferred({ metricText: 'Skill', told: { metric: 'rmse', direction: 'maximize' } }).official,
    ).toEqual({
      name: 'Skill',
      direction: 'maximize',
    });
  });
});

test('what stands in for a metric points the same way, and no name of another metric is read as ours', () => {
  for (const { name, direction, surrogate, aliases } of otherMetrics) {
    if (surrogate !== null) expect(metricSpec(surrogate).direction, name).toBe(direction);
    for (const alias of [name, ...aliases]) {
      expect(metricFromText(alias), alias).toBeNull();
      expect(otherMetricFromText(alias)?.name, alias).toBe(name);
    }
  }
});

test.each([
  ['MAE', { metric: 'mae' }],
  ['metric: MAP@5; target: label', { metric: 'map_at_k', metricK: 5, targetColumns: ['label'] }],
  ['Targets: "price", size', { targetColumns: ['price', 'size'] }],
  ['rmse but higher is better', { metric: 'rmse', direction: 'maximize' }],
  ['direction: minimize', { direction: 'minimize' }],
  ['rmse, lower is better', { metric: 'rmse' }],
  ['target is mae', { targetColumns: ['mae'] }],
  ['rmse; target: e', { metric: 'rmse', targetColumns: ['e'] }],
  ['no idea', null],
  ['', null],
])('a person who writes %j is understood', (note, told) => {
  expect(readToldContract(note, null)).toEqual(told);
});

test('what was said before stands as far as nothing else is said, and of another metric it says nothing', () => {
  const before = { metric: 'rmse', direction: 'maximize', targetColumns: ['y'] } as const;
  const said = (note: string) => readToldContract(note, { ...before, targetColumns: ['y'] });

  expect(said('target: z')).toEqual({ ...before, targetColumns: ['z'] });
  expect(said('lower is better')).toEqual({ metric: 'rmse', targetColumns: ['y'] });
  expect(said('mae')).toEqual({ metric: 'mae', targetColumns: ['y'] });
  expect(readToldContract('mae', { metric: 'map_at_k', metricK: 5 })).toEqual({ metric: 'mae' });
});

const boards = resolve(import.meta.dirname, '../../../../shared/data');

test.skipIf(!existsSync(boards)).each([
  ['titanic', 'accuracy', 'maximize'],
  ['house-prices-advanced-regression-techniques', 'rmse_log', 'minimize'],
] as const)('the real board of %s points its way (skipped without the data)', (slug, metric, direction) => {
  const text = readFileSync(`${boards}/${slug}/leaderboard.csv`, 'utf8');
  const scores = text
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => Number(line.split(',')[1]));

  expect(scores.length).toBeGreaterThan(1_000);
  expect(directionOfBoard(scores)).toBe(direction);
  expect([direction, null]).toContain(directionOfBoard(scores.slice(0, 100)));
  expect(impossibleScore(metric, scores)).toBeNull();
});
