import { expect, test } from 'vitest';
import { compareCandidates, spearman, summarise } from '../../src/domain/compare.ts';
import { BusinessFailure } from '../../src/domain/errors.ts';

test('a challenger is better when its mean gain reaches one standard error of the paired differences', () => {
  const champion = [0.8, 0.82, 0.78, 0.81, 0.79];
  const steady = champion.map((score) => score + 0.01);
  const erratic = champion.map((score, fold) => score + (fold === 0 ? 0.06 : -0.0025));

  expect(compareCandidates(champion, steady, 'accuracy')).toMatchObject({ verdict: 'better' });
  expect(compareCandidates(steady, champion, 'accuracy')).toMatchObject({ verdict: 'worse' });
  expect(compareCandidates(champion, erratic, 'accuracy')).toMatchObject({ verdict: 'tie' });
  expect(compareCandidates(champion, champion, 'accuracy')).toMatchObject({ verdict: 'tie', meanGain: 0 });
});

test('the direction of the metric decides what a gain is', () => {
  const low = [0.4, 0.41, 0.42, 0.4, 0.41];
  const high = low.map((score) => score + 0.05);

  expect(compareCandidates(high, low, 'log_loss').verdict).toBe('better');
  expect(compareCandidates(high, low, 'roc_auc').verdict).toBe('worse');
  expect(compareCandidates(high, low, 'log_loss').meanGain).toBeCloseTo(0.05);
});

test('a steady gain that is too small to count is a tie, measured in the unit of the target for errors', () => {
  const champion = [0.9, 0.9, 0.9, 0.9, 0.9];
  const errors = [20_000, 20_000, 20_000, 20_000, 20_000];

  expect(
    compareCandidates(
      champion,
      champion.map((score) => score + 5e-5),
      'roc_auc',
    ).verdict,
  ).toBe('tie');
  expect(
    compareCandidates(
      errors,
      errors.map((score) => score - 1),
      'rmse',
    ),
  ).toMatchObject({ verdict: 'tie', threshold: 2 });
  expect(
    compareCandidates(
      errors,
      errors.map((score) => score - 3),
      'rmse',
    ).verdict,
  ).toBe('better');
});

test('candidates scored on different folds are not compared', () => {
  expect(() => compareCandidates([1, 2], [1, 2, 3], 'rmse')).toThrow(BusinessFailure);
});

test('fold scores are summed up as mean, deviation and standard error', () => {
  expect(summarise([1, 2, 3, 4, 5])).toEqual({ mean: 3, sd: Math.sqrt(2.5), se: Math.sqrt(0.5) });
  expect(summarise([2])).toEqual({ mean: 2, sd: 0, se: 0 });
});

test('rank correlation is of ranks, and there is none without variation', () => {
  expect(spearman([1, 2, 3], [1, 10, 100])).toBeCloseTo(1);
  expect(spearman([1, 2, 3], [3, 2, 1])).toBeCloseTo(-1);
  expect(spearman([1, 1, 1], [1, 2, 3])).toBeNull();
  expect(spearman([1], [1])).toBeNull();
});
