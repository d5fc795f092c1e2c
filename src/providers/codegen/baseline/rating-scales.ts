import type { ColumnProfile } from '../../../domain/profile.ts';

/** Words that rate something, worst first. A missing value counts as 0, below them all. */
const scales: readonly (readonly string[])[] = [
  ['po', 'fa', 'ta', 'gd', 'ex'],
  ['very poor', 'poor', 'fair', 'average', 'good', 'very good', 'excellent'],
  ['very bad', 'bad', 'ok', 'good', 'very good'],
  ['very low', 'low', 'medium', 'high', 'very high'],
  ['none', 'low', 'moderate', 'high', 'severe'],
  ['small', 'medium', 'large', 'extra large'],
  ['xs', 's', 'm', 'l', 'xl', 'xxl'],
  ['never', 'rarely', 'sometimes', 'often', 'frequently', 'always'],
  ['fair', 'good', 'very good', 'premium', 'ideal'],
  ['unf', 'lwq', 'rec', 'blq', 'alq', 'glq'],
  ['unf', 'rfn', 'fin'],
  ['no', 'mn', 'av', 'gd'],
  ['sal', 'sev', 'maj2', 'maj1', 'mod', 'min2', 'min1', 'typ'],
];
const emptyWords = new Set(['', 'na', 'n/a', 'nan', 'none', 'null']);

/** @returns number of each word of the scale that holds every value of the column, or null. */
export function knownRatingScale(column: ColumnProfile): Record<string, number> | null {
  const values = column.top
    .map(({ value }) => value.trim().toLowerCase())
    .filter((value) => !emptyWords.has(value));
  if (column.distinct > 10 || values.length < 2) return null;
  const scale = scales.find((words) => values.every((value) => words.includes(value)));
  return scale === undefined ? null : Object.fromEntries(scale.map((word, index) => [word, index + 1]));
}
