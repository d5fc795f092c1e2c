import { expect, test } from 'vitest';
import { agreementOf, bestPublic } from '../../src/domain/agreement.ts';

const pairs = (publicScores: readonly number[]) =>
  publicScores.map((publicScore, index) => ({ cv: index / 10, publicScore }));

test.each([
  ['the same order', [1, 2, 3, 4, 5], 'agree', 1],
  ['nearly the same', [1, 2, 3, 5, 4], 'agree', 0.9],
  ['half the same', [2, 1, 5, 3, 4], 'unclear', 0.6],
  ['no order', [3, 1, 5, 4, 2], 'disagree', 0.1],
  ['the opposite', [5, 4, 3, 2, 1], 'disagree', -1],
] as const)('five submissions in %s', (_what, scores, verdict, spearman) => {
  const agreement = agreementOf(pairs(scores));

  expect(agreement).toMatchObject({ pairs: 5, verdict });
  expect(agreement.spearman).toBeCloseTo(spearman, 10);
});

test('nothing is said before five submissions have both scores, nor where one side does not vary', () => {
  expect(agreementOf(pairs([5, 4, 3, 2]))).toEqual({ pairs: 4, spearman: null, verdict: 'unknown' });
  expect(agreementOf([...pairs([5, 4, 3, 2]), { cv: 0.9, publicScore: null }]).verdict).toBe('unknown');
  expect(agreementOf(pairs([1, 1, 1, 1, 1]))).toEqual({ pairs: 5, spearman: null, verdict: 'unknown' });
});

test('the best public score goes by the direction of the metric, of equals the earlier', () => {
  const scored = [{ publicScore: 0.4 }, { publicScore: null }, { publicScore: 0.3 }, { publicScore: 0.3 }];

  expect(bestPublic('rmse', scored)).toBe(scored[2]);
  expect(bestPublic('accuracy', scored)).toBe(scored[0]);
  expect(bestPublic('accuracy', [{ publicScore: null }])).toBeNull();
});
