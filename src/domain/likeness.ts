import { spearman } from './compare.ts';

/** Cells of one column of predictions, as they were handed in. */
type Column = readonly string[];

/**
 * How alike two files of predictions are, 1 being the same: per column the rank correlation of its numbers, or for
 * labels (and numbers that do not vary) the share of equal cells; their mean over the columns.
 * @returns null for files of different shapes
 */
export function likenessOf(one: readonly Column[], other: readonly Column[]): number | null {
  const rows = one[0]?.length ?? 0;
  const isSameShape =
    one.length === other.length && rows > 0 && [...one, ...other].every((column) => column.length === rows);
  if (!isSameShape) return null;
  const parts = one.map((column, index) => columnLikeness(column, other[index] ?? []));
  return parts.reduce((sum, part) => sum + part, 0) / parts.length;
}

function columnLikeness(one: Column, other: Column): number {
  const [a, b] = [numbersOf(one), numbersOf(other)];
  const correlation = a === null || b === null ? null : spearman(a, b);
  return correlation ?? one.filter((cell, row) => cell === other[row]).length / one.length;
}

function numbersOf(column: Column): number[] | null {
  const numbers = column.map((cell) => (cell.trim() === '' ? Number.NaN : Number(cell)));
  return numbers.every(Number.isFinite) ? numbers : null;
}
