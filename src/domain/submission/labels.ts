import { canonicalLabel, parseNumber } from '../cells.ts';
import type { Problem } from '../problem.ts';
import { counted } from './counted.ts';
import type { Expected } from './expected.ts';
import { createFaults, type Draft, report, withCell } from './types.ts';

const SHOWN_LABELS = 5;

/** Labels are of the known classes, written as train.csv writes them; without known classes integers stay integers. */
export function checkLabels(draft: Draft, column: number, expected: Expected, problem: Problem): void {
  if (problem.classes !== null) checkClasses(draft, column, problem, problem.classes);
  else if (expected.isInteger) checkIntegers(draft, column);
}

function checkClasses(draft: Draft, column: number, problem: Problem, classes: readonly string[]): void {
  const written = new Map(classes.map((label) => [canonicalLabel(label), label]));
  const unknown = createFaults(draft, column);
  let rewritten = 0;
  for (const [position, row] of draft.rows.entries()) {
    const cell = row[column] ?? '';
    const parts = problem.metric === 'map_at_k' ? cell.trim().split(/\s+/) : [cell];
    const labels = parts.map((part) => written.get(canonicalLabel(part)));
    const text = labels.join(' ');
    if (labels.includes(undefined)) unknown.add(position);
    else if (text !== cell) {
      draft.rows[position] = withCell(row, column, text);
      rewritten += 1;
    }
  }
  const name = draft.header[column];
  if (unknown.count() > 0) {
    const isNumericSet = classes.every((label) => parseNumber(label) !== null);
    const message = isNumericSet
      ? `Column ${name} must hold one of the labels ${classes.slice(0, SHOWN_LABELS).join(', ')}, which is not so in ${counted(unknown.count(), 'cell')}.`
      : `In ${counted(unknown.count(), 'cell')} of ${name} stands a label that the training data do not know.`;
    report(draft.problems, isNumericSet ? 'type' : 'unknown_class', message, unknown.examples());
  } else if (rewritten > 0) {
    draft.repairs.push(`Wrote ${counted(rewritten, 'label')} of ${name} as train.csv writes them.`);
  }
}

function checkIntegers(draft: Draft, column: number): void {
  const faults = createFaults(draft, column);
  let rewritten = 0;
  for (const [position, row] of draft.rows.entries()) {
    const cell = row[column] ?? '';
    const value = parseNumber(cell);
    if (value === null || !Number.isSafeInteger(value)) faults.add(position);
    else if (String(value) !== cell) {
      draft.rows[position] = withCell(row, column, String(value));
      rewritten += 1;
    }
  }
  const name = draft.header[column];
  if (faults.count() > 0) {
    const message = `Column ${name} must hold integers, as the sample does, which is not so in ${counted(faults.count(), 'cell')}.`;
    report(draft.problems, 'type', message, faults.examples());
  } else if (rewritten > 0)
    draft.repairs.push(`Wrote ${counted(rewritten, 'label')} of ${name} as integers.`);
}
