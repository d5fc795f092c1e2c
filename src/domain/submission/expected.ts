import { parseNumber } from '../cells.ts';
import type { Problem } from '../problem.ts';
import type { Draft, Table } from './types.ts';

/** What the sample says of a column's cells. */
export type Expected = {
  isNumeric: boolean;
  /** All are written as integers. */
  isInteger: boolean;
  /** A blank cell is an answer, as an empty mask is. */
  mayBeBlank: boolean;
};

const INTEGER = /^[+-]?\d+$/;

/** Reads the sample's cells of one column. A sample without any value is only a form to fill in. */
export function expectedOf(draft: Draft, sample: Table, column: number, problem: Problem): Expected {
  let [blanks, texts, fractions] = [0, 0, 0];
  for (const row of sample.rows) {
    const cell = (row[column] ?? '').trim();
    if (cell === '') blanks += 1;
    else if (parseNumber(cell) === null) texts += 1;
    else if (!INTEGER.test(cell)) fractions += 1;
  }
  if (blanks === sample.rows.length) {
    const isForm = problem.predictionKind === 'probability' || holdsOnlyNumbers(draft, column);
    return { isNumeric: isForm, isInteger: false, mayBeBlank: !isForm };
  }
  const isNumeric = texts === 0;
  return { isNumeric, isInteger: isNumeric && fractions === 0, mayBeBlank: blanks > 0 };
}

function holdsOnlyNumbers(draft: Draft, column: number): boolean {
  return draft.rows.every((row) => {
    const cell = row[column] ?? '';
    return cell.trim() === '' || parseNumber(cell) !== null;
  });
}
