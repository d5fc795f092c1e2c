import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { CsvError, parse } from 'csv-parse';
import { stringify } from 'csv-stringify/sync';
import { BusinessFailure } from '../../domain/errors.ts';

/** Rows as written in the file; every row has as many cells as there are columns. */
export type Table = { columns: string[]; rows: string[][] };

/** A row longer than this is no row of a sane file, and would be read into memory whole. */
const maxRecordChars = 2_000_000;

function malformed(name: string, error: unknown): BusinessFailure {
  const line = error instanceof CsvError && 'lines' in error ? ` (line ${String(error.lines)})` : '';
  return new BusinessFailure(
    `${name} is no well-formed CSV file${line}, so it cannot be used: check its quotes and its number of cells.`,
    { code: 'csv.malformed', cause: error, details: { file: name } },
  );
}

/**
 * Reads a CSV stream row by row: `onHeader` first, then `onRow` for each row, with bounded memory.
 * @throws BusinessFailure `csv.malformed`, `csv.empty`
 */
export async function readCsv(
  name: string,
  source: Readable,
  handlers: { onHeader: (columns: string[]) => void; onRow: (cells: string[]) => void },
): Promise<number> {
  let columns: string[] | null = null;
  let rows = 0;
  const parser = parse({ bom: true, max_record_size: maxRecordChars, skip_empty_lines: true });
  try {
    await pipeline(source, parser, async (records: AsyncIterable<string[]>) => {
      for await (const cells of records) {
        if (columns === null) {
          columns = cells;
          handlers.onHeader(cells);
        } else {
          rows += 1;
          handlers.onRow(cells);
        }
      }
    });
  } catch (error) {
    throw error instanceof CsvError ? malformed(name, error) : error;
  }
  if (columns === null) {
    throw new BusinessFailure(`${name} is empty, so there is nothing to work with.`, {
      code: 'csv.empty',
      details: { file: name },
    });
  }
  return rows;
}

/** Reads a whole table; for files that are known to be small, or of which every row is needed. */
export async function readTable(name: string, source: Readable | Buffer): Promise<Table> {
  const rows: string[][] = [];
  let header: string[] = [];
  await readCsv(name, Buffer.isBuffer(source) ? Readable.from([source]) : source, {
    onHeader: (columns) => {
      header = columns;
    },
    onRow: (cells) => rows.push(cells),
  });
  return { columns: header, rows };
}

/** The text of a CSV file. Cells are written as they are: a submission's `-0.5` is a number, not a formula. */
export function writeTable(table: {
  columns: readonly string[];
  rows: readonly (readonly string[])[];
}): string {
  return stringify([[...table.columns], ...table.rows.map((cells) => [...cells])]);
}

/** The cells of one column. @throws BusinessFailure `csv.missing_column` */
export function columnOf(name: string, table: Table, column: string): string[] {
  const index = table.columns.indexOf(column);
  if (index < 0) {
    throw new BusinessFailure(`${name} has no column ${column}.`, {
      code: 'csv.missing_column',
      details: { file: name, column },
    });
  }
  return table.rows.map((cells) => cells[index] ?? '');
}
