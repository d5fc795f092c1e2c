import { canonicalLabel, isMissing, parseNumber } from '../cells.ts';
import { columnOf, type Draft, report, type SubmissionContext, type Table } from './types.ts';

/** Beyond this a probability outside [0, 1], or a row that does not sum to 1, is more than rounding. */
const TOLERANCE = 1e-6;

/** Cells: present, of the right type, in range, and summing to one where they are one target's classes. */
export function checkValues(draft: Draft, sample: Table, context: SubmissionContext): void {
  const { problem } = context;
  for (let index = 1; index < draft.header.length; index += 1) {
    const faults = missingRows(draft, sample, index, context);
    if (faults.length > 0) {
      const message = `Column ${draft.header[index]} has ${faults.length} cells without a usable value.`;
      report(draft.problems, 'missing_values', message, faults);
    } else if (problem.predictionKind === 'label') {
      checkLabels(draft, index, context);
    } else {
      checkNumbers(draft, sample, index, context);
    }
  }
  if (draft.problems.length === 0 && problem.metric === 'multiclass_log_loss') normaliseRows(draft);
}

function missingRows(draft: Draft, sample: Table, index: number, { problem }: SubmissionContext): string[] {
  // Run-length encodings leave a row empty on purpose, and then the sample does so too.
  if (columnOf(sample, index).some((cell) => cell.trim() === '')) return [];
  const classes = new Set(problem.classes?.map(canonicalLabel));
  return draft.rows
    .filter((row) => isMissing(row[index] ?? '') && !classes.has(canonicalLabel(row[index] ?? '')))
    .map((row) => `${row[0]}: ${JSON.stringify(row[index] ?? '')}`);
}

function checkLabels(draft: Draft, index: number, { problem }: SubmissionContext): void {
  if (problem.classes === null) return;
  const written = new Map(problem.classes.map((label) => [canonicalLabel(label), label]));
  const unknown: string[] = [];
  let rewritten = 0;
  for (const row of draft.rows) {
    const cell = row[index] ?? '';
    const parts = problem.metric === 'map_at_k' ? cell.trim().split(/\s+/) : [cell];
    const labels = parts.map((part) => written.get(canonicalLabel(part)));
    if (labels.includes(undefined)) unknown.push(`${row[0]}: ${cell}`);
    else if (labels.join(' ') !== cell) {
      row[index] = labels.join(' ');
      rewritten += 1;
    }
  }
  if (unknown.length > 0) refuseLabels(draft, index, unknown, problem.classes);
  else if (rewritten > 0) {
    draft.repairs.push(`Wrote ${rewritten} labels of ${draft.header[index]} as train.csv writes them.`);
  }
}

function refuseLabels(
  draft: Draft,
  index: number,
  unknown: readonly string[],
  classes: readonly string[],
): void {
  const isNumericSet = classes.every((label) => parseNumber(label) !== null);
  const name = draft.header[index];
  const message = isNumericSet
    ? `Column ${name} must hold one of the labels ${classes.slice(0, 5).join(', ')}; ${unknown.length} cells do not.`
    : `${unknown.length} cells of ${name} hold a label that the training data do not know.`;
  report(draft.problems, isNumericSet ? 'type' : 'unknown_class', message, unknown);
}

function checkNumbers(draft: Draft, sample: Table, index: number, { problem }: SubmissionContext): void {
  const name = draft.header[index];
  if (columnOf(sample, index).some((cell) => parseNumber(cell) === null)) return;
  const texts = draft.rows.filter((row) => parseNumber(row[index] ?? '') === null);
  if (texts.length > 0) {
    const message = `Column ${name} must hold numbers, but ${texts.length} cells are none.`;
    report(
      draft.problems,
      'type',
      message,
      texts.map((row) => `${row[0]}: ${row[index]}`),
    );
    return;
  }
  if (problem.predictionKind === 'probability') checkRange(draft, index);
}

function checkRange(draft: Draft, index: number): void {
  const valueOfRow = (row: readonly string[]): number => parseNumber(row[index] ?? '') ?? Number.NaN;
  const outside = draft.rows.filter((row) => valueOfRow(row) < -TOLERANCE || valueOfRow(row) > 1 + TOLERANCE);
  if (outside.length > 0) {
    const message = `Column ${draft.header[index]} holds probabilities, but ${outside.length} cells are outside 0 to 1.`;
    report(
      draft.problems,
      'range',
      message,
      outside.map((row) => `${row[0]}: ${row[index]}`),
    );
    return;
  }
  let clipped = 0;
  for (const row of draft.rows) {
    const value = valueOfRow(row);
    const inside = Math.min(1, Math.max(0, value));
    if (inside === value) continue;
    row[index] = String(inside);
    clipped += 1;
  }
  if (clipped > 0)
    draft.repairs.push(`Clipped ${clipped} rounding errors of ${draft.header[index]} to 0 or 1.`);
}

function normaliseRows(draft: Draft): void {
  const sums = draft.rows.map((row) => row.slice(1).reduce((sum, cell) => sum + Number(cell), 0));
  const empty = draft.rows.filter((_, index) => !((sums[index] ?? 0) > 0));
  if (empty.length > 0) {
    const message = `${empty.length} rows give every class a probability of zero.`;
    report(
      draft.problems,
      'row_sum',
      message,
      empty.map((row) => row[0] ?? ''),
    );
    return;
  }
  let changed = 0;
  draft.rows = draft.rows.map((row, index) => {
    const sum = sums[index] ?? 1;
    if (Math.abs(sum - 1) <= TOLERANCE) return row;
    changed += 1;
    return [row[0] ?? '', ...row.slice(1).map((cell) => String(Number(cell) / sum))];
  });
  if (changed > 0)
    draft.repairs.push(`Divided ${changed} rows by their sum, so that their probabilities make 1.`);
}
