import { expect, test } from 'vitest';
import { tuneDecision } from '../../src/domain/label-decision.ts';
import {
  createPredictionScorer,
  crossFittedScore,
  scorePredictions,
  truthForScoring,
} from '../../src/domain/prediction-score.ts';
import {
  aMulticlassProblem,
  aProbabilityProblem,
  aProblem,
  aRegression,
  shyPredictions,
} from './problems.ts';

const column = (...values: number[]) => Float64Array.from(values);

test('the truth of one target with a probability per class is made one-hot', () => {
  expect(truthForScoring(aMulticlassProblem(), [['C', 'D', 'CL']])).toEqual([
    ['1', '0', '0'],
    ['0', '0', '1'],
    ['0', '1', '0'],
  ]);
  expect(truthForScoring(aRegression(), [['1', '2']])).toEqual([['1', '2']]);
});

test('raw predictions are scored as their submission would be', () => {
  const multiclass = scorePredictions(
    aMulticlassProblem(),
    [['C', 'D']],
    [column(0.5, 0), column(0.25, 0.5), column(0.25, 0.5)],
  );
  const yesNo = aProbabilityProblem({ classes: ['no', 'yes'], metric: 'log_loss' });

  expect(multiclass).toBeCloseTo(Math.log(2));
  // A single class in the rows, yet the problem says which one is positive.
  expect(createPredictionScorer(yesNo, [['no', 'no']])([column(0.5, 0.5)])).toBeCloseTo(Math.log(2));
});

test('classes written 1 and 2 keep their positive one in rows that hold the first alone', () => {
  const problem = aProbabilityProblem({ classes: ['1', '2'], metric: 'log_loss' });

  expect(scorePredictions(problem, [['1', '1']], [column(0.01, 0.01)])).toBeCloseTo(-Math.log(0.99));
});

test('a fold is scored with the threshold of the other folds, so its own labels never choose it', () => {
  const { truth, oof } = shyPredictions(1000);
  const problem = aProblem({ metric: 'f1' });
  const fold = Int8Array.from({ length: 1000 }, (_, row) => (row % 11 === 0 ? -1 : row % 5));

  const scores = crossFittedScore(problem, truth, oof, fold);
  const spoiled = truth.map((labels) => labels.map((label, row) => (fold[row] === -1 ? '1' : label)));

  expect(scores).toHaveLength(5);
  expect(crossFittedScore(problem, spoiled, oof, fold)).toEqual(scores);
  const rows = [...fold.keys()].filter((row) => fold[row] !== 0 && fold[row] !== -1);
  const pick = (values: Float64Array) => Float64Array.from(rows, (row) => values[row] ?? 0);
  const others = tuneDecision(
    problem,
    truth.map((labels) => rows.map((row) => labels[row] ?? '')),
    oof.map(pick),
  );
  const own = [...fold.keys()].filter((row) => fold[row] === 0);
  const expected = scorePredictions(
    problem,
    truth.map((labels) => own.map((row) => labels[row] ?? '')),
    oof.map((values) => Float64Array.from(own, (row) => values[row] ?? 0)),
    others,
  );
  expect(scores[0]).toBe(expected);
});

test('fold scores of a metric without decision are those of the fold alone', () => {
  const scores = crossFittedScore(aRegression(), [['1', '2', '3']], [column(1, 4, 3)], [0, 1, 0]);

  expect(scores).toEqual([0, 2]);
});
