import { type Draft, type FileFacts, report, type SubmissionContext, type Table } from './types.ts';

const DEFAULT_MAX_SIZE_BYTES = 100 * 1024 * 1024;
const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf] as const;
const LINE_FEED = 0x0a;
const shownRows = 5;
const shownChars = 120;
const delimiters = [',', ';', '\t', '|'] as const;

/** Reads what the checks need to know of a file's bytes. */
export function inspectSubmissionFile(bytes: Uint8Array): FileFacts {
  const end = bytes.indexOf(LINE_FEED);
  const firstLine = new TextDecoder().decode(bytes.subarray(0, end < 0 ? bytes.length : end));
  const counts = delimiters.map((delimiter) => firstLine.split(delimiter).length - 1);
  return {
    sizeBytes: bytes.length,
    isUtf8: isUtf8(bytes),
    hasBom: BYTE_ORDER_MARK.every((byte, index) => bytes[index] === byte),
    delimiter: delimiters[counts.indexOf(Math.max(...counts))] ?? ',',
  };
}

function isUtf8(bytes: Uint8Array): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    return true;
  } catch {
    return false;
  }
}

/** The file itself: there, not empty, not too large, UTF-8 without a mark, commas. */
export function checkFile(draft: Draft, context: SubmissionContext): void {
  const { file, maxSizeBytes = DEFAULT_MAX_SIZE_BYTES } = context;
  const { problems } = draft;
  if (file === undefined) return;
  if (file === null) {
    report(problems, 'missing', 'There is no submission file.');
    return;
  }
  if (file.sizeBytes === 0) {
    report(problems, 'empty', 'The submission file is empty.');
    return;
  }
  if (file.sizeBytes > maxSizeBytes) {
    report(
      problems,
      'too_large',
      `The file has ${file.sizeBytes} bytes; at most ${maxSizeBytes} are allowed.`,
    );
  }
  if (!file.isUtf8) report(problems, 'not_utf8', 'The file is not UTF-8 text.');
  if (file.hasBom)
    report(problems, 'bom', 'The file begins with a byte order mark, which becomes part of the first name.');
  if (file.delimiter !== ',')
    report(problems, 'delimiter', 'The cells are not separated by commas.', [file.delimiter]);
}

/** The table's form: a header, some rows, as many cells in each as the header has names. */
export function checkForm(draft: Draft, sample: Table): void {
  if (draft.rows.length === 0) {
    report(draft.problems, 'empty', 'The submission has no rows.');
    return;
  }
  if (isHeaderless(draft, sample)) {
    const message = `The first line holds data; it must be ${sample.header.join(',')}.`;
    report(draft.problems, 'no_header', message, draft.header);
  }
  let ragged = 0;
  const examples: string[] = [];
  for (const [position, row] of draft.rows.entries()) {
    if (row.length === draft.header.length) continue;
    ragged += 1;
    if (examples.length < shownRows)
      examples.push(`row ${position + 1}: ${row.join(',').slice(0, shownChars)}`);
  }
  if (ragged > 0) {
    const message = `${ragged} rows do not have the ${draft.header.length} cells that the header names.`;
    report(draft.problems, 'ragged_rows', message, examples);
  }
}

function isHeaderless(draft: Draft, sample: Table): boolean {
  if (draft.header.some((name) => sample.header.includes(name))) return false;
  return sample.rows.some(([id = '']) => draft.header.includes(id));
}
