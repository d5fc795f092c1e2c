import type { Problem } from '../problem.ts';

/** A CSV file as parsed: every cell as text, nothing trimmed. */
export type Table = { header: readonly string[]; rows: readonly (readonly string[])[] };

/** What only the bytes of a file tell; `inspectSubmissionFile` makes it. */
export type FileFacts = {
  sizeBytes: number;
  isUtf8: boolean;
  hasBom: boolean;
  delimiter: ',' | ';' | '\t' | '|';
};

export type SubmissionProblem = {
  /** `submission.reason`, stable. */
  code: string;
  /** One sentence for people. */
  message: string;
  /** At most five cells or ids. */
  examples: string[];
};

export type SubmissionContext = {
  problem: Problem;
  /** Null when there is no file. Left out when the submission was never a file. */
  file?: FileFacts | null;
  maxSizeBytes?: number;
  /** A constant on purpose: the floor under all candidates. */
  isConstantBaseline?: boolean;
  /** Share of each class among the labelled rows; tells a rare class from a degenerate prediction. */
  classShares?: Readonly<Record<string, number>>;
  /** Hash of this file and of every earlier submission. */
  contentHash?: string;
  earlierHashes?: readonly string[];
  /** Out-of-fold predictions as submission cells, one array per submission column. */
  oofCells?: readonly (readonly string[])[];
  /** The best submission so far. */
  previousBest?: Table;
  /** Which code and which kind of run made the file. */
  provenance?: { isDebug: boolean; codeSha256: string; expectedCodeSha256: string };
};

/** A submission on its way through the checks. Each stage may repair rows and adds what it finds. */
export type Draft = {
  header: string[];
  /** The rows are the caller's own: one that is mended is replaced, never changed. */
  rows: (readonly string[])[];
  /** The sample's place of each row, where the orders differ. The rows are moved last: reading them as they came is quick. */
  order: Int32Array | null;
  repairs: string[];
  problems: SubmissionProblem[];
  warnings: SubmissionProblem[];
};

const MAX_EXAMPLES = 5;
const MAX_CELL_CHARS = 60;

/** Adds a problem with at most five examples. */
export function report(
  list: SubmissionProblem[],
  code: string,
  message: string,
  examples: Iterable<string> = [],
): void {
  list.push({ code: `submission.${code}`, message, examples: [...examples].slice(0, MAX_EXAMPLES) });
}

/** Collects what is wrong with single rows: all are counted, the first few are shown. */
export function createFaults(draft: Draft, column: number) {
  const examples: string[] = [];
  let count = 0;
  return {
    add(position: number): void {
      count += 1;
      if (examples.length < MAX_EXAMPLES) examples.push(describeRow(draft, position, column));
    },
    count: (): number => count,
    examples: (): readonly string[] => examples,
  };
}

/** `row 3, id 17: "NaN"`: where it stands in the file, whose row it is, and what is there. */
function describeRow(draft: Draft, position: number, column: number): string {
  const row = draft.rows[position] ?? [];
  const cell = shorten(row[column] ?? '');
  return `row ${position + 1}, ${draft.header[0] ?? 'id'} ${shorten(row[0] ?? '')}: ${JSON.stringify(cell)}`;
}

function shorten(cell: string): string {
  return cell.length > MAX_CELL_CHARS ? `${cell.slice(0, MAX_CELL_CHARS)}…` : cell;
}

/** The row with one other cell. */
export function withCell(row: readonly string[], column: number, cell: string): string[] {
  const changed = [...row];
  changed[column] = cell;
  return changed;
}

/** The cells of one column, from the top. */
export function columnOf(table: Table, index: number): string[] {
  return table.rows.map((row) => row[index] ?? '');
}
