import { hasClassRows } from '../blend.ts';
import { canonicalLabel, isMissing, parseNumber } from '../cells.ts';
import { counted } from './counted.ts';
import { type Expected, expectedOf } from './expected.ts';
import { checkLabels } from './labels.ts';
import { createFaults, type Draft, report, type SubmissionContext, type Table, withCell } from './types.ts';

/** Beyond this a probability outside [0, 1], or a row that does not sum to 1, is more than rounding. */
const TOLERANCE = 1e-6;
const DIGIT_ZERO = 0x30;
const DIGIT_NINE = 0x39;

/** Cells: present, of the right type, in range, and summing to one where they are one target's classes. */
export function checkValues(draft: Draft, sample: Table, context: SubmissionContext): void {
  const { problem } = context;
  for (let column = 1; column < draft.header.length; column += 1) {
    const expected = expectedOf(draft, sample, column, problem);
    if (reportMissing(draft, column, expected, context)) continue;
    if (problem.predictionKind === 'label') checkLabels(draft, column, expected, problem);
    else if (expected.isNumeric) checkNumbers(draft, column, context);
  }
  // One column alone, or the classes of several targets, do not make 1.
  const isShared = problem.metric === 'multiclass_log_loss' && hasClassRows(problem);
  if (draft.problems.length === 0 && isShared) normaliseRows(draft);
}

/** @returns whether there were any */
function reportMissing(
  draft: Draft,
  column: number,
  { mayBeBlank }: Expected,
  { problem }: SubmissionContext,
): boolean {
  const classes = new Set(problem.classes?.map(canonicalLabel));
  const faults = createFaults(draft, column);
  for (const [position, row] of draft.rows.entries()) {
    const cell = row[column] ?? '';
    // No word for "nothing" begins with a digit, and most cells do.
    if (beginsWithDigit(cell) || !isMissing(cell)) continue;
    if ((mayBeBlank && cell.trim() === '') || classes.has(canonicalLabel(cell))) continue;
    faults.add(position);
  }
  if (faults.count() === 0) return false;
  const message = `Column ${draft.header[column]} has ${counted(faults.count(), 'cell')} without a usable value.`;
  report(draft.problems, 'missing_values', message, faults.examples());
  return true;
}

function beginsWithDigit(cell: string): boolean {
  const first = cell.charCodeAt(0);
  return first >= DIGIT_ZERO && first <= DIGIT_NINE;
}

function checkNumbers(draft: Draft, column: number, { problem }: SubmissionContext): void {
  const isProbability = problem.predictionKind === 'probability';
  const texts = createFaults(draft, column);
  const outside = createFaults(draft, column);
  const rounded: number[] = [];
  for (const [position, row] of draft.rows.entries()) {
    const cell = row[column] ?? '';
    const value = parseNumber(cell);
    if (value === null) {
      if (cell.trim() !== '') texts.add(position);
    } else if (isProbability && (value < 0 || value > 1)) {
      if (value < -TOLERANCE || value > 1 + TOLERANCE) outside.add(position);
      else rounded.push(position);
    }
  }
  const name = draft.header[column];
  if (texts.count() > 0) {
    const message = `Column ${name} must hold numbers, which is not so in ${counted(texts.count(), 'cell')}.`;
    report(draft.problems, 'type', message, texts.examples());
  } else if (outside.count() > 0) {
    const message = `Column ${name} holds probabilities, with ${counted(outside.count(), 'cell')} outside 0 to 1.`;
    report(draft.problems, 'range', message, outside.examples());
  } else clip(draft, column, rounded);
}

function clip(draft: Draft, column: number, positions: readonly number[]): void {
  for (const position of positions) {
    const row = draft.rows[position] ?? [];
    draft.rows[position] = withCell(row, column, Number(row[column]) < 0 ? '0' : '1');
  }
  if (positions.length === 0) return;
  draft.repairs.push(
    `Clipped ${counted(positions.length, 'rounding error')} of ${draft.header[column]} to 0 or 1.`,
  );
}

function sumOf(row: readonly string[]): number {
  let sum = 0;
  for (let column = 1; column < row.length; column += 1) sum += Number(row[column]);
  return sum;
}

function normaliseRows(draft: Draft): void {
  const empty = createFaults(draft, 1);
  const off: number[] = [];
  for (const [position, row] of draft.rows.entries()) {
    const sum = sumOf(row);
    if (!(sum > 0)) empty.add(position);
    else if (Math.abs(sum - 1) > TOLERANCE) off.push(position);
  }
  if (empty.count() > 0) {
    const message = `${empty.count()} rows give every class a probability of zero.`;
    report(draft.problems, 'row_sum', message, empty.examples());
    return;
  }
  for (const position of off) {
    const row = draft.rows[position] ?? [];
    const sum = sumOf(row);
    draft.rows[position] = row.map((cell, column) => (column === 0 ? cell : String(Number(cell) / sum)));
  }
  if (off.length > 0) {
    draft.repairs.push(`Divided ${counted(off.length, 'row')} by the sum, so that the probabilities make 1.`);
  }
}
