import { BusinessFailure } from '../domain/errors.ts';
import { metricSpec } from '../domain/metrics/catalog.ts';
import { scoreColumns } from '../domain/metrics/score.ts';
import type { Competition } from './competition-schema.ts';
import { MalformedCsv, parseCsv, type Table } from './csv.ts';

/** Scores of an accepted submission; null where a part has no rows or its metric is undefined there. */
export type Scored = {
  status: 'COMPLETE';
  publicScore: number | null;
  privateScore: number | null;
  /** On all hidden rows that count, public and private together. */
  overallScore: number | null;
};

/** What became of a submission: scores, or the reason why there are none. */
export type Outcome = Scored | { status: 'ERROR'; errorDescription: string };

/** A fault of a submission, in the words that its sender sees. */
class RefusedSubmission extends Error {
  override readonly name = 'RefusedSubmission';
}

/**
 * Checks a submission and scores it against the hidden labels. Rows are matched by id, columns by name, so
 * neither order matters; every id has to be there once, and every value has to fit the metric.
 */
export function scoreSubmission(competition: Competition, bytes: Buffer): Outcome {
  try {
    return scoreAligned(competition, alignWithSolution(competition, parseSubmission(bytes)));
  } catch (error) {
    if (error instanceof RefusedSubmission) return { status: 'ERROR', errorDescription: error.message };
    if (error instanceof BusinessFailure) {
      return { status: 'ERROR', errorDescription: `Evaluation Exception: ${error.message}` };
    }
    throw error;
  }
}

function parseSubmission(bytes: Buffer): Table {
  if (bytes.length === 0) throw new RefusedSubmission('The submission file is empty.');
  try {
    return parseCsv(bytes);
  } catch (error) {
    if (!(error instanceof MalformedCsv)) throw error;
    throw new RefusedSubmission(`The submission is no valid CSV file: it ${error.message}.`, {
      cause: error,
    });
  }
}

/** @returns the cells of each submission column in the order of the solution's rows */
function alignWithSolution(competition: Competition, table: Table): string[][] {
  const { idColumn, submissionColumns, solution } = competition;
  const wanted = [idColumn, ...submissionColumns];
  for (const column of wanted) {
    if (!table.header.includes(column)) {
      throw new RefusedSubmission(
        `Could not find the column '${column}' in the submission (expected: ${wanted.join(', ')}).`,
      );
    }
  }
  const extra = table.header.find((column) => !wanted.includes(column));
  if (extra !== undefined)
    throw new RefusedSubmission(`Column '${extra}' was not expected (expected: ${wanted.join(', ')}).`);
  if (table.header.length !== wanted.length)
    throw new RefusedSubmission('A column occurs twice in the submission.');
  if (table.rows.length !== solution.ids.length) {
    throw new RefusedSubmission(
      `Submission must have ${solution.ids.length} rows, but it has ${table.rows.length}.`,
    );
  }

  const rowOfId = indexRows(competition, table);
  const missing = solution.ids.filter((id) => !rowOfId.has(id));
  if (missing.length > 0) {
    throw new RefusedSubmission(
      `Unable to find ${missing.length} required key values in the '${idColumn}' column (for example ${missing.slice(0, 3).join(', ')}).`,
    );
  }
  return submissionColumns.map((column, index) => {
    const position = table.header.indexOf(column);
    const check = valueCheck(competition, index);
    return solution.ids.map((id) => {
      const row = rowOfId.get(id) ?? 0;
      const cell = (table.rows[row]?.[position] ?? '').trim();
      const fault = check(cell);
      // Line 1 is the header; quoted line breaks inside cells are not counted.
      if (fault !== null) throw new RefusedSubmission(`${fault} (line ${row + 2}, column '${column}').`);
      return cell;
    });
  });
}

function indexRows({ idColumn }: Competition, table: Table): Map<string, number> {
  const position = table.header.indexOf(idColumn);
  const rowOfId = new Map<string, number>();
  for (const [row, cells] of table.rows.entries()) {
    const id = cells[position] ?? '';
    if (rowOfId.has(id))
      throw new RefusedSubmission(`The ${idColumn} '${id}' occurs twice in the submission.`);
    rowOfId.set(id, row);
  }
  return rowOfId;
}

/** @returns a check that answers what is wrong with a cell, or null */
function valueCheck(competition: Competition, columnIndex: number): (cell: string) => string | null {
  const { predictionKind } = metricSpec(competition.metric.name);
  const isRanking = competition.metric.name === 'map_at_k';
  const truth = competition.solution.columns[columnIndex] ?? [];
  const mustBeNumber = !isRanking && (predictionKind !== 'label' || truth.every(isNumber));
  return (cell) => {
    if (cell === '') return 'Submission contains an empty value';
    if (mustBeNumber && !isNumber(cell)) return `Could not parse '${cell.slice(0, 40)}' as a finite number`;
    return null;
  };
}

function isNumber(cell: string): boolean {
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(cell) && Number.isFinite(Number(cell));
}

function scoreAligned(competition: Competition, predicted: readonly (readonly string[])[]): Scored {
  const rows = [...competition.solution.usage.entries()];
  const rowsOf = (...wanted: readonly string[]) =>
    rows.filter(([, usage]) => wanted.includes(usage)).map(([row]) => row);
  const scoreRows = (chosen: readonly number[]): number | null => {
    if (chosen.length === 0) return null;
    const pick = (columns: readonly (readonly string[])[]) =>
      columns.map((column) => chosen.map((row) => column[row] ?? ''));
    const { name, k } = competition.metric;
    try {
      return scoreColumns(
        name,
        pick(competition.solution.columns),
        pick(predicted),
        k === undefined ? {} : { k },
      );
    } catch (error) {
      // A part may hold one class only, where for instance an area under a curve does not exist.
      if (error instanceof BusinessFailure && error.code === 'metric.undefined') return null;
      throw error;
    }
  };
  return {
    status: 'COMPLETE',
    overallScore: scoreRows(rowsOf('Public', 'Private')),
    publicScore: scoreRows(rowsOf('Public')),
    privateScore: scoreRows(rowsOf('Private')),
  };
}
