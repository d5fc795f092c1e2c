import type { Context } from '../../context.ts';
import { parseNumber } from '../../domain/cells.ts';
import { BusinessFailure } from '../../domain/errors.ts';
import type { Problem } from '../../domain/problem.ts';
import type { Truth } from '../research/prepare-folds.ts';
import { columnOf, type Table } from './csv.ts';
import { readObjectTable } from './objects.ts';

/** Raw predictions, one number column per prediction column, in the order of `keys`. */
export type Predictions = { keys: string[]; columns: Float64Array[] };

/**
 * Reads oof.csv, gate.csv or test.csv of a run.
 * @throws BusinessFailure `run.bad_predictions`, `csv.*`
 */
export async function readPredictions(
  ctx: Pick<Context, 'objects'>,
  key: string,
  name: string,
  keyColumn: string,
  problem: Pick<Problem, 'predictionColumns'>,
): Promise<Predictions> {
  return predictionsOf(name, await readObjectTable(ctx, key, name), keyColumn, problem);
}

/**
 * The predictions of a table that was read already.
 * @throws BusinessFailure `run.bad_predictions`, `csv.*`
 */
export function predictionsOf(
  name: string,
  table: Table,
  keyColumn: string,
  problem: Pick<Problem, 'predictionColumns'>,
): Predictions {
  const columns = problem.predictionColumns.map((column) => {
    const cells = columnOf(name, table, column);
    return Float64Array.from(cells, (cell, row) => {
      const value = parseNumber(cell);
      if (value === null) {
        throw new BusinessFailure(`Row ${row + 1} of ${name} predicts no number in ${column}.`, {
          code: 'run.bad_predictions',
        });
      }
      return value;
    });
  });
  return { keys: columnOf(name, table, keyColumn), columns };
}

/**
 * The predictions in the order of the wanted keys.
 * @throws BusinessFailure `run.bad_predictions` when a row is missing, twice or too many
 */
export function alignPredictions(
  name: string,
  predictions: Predictions,
  keys: readonly string[],
): Float64Array[] {
  const rowOf = new Map(predictions.keys.map((key, row) => [key, row]));
  const isExact = rowOf.size === predictions.keys.length && rowOf.size === keys.length;
  const rows = keys.map((key) => rowOf.get(key));
  if (!isExact || rows.some((row) => row === undefined)) {
    throw new BusinessFailure(
      `${name} does not predict each of the ${keys.length} rows exactly once, so its run cannot be judged.`,
      { code: 'run.bad_predictions', details: { file: name } },
    );
  }
  return predictions.columns.map((column) =>
    Float64Array.from(rows, (row) => column[row ?? 0] ?? Number.NaN),
  );
}

/** Rows of the truth, by whether they are the gate's. */
export function partTruth(
  truth: Truth,
  isGate: boolean,
): { keys: string[]; fold: number[]; labels: string[][] } {
  const rows = truth.fold.flatMap((fold, row) => (fold < 0 === isGate ? [row] : []));
  return {
    keys: rows.map((row) => truth.keys[row] ?? ''),
    fold: rows.map((row) => truth.fold[row] ?? -1),
    labels: truth.labels.map((cells) => rows.map((row) => cells[row] ?? '')),
  };
}
