import { canonicalLabel } from './cells.ts';
import { type Decision, decideLabels, defaultDecision, tuneDecision } from './label-decision.ts';
import { readLabels } from './metrics/classification.ts';
import { at } from './metrics/ranks.ts';
import { type CellColumns, createScorer, type NumberColumns } from './metrics/score.ts';
import type { Problem } from './problem.ts';

/**
 * The truth in the form that scores a problem's submission: one-hot columns where one target is submitted as a
 * probability per class, else the target columns themselves.
 * @param truth cells of the target columns
 */
export function truthForScoring(problem: Problem, truth: CellColumns): CellColumns {
  const isPerClass = problem.targetColumns.length === 1 && problem.submissionColumns.length > 1;
  if (problem.predictionKind !== 'probability' || !isPerClass || problem.classes === null) return truth;
  const labels = readLabels(truth[0] ?? [], 'truth');
  return problem.classes
    .map(canonicalLabel)
    .map((name) => labels.map((label) => (label === name ? '1' : '0')));
}

/**
 * Scores raw predictions (one column per prediction column) as the submission made of them would score.
 * @param truth cells of the target columns
 * @throws metric.invalid_prediction, metric.undefined
 */
export function scorePredictions(
  problem: Problem,
  truth: CellColumns,
  predictions: NumberColumns,
  decision: Decision = defaultDecision(problem),
): number {
  return createPredictionScorer(problem, truth)(predictions, decision);
}

/** Reads a truth once and scores any number of raw predictions against it, as `scorePredictions` does. */
export function createPredictionScorer(
  problem: Problem,
  truth: CellColumns,
): (predictions: NumberColumns, decision?: Decision) => number {
  const columns = truthForScoring(problem, truth);
  const scorer = createScorer(problem.metric, columns, {
    k: problem.metricK,
    // One-hot columns are of 0 and 1, whatever the classes are called.
    positiveClass: columns === truth ? problem.classes?.at(-1) : undefined,
  });
  return (predictions, decision = defaultDecision(problem)) => {
    if (problem.predictionKind !== 'label') return scorer.scoreNumbers(predictions);
    return scorer.scoreCells(decideLabels(problem, predictions, decision));
  };
}

/**
 * Honest score per fold: where a threshold is tuned, each fold's comes from the other folds' rows.
 * @param truth cells of the target columns
 * @param fold fold number per row from 0; rows below zero are left out
 * @throws metric.invalid_prediction, metric.undefined
 */
export function crossFittedScore(
  problem: Problem,
  truth: CellColumns,
  oof: NumberColumns,
  fold: ArrayLike<number>,
): number[] {
  const folds = [...new Set(Array.from(fold))].filter((number) => number >= 0).sort((a, b) => a - b);
  return folds.map((number) => {
    const inside = rowsWhere(fold, (value) => value === number);
    const others = rowsWhere(fold, (value) => value >= 0 && value !== number);
    const decision = tuneDecision(problem, pickCells(truth, others), pickNumbers(oof, others));
    return scorePredictions(problem, pickCells(truth, inside), pickNumbers(oof, inside), decision);
  });
}

function rowsWhere(fold: ArrayLike<number>, isWanted: (value: number) => boolean): number[] {
  return Array.from(fold, (_, row) => row).filter((row) => isWanted(at(fold, row)));
}

function pickCells(columns: CellColumns, rows: readonly number[]): string[][] {
  return columns.map((column) => rows.map((row) => column[row] ?? ''));
}

function pickNumbers(columns: NumberColumns, rows: readonly number[]): Float64Array[] {
  return columns.map((column) => Float64Array.from(rows, (row) => at(column, row)));
}
