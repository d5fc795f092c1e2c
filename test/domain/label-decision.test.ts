import { expect, test } from 'vitest';
import { decideLabels, decisionSchema, tuneDecision } from '../../src/domain/label-decision.ts';
import { scorePredictions } from '../../src/domain/prediction-score.ts';
import { aProbabilityProblem, aProblem, shyPredictions } from './problems.ts';

const column = (...values: number[]) => Float64Array.from(values);

test('the most probable class is chosen, and the first of equal ones', () => {
  const problem = aProblem({ classes: ['a', 'b', 'c'], predictionColumns: ['a', 'b', 'c'] });

  const labels = decideLabels(problem, [column(0.2, 0.4), column(0.5, 0.4), column(0.3, 0.2)], {
    kind: 'argmax',
  });

  expect(labels).toEqual([['b', 'a']]);
});

test('a threshold is on the share of the last class, so that rows need not sum to one', () => {
  const labels = decideLabels(aProblem(), [column(3, 1), column(1, 1)], {
    kind: 'threshold',
    threshold: 0.4,
  });

  expect(labels).toEqual([['0', '1']]);
});

test('MAP@K gets the K most probable classes, best first', () => {
  const problem = aProblem({ metric: 'map_at_k', metricK: 2, classes: ['a', 'b', 'c'] });

  expect(decideLabels(problem, [column(0.2), column(0.5), column(0.3)], { kind: 'top_k', k: 2 })).toEqual([
    ['b c'],
  ]);
});

test('several targets are decided one by one, from their classes in turn', () => {
  const problem = aProblem({ targetColumns: ['x', 'y'] });

  expect(decideLabels(problem, [column(1), column(0), column(0), column(1)], { kind: 'argmax' })).toEqual([
    ['0'],
    ['1'],
  ]);
  expect(() => decideLabels(problem, [column(1)], { kind: 'argmax' })).toThrow('do not match the classes');
});

test('for F1 and MCC of two classes the threshold is tuned, and beats the most probable class', () => {
  const { truth, oof } = shyPredictions(4000);

  for (const metric of ['f1', 'mcc', 'f1_macro'] as const) {
    const problem = aProblem({ metric });
    const decision = tuneDecision(problem, truth, oof);
    expect(decision.kind).toBe('threshold');
    expect(decisionSchema.parse(decision)).toEqual(decision);
    expect(scorePredictions(problem, truth, oof, decision)).toBeGreaterThan(
      scorePredictions(problem, truth, oof) + 0.1,
    );
  }
});

test('the tuned threshold is the best of its grid', () => {
  const { truth, oof } = shyPredictions(500);
  const problem = aProblem({ metric: 'f1' });
  const sorted = oof[1]?.toSorted() ?? column();
  const scores = Array.from({ length: 99 }, (_, index) => {
    const threshold = sorted[Math.floor(((index + 1) / 100) * (sorted.length - 1))] ?? 0;
    return scorePredictions(problem, truth, oof, { kind: 'threshold', threshold });
  });

  const tuned = scorePredictions(problem, truth, oof, tuneDecision(problem, truth, oof));

  expect(tuned).toBeCloseTo(Math.max(...scores), 12);
});

test('other problems need no tuning', () => {
  const { truth, oof } = shyPredictions(50);

  expect(tuneDecision(aProblem(), truth, oof)).toEqual({ kind: 'argmax' });
  expect(tuneDecision(aProbabilityProblem(), truth, oof)).toEqual({ kind: 'none' });
  expect(tuneDecision(aProblem({ metric: 'map_at_k', metricK: 3 }), truth, oof)).toEqual({
    kind: 'top_k',
    k: 3,
  });
});
