import { hasClassRows, normaliseRows } from './blend.ts';
import { BusinessFailure } from './errors.ts';
import { type Decision, decideLabels } from './label-decision.ts';
import type { NumberColumns } from './metrics/score.ts';
import type { Problem } from './problem.ts';

/** Raw test predictions: one column per prediction column, rows named by id in any order. */
export type TestPredictions = { ids: readonly string[]; columns: NumberColumns };

const MAX_EXAMPLES = 5;

/**
 * Makes the submission of raw test predictions, its rows in the order of the sample submission.
 * @throws submission.ids_differ, submission.not_finite, decision.no_classes
 */
export function composeSubmission(
  problem: Problem,
  sampleIds: readonly string[],
  testPredictions: TestPredictions,
  decision: Decision,
): { header: string[]; rows: string[][] } {
  const cells = composeCells(problem, testPredictions.columns, decision);
  const rowOf = new Map(testPredictions.ids.map((id, row) => [id, row]));
  const missing = sampleIds.filter((id) => !rowOf.has(id));
  if (missing.length > 0) {
    const examples = missing.slice(0, MAX_EXAMPLES);
    throw new BusinessFailure(
      `${missing.length} of the ${sampleIds.length} rows to submit have no prediction, for example ${examples.join(', ')}.`,
      { code: 'submission.ids_differ', details: { examples } },
    );
  }
  const rows = sampleIds.map((id) => [id, ...cells.map((column) => column[rowOf.get(id) ?? -1] ?? '')]);
  return { header: [problem.idColumn, ...problem.submissionColumns], rows };
}

/**
 * Raw predictions as a submission writes them, one list per submission column.
 * @throws submission.not_finite, decision.no_classes
 */
export function composeCells(problem: Problem, columns: NumberColumns, decision: Decision): string[][] {
  if (columns.some((column) => column.some((value) => !Number.isFinite(value)))) {
    throw new BusinessFailure(
      'The test predictions hold values that are not finite numbers, so they cannot be submitted.',
      {
        code: 'submission.not_finite',
      },
    );
  }
  if (problem.predictionKind === 'label') return decideLabels(problem, columns, decision);
  return finalValues(problem, columns).map((column) => Array.from(column, String));
}

function finalValues(problem: Problem, columns: NumberColumns): NumberColumns {
  if (problem.metric === 'multiclass_log_loss' && hasClassRows(problem)) return normaliseRows(columns);
  // RMSLE counts a prediction below zero as zero; Kaggle refuses it.
  if (problem.metric === 'rmsle') return columns.map((column) => column.map((value) => Math.max(0, value)));
  return columns;
}
