import type { ColumnProfile, FileProfile } from '../profile.ts';
import { parseTimes } from '../time-order.ts';
import { conclude, type Findings } from './findings.ts';

/** Longer texts than this are read as text. */
const MIN_TEXT_LENGTH = 40;
const MIN_TEXT_DISTINCT_SHARE = 0.5;
/** With more columns than this beside it, a text no longer decides alone. */
const MAX_SIDE_COLUMNS = 5;
const MIN_GROUPS = 10;
const MIN_TOP_VALUES = 5;
const GROUP_NAME =
  /^(?:.*[_\s-])?(?:patient|user|group|subject|customer|client|session|speaker|author|household|family|site|person|player|driver|student|member|case|study|participant|individual)s?(?:[_\s-]?(?:id|no|nr|num|number|code))?$/i;

/** Columns to read as text, and whether they carry most of what is known of a row. */
export function inferTextColumns(
  train: FileProfile,
  test: FileProfile,
  notFeatures: readonly string[],
): { names: string[]; isDominant: boolean } {
  const inTest = new Set(test.columns.map(({ name }) => name));
  const features = train.columns.filter(
    ({ name, kind }) => inTest.has(name) && !notFeatures.includes(name) && kind !== 'constant',
  );
  const texts = features.filter((column) => isLongText(column, train.rows));
  return {
    names: texts.map(({ name }) => name),
    isDominant: texts.length > 0 && features.length - texts.length <= MAX_SIDE_COLUMNS,
  };
}

function isLongText(
  { kind, meanLength, distinct, distinctIsLowerBound, missing }: ColumnProfile,
  rows: number,
): boolean {
  if (kind === 'numeric' || kind === 'datetime' || kind === 'boolean') return false;
  const present = Math.max(1, rows - missing);
  return (
    meanLength > MIN_TEXT_LENGTH && (distinctIsLowerBound || distinct >= MIN_TEXT_DISTINCT_SHARE * present)
  );
}

/**
 * A column that names whom several rows belong to. Only where the test's are other ones: where train and test share
 * them, the test does not ask how well a model does on new ones.
 */
export function inferGroupColumn(
  train: FileProfile,
  test: FileProfile,
  idColumn: string,
  targets: readonly string[],
  findings: Findings,
): string | null {
  for (const [column, twin] of sharedColumns(train, test, targets)) {
    if (!isRepeated(column, train.rows)) continue;
    const isId = column.name === idColumn;
    if (!isId && !(GROUP_NAME.test(column.name) && column.distinct >= MIN_GROUPS)) continue;
    if (!isId && sharesTopValues(column, twin)) {
      conclude(
        findings,
        `${column.name} names groups, but train and test share them, so they are not kept apart.`,
        0.95,
      );
      continue;
    }
    conclude(findings, `Several rows share one ${column.name}, so they stay in one fold.`, isId ? 1 : 0.95);
    return column.name;
  }
  return null;
}

/** Columns that train and test both have, side by side; what is to be predicted is none of them. */
function sharedColumns(
  train: FileProfile,
  test: FileProfile,
  targets: readonly string[],
): [train: ColumnProfile, test: ColumnProfile][] {
  const inTest = new Map(test.columns.map((column) => [column.name, column]));
  return train.columns.flatMap((column): [ColumnProfile, ColumnProfile][] => {
    const twin = inTest.get(column.name);
    return twin === undefined || targets.includes(column.name) ? [] : [[column, twin]];
  });
}

function isRepeated(column: ColumnProfile, rows: number): boolean {
  const isFraction = column.kind === 'numeric' && !column.isInteger;
  return (
    !column.distinctIsLowerBound &&
    !isFraction &&
    column.kind !== 'constant' &&
    column.distinct < rows - column.missing
  );
}

function sharesTopValues(left: ColumnProfile, right: ColumnProfile): boolean {
  const values = new Set(left.top.map(({ value }) => value));
  return right.top.some(({ value }) => values.has(value));
}

/** The column of dates after whose last date in train the whole test lies. */
export function inferTimeColumn(
  train: FileProfile,
  test: FileProfile,
  targets: readonly string[],
  findings: Findings,
): string | null {
  for (const [column, twin] of sharedColumns(train, test, targets)) {
    if (column.kind !== 'datetime' || liesLater(column, twin) !== true) continue;
    conclude(
      findings,
      `The test lies later than train by ${column.name}, so folds are blocks of time.`,
      0.95,
    );
    return column.name;
  }
  return null;
}

/** By the profile's limits where it has them, else by its most frequent values; null where neither tells. */
function liesLater(train: ColumnProfile, test: ColumnProfile): boolean | null {
  if (train.max !== null && test.min !== null) return test.min >= train.max;
  if (Math.min(train.top.length, test.top.length) < MIN_TOP_VALUES) return null;
  const times = parseTimes([...train.top, ...test.top].map(({ value }) => value));
  if (times.some(Number.isNaN)) return null;
  const split = train.top.length;
  return Math.min(...times.subarray(split)) >= Math.max(...times.subarray(0, split));
}
