import { expect, test } from 'vitest';
import { pickFinal } from '../../src/domain/final-pick.ts';

const aSubmission = (
  key: string,
  cv: number | null,
  scores: Record<string, unknown> = {},
  status = 'scored',
) => {
  return { key, cv, round: 1, status, scores };
};

test('the best cross-validated score counts, in the direction of the metric', () => {
  const submissions = [aSubmission('a', 0.4), aSubmission('b', 0.3), aSubmission('c', 0.5)];

  expect(pickFinal('rmse', submissions)?.key).toBe('b');
  expect(pickFinal('roc_auc', submissions)?.key).toBe('c');
});

test('of equals the later one counts, and what was not scored never does', () => {
  expect(pickFinal('rmse', [aSubmission('a', 0.4), aSubmission('b', 0.4)])?.key).toBe('b');
  expect(pickFinal('rmse', [aSubmission('a', 0.4), aSubmission('b', 0.1, {}, 'error')])?.key).toBe('a');
  expect(pickFinal('rmse', [aSubmission('a', null)])).toBeNull();
});

test('a fit on every row goes before one within the error of chance, and not before one beyond it', () => {
  const best = aSubmission('gated', 0.424, { cvSd: 0.02 });

  expect(pickFinal('log_loss', [best, aSubmission('whole', 0.425, { isFinalFit: true })])?.key).toBe('whole');
  expect(pickFinal('log_loss', [best, aSubmission('whole', 0.46, { isFinalFit: true })])?.key).toBe('gated');
});

test('of the best five by cross-validation the best confirmed counts, and no estimate lifts a sixth', () => {
  const five = [0.9, 0.91, 0.92, 0.93, 0.94].map((cv, index) => ({
    ...aSubmission(`${index}`, cv),
    estimate: index === 1 ? 0.95 : 0.85,
  }));
  const sixth = { ...aSubmission('sixth', 0.8), estimate: 1.2 };

  expect(pickFinal('accuracy', [...five, sixth])?.key).toBe('1');
  expect(pickFinal('accuracy', [{ ...aSubmission('plain', 0.9), estimate: null }, sixth])?.key).toBe('sixth');
});
