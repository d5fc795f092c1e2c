import { expect, test } from 'vitest';
import { provesLeak } from '../../src/domain/leak-test.ts';
import { type Standing, suspicionOf } from '../../src/domain/suspicion.ts';

const standing: Standing = {
  metric: 'roc_auc',
  folds: [0.8, 0.81, 0.79, 0.8, 0.8],
  bestOther: null,
  publicBest: null,
  entrants: 0,
};
const ruleOf = (changes: Partial<Standing>) => suspicionOf({ ...standing, ...changes })?.rule ?? null;

test('a score like the others is believed', () => {
  expect(ruleOf({})).toBeNull();
  expect(ruleOf({ bestOther: [0.79, 0.8, 0.79, 0.79, 0.8], publicBest: 0.82, entrants: 500 })).toBeNull();
});

test('a perfect score is not believed, whatever the direction of the metric', () => {
  expect(ruleOf({ folds: [1, 1, 1] })).toBe('perfect');
  expect(ruleOf({ metric: 'rmse', folds: [0, 0, 0] })).toBe('perfect');
  expect(ruleOf({ metric: 'rmse', folds: [1, 1, 1] })).toBeNull();
});

test('beating the public best by far is not believed, where enough teams have tried', () => {
  const far = { folds: [0.95, 0.951, 0.949], publicBest: 0.85 };

  expect(ruleOf({ ...far, entrants: 400 })).toBe('beats-board');
  expect(ruleOf({ ...far, entrants: 3 })).toBeNull();
  expect(ruleOf({ folds: [0.86, 0.861, 0.859], publicBest: 0.85, entrants: 400 })).toBeNull();
  expect(ruleOf({ metric: 'rmse', folds: [10, 10.1, 9.9], publicBest: 20, entrants: 400 })).toBe(
    'beats-board',
  );
  expect(ruleOf({ metric: 'rmse', folds: [18, 18.1, 17.9], publicBest: 20, entrants: 400 })).toBeNull();
});

test('a jump of many standard errors over the best node is not believed, a small step is', () => {
  const bestOther = [0.8, 0.81, 0.79, 0.8, 0.8];

  expect(ruleOf({ folds: [0.9, 0.91, 0.9, 0.89, 0.9], bestOther })).toBe('jump');
  expect(ruleOf({ folds: [0.81, 0.82, 0.8, 0.81, 0.81], bestOther })).toBeNull();
  // alike folds make the error tiny, and a step of nothing is none
  expect(ruleOf({ folds: [0.801, 0.801, 0.801], bestOther: [0.8, 0.8, 0.80001] })).toBeNull();
  expect(ruleOf({ folds: [0.7, 0.7, 0.71], bestOther })).toBeNull();
});

test('a score that is no number, or beyond the ideal, raises no suspicion of its own', () => {
  expect(ruleOf({ folds: [Number.NaN] })).toBeNull();
  expect(ruleOf({ folds: [] })).toBeNull();
});

test('labels that nothing can predict and that are predicted all the same prove a leak', () => {
  const chance = [0.49, 0.5, 0.51, 0.5, 0.505, 0.495];

  expect(provesLeak({ metric: 'roc_auc', score: 0.93, chance }, 0.99)).toBe(true);
  expect(provesLeak({ metric: 'roc_auc', score: 0.51, chance }, 0.99)).toBe(false);
  expect(provesLeak({ metric: 'roc_auc', score: 0.2, chance }, 0.99)).toBe(false);
  // more than chance, and far too little to explain the score
  expect(provesLeak({ metric: 'roc_auc', score: 0.535, chance }, 0.99)).toBe(false);
  const errors = [10, 10.1, 9.9, 10.05];
  expect(provesLeak({ metric: 'rmse', score: 3, chance: errors }, 2)).toBe(true);
  expect(provesLeak({ metric: 'rmse', score: 9.9, chance: errors }, 2)).toBe(false);
  expect(provesLeak({ metric: 'rmse', score: 3, chance: [10] }, 2)).toBe(false);
});
