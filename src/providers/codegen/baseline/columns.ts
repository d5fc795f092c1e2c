import type { Problem } from '../../../domain/problem.ts';
import type { ColumnProfile, DataProfile } from '../../../domain/profile.ts';
import { knownRatingScale } from './rating-scales.ts';

/** Columns of the data by the part that they play in a script. A column may play several. */
export type ColumnRoles = {
  numeric: string[];
  /** Few levels: one-hot or codes. */
  categorical: string[];
  /** Many levels: target means. */
  manyLevels: string[];
  text: string[];
  /** Short texts made of parts, such as a name with a title or a ticket with a prefix. */
  compound: string[];
  dates: string[];
  withGaps: string[];
  integerCodes: string[];
  yearColumns: string[];
  measures: string[];
  nameSums: Record<string, string[]>;
  ratingScales: Record<string, Record<string, number>>;
};

const mostLevels = 200;
const mostIntegerCodes = 25;
const mostMeasures = 7;

/** Decides from the profile what each column of both train and test is good for. */
export function assignColumns(problem: Problem, profile: DataProfile): ColumnRoles {
  const inTest = new Set(profile.test.columns.map((column) => column.name));
  // A group is never seen in training and validation alike, so what it is called teaches nothing.
  const apart = new Set([problem.idColumn, problem.groupColumn, ...problem.targetColumns]);
  const used = profile.train.columns.filter(({ name }) => inTest.has(name) && !apart.has(name));
  const text = used.filter((column) => problem.textColumns.includes(column.name));
  const rest = used.filter((column) => !text.includes(column) && column.kind !== 'constant');
  const numeric = rest.filter((column) => column.kind === 'numeric');
  const words = rest.filter((column) => ['categorical', 'boolean', 'text', 'id'].includes(column.kind));
  const named = words.filter((column) => !(column.kind === 'id' && !isCompound(column)));
  const gaps = new Set(
    profile.test.columns.filter((column) => column.missing > 0).map((column) => column.name),
  );
  return {
    numeric: namesOf(numeric),
    categorical: namesOf(named.filter((column) => column.distinct <= mostLevels && !isCompound(column))),
    manyLevels: namesOf(
      named.filter(
        (column) => column.distinct > mostLevels && !isCompound(column) && repeats(column, profile),
      ),
    ),
    text: namesOf(text),
    compound: namesOf(named.filter(isCompound)),
    dates: namesOf(rest.filter((column) => column.kind === 'datetime')),
    withGaps: namesOf(rest.filter((column) => column.missing > 0 || gaps.has(column.name))),
    integerCodes: namesOf(numeric.filter((column) => column.isInteger && isCode(column))),
    yearColumns: namesOf(numeric.filter(isYear)).slice(0, 4),
    measures: namesOf(numeric.filter(isMeasure)).slice(0, mostMeasures),
    nameSums: sumsByWord(numeric),
    ratingScales: Object.fromEntries(
      named.flatMap((column) => {
        const scale = knownRatingScale(column);
        return scale === null ? [] : [[column.name, scale]];
      }),
    ),
  };
}

function namesOf(columns: readonly ColumnProfile[]): string[] {
  return columns.map((column) => column.name);
}

/** Texts of several parts: words with marks between them, or letters followed by digits. */
function isCompound(column: ColumnProfile): boolean {
  if (column.kind === 'boolean' || column.distinct <= 60) return false;
  const parts = column.top.filter(({ value }) => /[\p{L}\d][ ,./(-]+[\p{L}\d(]|^\p{L}+\d+/u.test(value));
  return parts.length >= Math.max(1, 0.3 * column.top.length);
}

function repeats(column: ColumnProfile, profile: DataProfile): boolean {
  return column.distinct < 0.8 * (profile.train.rows - column.missing);
}

function isCode(column: ColumnProfile): boolean {
  return column.distinct >= 3 && column.distinct <= mostIntegerCodes;
}

function isYear(column: ColumnProfile): boolean {
  const { min, max, mean } = column;
  if (min === null || max === null || mean === null || !column.isInteger) return false;
  return min >= 1700 && max <= 2200 && column.distinct > 1 && /ye?a?r/i.test(column.name);
}

/** A positive quantity of many values. */
function isMeasure(column: ColumnProfile): boolean {
  return column.min !== null && column.min > 0 && column.distinct > 30 && !isYear(column);
}

/** Groups of two to twelve counts or amounts whose names share a word: `FullBath` and `HalfBath`. */
function sumsByWord(columns: readonly ColumnProfile[]): Record<string, string[]> {
  const groups = new Map<string, string[]>();
  const amounts = columns.filter((column) => column.min !== null && column.min >= 0 && !isYear(column));
  for (const column of amounts) {
    for (const word of wordsOf(column.name)) groups.set(word, [...(groups.get(word) ?? []), column.name]);
  }
  const counts = namesOf(
    amounts.filter((column) => column.isInteger && column.min === 0 && (column.max ?? 99) <= 12),
  );
  const shared = [...groups].filter(([, names]) => names.length >= 2 && names.length <= 12);
  const sums = counts.length >= 2 && counts.length <= 4 ? [...shared, ['counts', counts] as const] : shared;
  return Object.fromEntries(sums.slice(0, 20));
}

function wordsOf(name: string): Set<string> {
  const words = name.split(/[^\p{L}]+|(?<=\p{Ll})(?=\p{Lu})/u);
  return new Set(words.filter((word) => word.length >= 2));
}
