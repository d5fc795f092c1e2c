import { expect, test } from 'vitest';
import { foldScoreName, shouldStopEarly, type ToldMetric } from '../../../src/domain/gpu/early-stop.ts';

const told = (name: string, values: readonly (number | null)[]): ToldMetric[] =>
  values.map((value, step) => ({ name, step, value }));
const folds = (values: readonly number[]) => told(foldScoreName, values);
const champion = { metric: 'accuracy', folds: [0.8, 0.81, 0.79, 0.8, 0.8] } as const;

test('a loss that is no number any more ends the run, a single one does not', () => {
  expect(shouldStopEarly(told('train/loss', [1, 0.9, null, null, null]), null)).toMatchObject({
    code: 'run.diverged',
  });
  expect(shouldStopEarly(told('train/loss', [1, null, 0.9, null, null]), null)).toBeNull();
  expect(shouldStopEarly(told('val/auc', [null, null, null, null]), null)).toBeNull();
});

test('a loss that stays far above its best has diverged, noise has not', () => {
  const rising = [1, 0.5, ...Array.from({ length: 12 }, (_, step) => 20 + step)];
  const noisy = [1, 0.5, ...Array.from({ length: 12 }, (_, step) => (step % 2 === 0 ? 30 : 0.6))];

  expect(shouldStopEarly(told('loss', rising), null)).toMatchObject({ code: 'run.diverged' });
  expect(shouldStopEarly(told('loss', noisy), null)).toBeNull();
  // a likelihood may fall below zero
  expect(shouldStopEarly(told('loss', [-1, -2, ...Array.from({ length: 12 }, () => 50)]), null)).toBeNull();
});

test('a model that begins anew, in the next fold or after another one, is compared with itself alone', () => {
  const first = told('loss', [1, 0.5, 0.1, 0.01, 0.001]);
  const next = Array.from({ length: 12 }, () => 0.9);
  const later = next.map((value, index) => ({ name: 'loss', step: 5 + index, value }));

  expect(shouldStopEarly([...first, ...later], null)).toMatchObject({ code: 'run.diverged' });
  expect(shouldStopEarly([...first, ...told('loss', next)], null)).toBeNull();
  expect(shouldStopEarly([...first, ...folds([0.8]), ...later], null)).toBeNull();
});

test('a run so far behind that the folds which are left cannot make up for it is hopeless', () => {
  expect(shouldStopEarly(folds([0.5, 0.5, 0.5]), champion)).toEqual({
    code: 'run.hopeless',
    reason: { code: 'hopeless', done: 3, folds: 5 },
  });
});

test('a run that may still win goes on, and so does one of which little or all is known', () => {
  expect(shouldStopEarly(folds([0.79, 0.8, 0.78]), champion)).toBeNull();
  expect(shouldStopEarly(folds([0.9, 0.9, 0.9]), champion)).toBeNull();
  expect(shouldStopEarly(folds([0.1]), champion)).toBeNull();
  expect(shouldStopEarly(folds([0.1, 0.1, 0.1, 0.1, 0.1]), champion)).toBeNull();
  expect(shouldStopEarly(folds([0.1, 0.1, 0.1]), null)).toBeNull();
});

test('lower is better where the metric says so', () => {
  const rmse = { metric: 'rmse', folds: [1, 1.1, 0.9, 1] } as const;

  expect(shouldStopEarly(folds([3, 3, 3]), rmse)).toMatchObject({ code: 'run.hopeless' });
  expect(shouldStopEarly(folds([0.5, 0.5, 0.5]), rmse)).toBeNull();
});
