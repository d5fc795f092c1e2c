import { fenced } from '../../domain/outside-text.ts';
import type { ColumnProfile, DataProfile, FileProfile } from '../../domain/profile.ts';
import { bounded, cell, fitting } from './bounded.ts';

const mostCharacters = 6_000;
const mostValues = 4;
const mostClasses = 30;

/** What the data look like, without a row of them: columns with their kinds, gaps and values; the simpler form where that is too long. */
export function dataCard(profile: DataProfile): string {
  const full = cardOf(profile);
  const body = full.length <= mostCharacters ? full : simpler(profile);
  return `# The data\n${fenced('profile of the data', body)}`;
}

function cardOf(profile: DataProfile): string {
  const inTest = new Set(profile.test.columns.map(({ name }) => name));
  return [
    headOf('train.csv', profile.train),
    ...profile.train.columns.map((column) => columnLine(column, profile.train, !inTest.has(column.name))),
    headOf('test.csv', profile.test),
    ...profile.test.columns.flatMap((column) => driftLine(column, profile)),
    ...closing(profile),
  ].join('\n');
}

function headOf(name: string, { rows, columns, sizeBytes }: FileProfile): string {
  return `${name}: ${rows} rows, ${columns.length} columns, ${(sizeBytes / 1e6).toFixed(1)} MB`;
}

function columnLine(column: ColumnProfile, { rows }: FileProfile, isOnlyTrain: boolean): string {
  const { name, kind, distinct, distinctIsLowerBound } = column;
  const parts = [
    `${kind}${kind === 'numeric' && column.isInteger ? ' (whole)' : ''}`,
    gapsOf(column, rows),
    kind === 'constant' ? '' : `${distinctIsLowerBound ? 'over ' : ''}${distinct} distinct`,
    valuesOf(column),
    isOnlyTrain ? 'not in test.csv' : '',
  ];
  return `- ${cell(name)}: ${parts.filter((part) => part !== '').join(', ')}`;
}

function gapsOf({ missing }: ColumnProfile, rows: number): string {
  return missing === 0 || rows === 0 ? '' : `${missing} missing (${percent(missing / rows)})`;
}

function valuesOf({ kind, min, max, mean, skew, top, meanLength }: ColumnProfile): string {
  if (kind === 'text') return `about ${Math.round(meanLength)} characters`;
  if (kind === 'numeric') {
    const range = min === null || max === null ? '' : `${short(min)} to ${short(max)}`;
    return `${range}${mean === null ? '' : `, mean ${short(mean)}`}${skew === null || Math.abs(skew) < 2 ? '' : `, skew ${short(skew)}`}`;
  }
  const values = top
    .slice(0, mostValues)
    .map(({ value, count }) => `${JSON.stringify(cell(value, 30))} ${count}`);
  return values.length === 0 ? '' : `most often ${values.join(', ')}`;
}

/** A column of the test that is not as in training. */
function driftLine(column: ColumnProfile, { train, test }: DataProfile): string[] {
  const other = train.columns.find(({ name }) => name === column.name);
  if (other === undefined) return [`- ${cell(column.name)}: ${column.kind}, not in train.csv`];
  const isWider =
    column.min !== null && other.min !== null && column.max !== null && other.max !== null
      ? column.min < other.min || column.max > other.max
      : false;
  const hasGaps = column.missing > 0 && other.missing === 0;
  if (!isWider && !hasGaps && column.kind === other.kind) return [];
  return [columnLine(column, test, false)];
}

function closing({ target, leakageHints, columnDifferences }: DataProfile): string[] {
  return [
    targetLine(target),
    ...leakageHints.slice(0, 10).map((hint) => `suspicion: ${cell(hint, 300)}`),
    ...columnDifferences.onlyTest.slice(0, 10).map((name) => `only in test.csv: ${cell(name)}`),
  ];
}

function targetLine(target: DataProfile['target']): string {
  if (target.kind === 'quantiles') {
    return `target, quantiles 0, 5, 25, 50, 75, 95, 100 %: ${target.values.map(short).join(', ')}; skew ${short(target.skew)}`;
  }
  const shares = Object.entries(target.shares).toSorted(([, a], [, b]) => b - a);
  const told = shares
    .slice(0, mostClasses)
    .map(([name, share]) => `${JSON.stringify(cell(name, 30))} ${percent(share)}`);
  const more = shares.length > mostClasses ? `, and ${shares.length - mostClasses} more classes` : '';
  return `target: ${told.join(', ')}${more}`;
}

/** Names by kind, as many as there is room for. */
function simpler(profile: DataProfile): string {
  const byKind = new Map<string, string[]>();
  for (const { name, kind } of profile.train.columns) {
    byKind.set(kind, [...(byKind.get(kind) ?? []), cell(name, 40)]);
  }
  const inTest = new Set(profile.test.columns.map(({ name }) => name));
  const absent = profile.train.columns
    .filter(({ name }) => !inTest.has(name))
    .map(({ name }) => cell(name, 40));
  const rest = [
    headOf('train.csv', profile.train),
    headOf('test.csv', profile.test),
    ...closing(profile).map((line) => cell(line, 600)),
    `not in test.csv: ${fitting(absent, 300).join(', ')}`,
  ].join('\n');
  const room = Math.floor((mostCharacters - rest.length - 200) / Math.max(1, byKind.size));
  const kinds = [...byKind].map(([kind, names]) => {
    const shown = fitting(names, Math.max(60, room - 60));
    const left = names.length - shown.length;
    return `${names.length} ${kind} columns: ${shown.join(', ')}${left > 0 ? `, and ${left} more` : ''}`;
  });
  return bounded([...kinds, rest].join('\n'), mostCharacters);
}

function short(value: number): string {
  return Number.isInteger(value) && Math.abs(value) < 1e9 ? String(value) : value.toPrecision(4);
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
