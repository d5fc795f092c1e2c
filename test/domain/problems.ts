import type { Problem } from '../../src/domain/problem.ts';
import { createRandom } from '../../src/domain/random.ts';

/** A binary problem scored by accuracy; a test names only what it is about. */
export function aProblem(changes: Partial<Problem> = {}): Problem {
  return {
    slug: 'titanic',
    title: 'Titanic',
    modality: 'tabular',
    task: 'binary',
    metric: 'accuracy',
    metricK: null,
    predictionKind: 'label',
    idColumn: 'id',
    targetColumns: ['target'],
    submissionColumns: ['target'],
    classes: ['0', '1'],
    predictionColumns: ['0', '1'],
    textColumns: [],
    groupColumn: null,
    timeColumn: null,
    ...changes,
  };
}

/** Three classes, one probability column for each. */
export function aMulticlassProblem(changes: Partial<Problem> = {}): Problem {
  return aProblem({
    task: 'multiclass',
    metric: 'multiclass_log_loss',
    predictionKind: 'probability',
    targetColumns: ['Status'],
    submissionColumns: ['Status_C', 'Status_CL', 'Status_D'],
    predictionColumns: ['Status_C', 'Status_CL', 'Status_D'],
    classes: ['C', 'CL', 'D'],
    ...changes,
  });
}

/** One value a row, scored by RMSE. */
export function aRegression(changes: Partial<Problem> = {}): Problem {
  return aProblem({
    task: 'regression',
    metric: 'rmse',
    predictionKind: 'value',
    classes: null,
    predictionColumns: ['target'],
    ...changes,
  });
}

/** Two classes, one probability of the last. */
export function aProbabilityProblem(changes: Partial<Problem> = {}): Problem {
  return aProblem({
    metric: 'roc_auc',
    predictionKind: 'probability',
    predictionColumns: ['target'],
    ...changes,
  });
}

/** Binary truth of which a fifth is positive, with probabilities that are too low. */
export function shyPredictions(rows: number) {
  const random = createRandom('shy');
  const truth = Array.from({ length: rows }, () => (random() < 0.2 ? '1' : '0'));
  const positive = Float64Array.from(truth, (label) => 0.3 * random() + (label === '1' ? 0.12 : 0));
  return { truth: [truth], oof: [positive.map((value) => 1 - value), positive] };
}
