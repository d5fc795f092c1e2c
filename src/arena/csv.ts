import { createReadStream } from 'node:fs';
import { CsvError, parse as parseStream } from 'csv-parse';
import { parse } from 'csv-parse/sync';
import { stringify } from 'csv-stringify/sync';

/** A file of comma-separated values: the header and the rows below it, every cell as text. */
export type Table = { header: readonly string[]; rows: readonly (readonly string[])[] };

/** What is wrong with a file of comma-separated values, in words that finish the sentence "the file …". */
export class MalformedCsv extends Error {
  override readonly name = 'MalformedCsv';
}

const parserOptions = { bom: true, skip_empty_lines: true } as const;

/** @throws MalformedCsv with the line of the first fault */
export function parseCsv(bytes: Buffer): Table {
  try {
    const [header, ...rows]: string[][] = parse(bytes, parserOptions);
    if (header === undefined) throw new MalformedCsv('is empty');
    return { header, rows };
  } catch (error) {
    throw asMalformed(error);
  }
}

/** Header, number of rows and the cells of one column, read in one pass without keeping the file in memory. */
export type CsvScan = { header: readonly string[]; rowCount: number; cells: readonly string[] };

/** @throws MalformedCsv with the line of the first fault */
export async function scanCsv(path: string, column: string): Promise<CsvScan> {
  let header: readonly string[] | null = null;
  let position = -1;
  let rowCount = 0;
  const cells: string[] = [];
  const source = createReadStream(path);
  const records = source.pipe(parseStream(parserOptions));
  source.once('error', (error) => records.destroy(error));
  try {
    for await (const record of records as AsyncIterable<string[]>) {
      if (header === null) {
        header = record;
        position = record.indexOf(column);
        continue;
      }
      rowCount += 1;
      if (position >= 0) cells.push(record[position] ?? '');
    }
  } catch (error) {
    throw asMalformed(error);
  }
  if (header === null) throw new MalformedCsv('is empty');
  return { header, rowCount, cells };
}

/** Comma-separated values with a header, LF line ends and quotes only where they are needed. */
export function formatCsv(header: readonly string[], rows: Iterable<readonly string[]>): string {
  return stringify([[...header], ...Array.from(rows, (row) => [...row])]);
}

function asMalformed(error: unknown): unknown {
  if (!(error instanceof CsvError)) return error;
  // csv-parse counts lines itself; its message repeats the number in its own words.
  const line = typeof error.lines === 'number' ? ` at line ${error.lines}` : '';
  const faults: Record<string, string> = {
    CSV_RECORD_INCONSISTENT_FIELDS_LENGTH: 'has a row with another number of cells than the header',
    CSV_QUOTE_NOT_CLOSED: 'has a quote that is never closed',
    CSV_INVALID_CLOSING_QUOTE: 'has text after a closing quote',
    INVALID_OPENING_QUOTE: 'has a quote in the middle of a cell',
  };
  return new MalformedCsv(`${faults[error.code] ?? 'is no valid CSV'}${line}`, { cause: error });
}
