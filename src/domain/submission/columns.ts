import { columnOf, type Draft, report, type Table } from './types.ts';

/** Names that pandas and others give to a row number nobody asked for. */
const INDEX_NAME = /^(?:|unnamed: ?\d+|index|level_\d+)$/i;

/**
 * Makes the columns those of the sample: drops a row number, restores the order, and renames a column where only one
 * name is possible. What could be meant in two ways is proposed and refused.
 */
export function checkColumns(draft: Draft, sample: Table): void {
  const expected = sample.header;
  if (isEqual(draft.header, expected)) return;
  dropIndexColumns(draft, expected);
  renameColumns(draft, sample);
  if (isEqual([...draft.header].sort(), [...expected].sort())) {
    reorder(draft, expected);
    return;
  }
  const missing = expected.filter((name) => !draft.header.includes(name));
  const extra = draft.header.filter((name) => !expected.includes(name));
  if (draft.header.length !== expected.length || missing.length !== extra.length) {
    const message = `The columns must be ${expected.join(',')}, but they are ${draft.header.join(',')}.`;
    report(draft.problems, 'columns', message, [...missing, ...extra]);
    return;
  }
  const proposal = extra.map((name, index) => `${name} -> ${missing[index]}`);
  const message = `Columns ${extra.join(', ')} are not in the sample; they may be meant as ${missing.join(', ')}, which is not certain.`;
  report(draft.problems, 'columns_renamed', message, proposal);
}

function isEqual(left: readonly string[], right: readonly string[]): boolean {
  return left.length === right.length && left.every((name, index) => name === right[index]);
}

function dropIndexColumns(draft: Draft, expected: readonly string[]): void {
  const dropped = draft.header.filter((name) => INDEX_NAME.test(name) && !expected.includes(name));
  if (dropped.length === 0 || draft.header.length <= expected.length) return;
  const kept = draft.header.flatMap((name, index) => (dropped.includes(name) ? [] : [index]));
  select(draft, kept);
  draft.repairs.push(
    `Dropped the row number column ${dropped.map((name) => JSON.stringify(name)).join(', ')}.`,
  );
}

function select(draft: Draft, indexes: readonly number[]): void {
  draft.header = indexes.map((index) => draft.header[index] ?? '');
  draft.rows = draft.rows.map((row) => indexes.map((index) => row[index] ?? ''));
}

function reorder(draft: Draft, expected: readonly string[]): void {
  if (isEqual(draft.header, expected)) return;
  select(
    draft,
    expected.map((name) => draft.header.indexOf(name)),
  );
  draft.repairs.push("Put the columns in the sample's order.");
}

function renameColumns(draft: Draft, sample: Table): void {
  if (draft.header.length !== sample.header.length) return;
  for (const name of sample.header.filter((wanted) => !draft.header.includes(wanted))) {
    const matches = strangers(draft, sample).filter(
      (index) => plainName(draft.header[index]) === plainName(name),
    );
    rename(draft, matches, name);
  }
  const missing = sample.header.filter((name) => !draft.header.includes(name));
  const [only] = missing;
  if (missing.length !== 1 || only === undefined) return;
  const matches = strangers(draft, sample);
  const isId = only === sample.header[0];
  rename(draft, isId ? matches.filter((index) => holdsIds(draft, index, sample)) : matches, only);
}

function strangers(draft: Draft, sample: Table): number[] {
  return draft.header.flatMap((name, index) => (sample.header.includes(name) ? [] : [index]));
}

function rename(draft: Draft, matches: readonly number[], name: string): void {
  const [index] = matches;
  if (matches.length !== 1 || index === undefined) return;
  draft.repairs.push(`Renamed the column ${JSON.stringify(draft.header[index])} to ${JSON.stringify(name)}.`);
  draft.header[index] = name;
}

function plainName(name = ''): string {
  return name.toLowerCase().replace(/[^\p{L}\p{N}]/gu, '');
}

function holdsIds(draft: Draft, index: number, sample: Table): boolean {
  const ids = new Set(columnOf(sample, 0));
  return columnOf(draft, index).every((id) => ids.has(id));
}
