import { stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { ColumnProfile, FileProfile } from '../../src/domain/profile.ts';
import { findDataFiles } from '../../src/flows/research/data-files.ts';
import { profileFile } from '../../src/flows/research/profile-file.ts';
import { findLeakageHints, profileTarget } from '../../src/flows/research/target-profile.ts';
import { tempFolder } from '../support/temp-folder.ts';

const signal = new AbortController().signal;

async function profile(text: string | Buffer, name = 'train.csv'): Promise<FileProfile> {
  const path = join(await tempFolder(), name);
  await writeFile(path, text);
  return await profileFile({ name, path, sizeBytes: (await stat(path)).size }, { signal });
}

/** One column of thirty cells, beside another that nothing is asked of. */
async function column(cell: (row: number) => string, name = 'x', rows = 30): Promise<ColumnProfile> {
  const lines = Array.from({ length: rows }, (_, row) => `0,${cell(row)}`);
  const { columns } = await profile(`other,${name}\n${lines.join('\n')}\n`);
  const [, found] = columns;
  if (found === undefined) throw new Error('there is no such column');
  return found;
}

test.each([
  ['numbers', (row: number) => `${row / 7}`, 'numeric'],
  ['whole numbers that repeat', (row: number) => `${row % 5}`, 'numeric'],
  ['words', (row: number) => ['red', 'green', 'blue'][row % 3] ?? '', 'categorical'],
  ['a few words among numbers', (row: number) => (row === 3 ? 'many' : `${row}`), 'categorical'],
  ['sentences', (row: number) => `this is sentence number ${row} of a long text`, 'text'],
  ['the same sentence', () => 'this is always the very same sentence of a text', 'constant'],
  ['days', (row: number) => `2026-01-${String(row + 1).padStart(2, '0')}`, 'datetime'],
  ['moments', (row: number) => `2026/1/${row + 1} 10:30:00`, 'datetime'],
  [
    'moments with a zone',
    (row: number) => `2026-01-${String(row + 1).padStart(2, '0')}T10:30:00.5+02:00`,
    'datetime',
  ],
  ['yes and no', (row: number) => (row % 2 ? 'Yes' : 'no'), 'boolean'],
  ['nothing at all', () => '', 'constant'],
  ['no values in words', (row: number) => ['NA', 'nan', 'null', 'None'][row % 4] ?? '', 'constant'],
] as const)('a column of %s is known for what it is', async (_what, cell, kind) => {
  expect((await column(cell)).kind).toBe(kind);
});

test('a key is known by its name, or by standing first and counting up', async () => {
  expect((await column((row) => `k${row * 7}`, 'customer_id')).kind).toBe('id');
  expect((await column((row) => `${row * 7}`, 'PassengerId')).kind).toBe('id');
  expect((await column((row) => `${100 - row}`, 'humid')).kind).toBe('numeric');
  expect((await column((row) => `${row % 29}`, 'id')).kind).toBe('numeric');

  const first = await profile(`row,x\n${Array.from({ length: 30 }, (_, row) => `${row + 5},1`).join('\n')}`);
  expect(first.columns[0]?.kind).toBe('id');
});

test('gaps are counted, and the rest is measured without them', async () => {
  const { missing, distinct, min, max, mean, isInteger, top, kind } = await column((row) =>
    row < 10 ? (['', 'NA', 'nan'][row % 3] ?? '') : `${row % 4}`,
  );

  expect({ missing, distinct, min, max, isInteger, kind }).toEqual({
    missing: 10,
    distinct: 4,
    min: 0,
    max: 3,
    isInteger: true,
    kind: 'numeric',
  });
  expect(mean).toBeCloseTo(1.5, 10);
  expect(top).toHaveLength(4);
  expect(top[0]).toEqual({ value: expect.any(String), count: 5 });
});

test('skewness is that of the values', async () => {
  const even = await column((row) => `${row}`, 'x', 31);
  const lopsided = await column((row) => (row === 0 ? '100' : `${row % 2}`), 'x', 31);

  expect(even.skew).toBeCloseTo(0, 10);
  expect(lopsided.skew).toBeGreaterThan(4);
  expect((await column((row) => ['a', 'b'][row % 2] ?? '')).skew).toBeNull();
});

test('quotes, commas and line breaks within cells, a byte order mark and Windows line ends are read as they are meant', async () => {
  const text = '\uFEFF"a","b, with a comma"\r\n"1","he said ""no"", then\nleft"\r\n"2","plain"\r\n\r\n';

  const { columns, rows } = await profile(text);

  expect(columns.map(({ name }) => name)).toEqual(['a', 'b, with a comma']);
  expect(rows).toBe(2);
  expect(columns[1]?.top.map(({ value }) => value)).toContain('he said "no", then\nleft');
});

test('names in any script are kept', async () => {
  const { columns } = await profile('größe,年齢\n1,2\n3,4\n');

  expect(columns.map(({ name }) => name)).toEqual(['größe', '年齢']);
});

test.each([
  ['a row with too many cells', 'a,b\n1,2\n3,4,5\n', 'csv.malformed', /line 3/],
  ['a row with too few cells', 'a,b\n1,2\n3\n', 'csv.malformed', /line 3/],
  ['a quote that never ends', 'a,b\n1,"2\n3,4\n', 'csv.malformed', /train\.csv/],
  ['a quote in the middle of a cell', 'a,b\n1,x"y"z\n', 'csv.malformed', /line 2/],
  ['nothing', '', 'csv.empty', /train\.csv is empty/],
  ['blank lines alone', '\n\n\n', 'csv.empty', /train\.csv is empty/],
  ['a header alone', 'a,b\n', 'data.no_rows', /header but no rows/],
  ['two columns of one name', 'a,b,a\n1,2,3\n', 'data.duplicate_columns', /two columns named a/],
])('%s is refused in one sentence that says where', async (_what, text, code, words) => {
  const refusal = profile(text);

  await expect(refusal).rejects.toMatchObject({ kind: 'business', code });
  await expect(refusal).rejects.toThrow(words);
});

test('fifty thousand rows of wide text are read with bounded memory', async () => {
  const words = Array.from({ length: 8 }, (_, index) => `word-${index}`).join(' ');
  const lines = Array.from(
    { length: 50_000 },
    (_, row) => `${row},${row % 3 === 0 ? '' : row / 3},${words} ${row}`,
  );
  const text = `id,x,text\n${lines.join('\n')}\n`;
  const before = process.memoryUsage().heapUsed;

  const { rows, columns } = await profile(text);

  expect(rows).toBe(50_000);
  expect(columns.map(({ kind, distinctIsLowerBound }) => [kind, distinctIsLowerBound])).toEqual([
    ['id', true],
    ['numeric', true],
    ['text', true],
  ]);
  expect(columns[1]?.missing).toBe(16_667);
  for (const { top, distinct } of columns) {
    expect(distinct).toBeLessThanOrEqual(10_000);
    expect(top.length).toBeLessThanOrEqual(10);
  }
  expect(process.memoryUsage().heapUsed - before).toBeLessThan(150e6);
});

test('reading stops when it is no longer wanted', async () => {
  const path = join(await tempFolder(), 'train.csv');
  await writeFile(path, 'a,b\n1,2\n');

  const stopped = profileFile({ name: 'train.csv', path, sizeBytes: 8 }, { signal: AbortSignal.abort() });

  await expect(stopped).rejects.toMatchObject({ name: 'AbortError' });
});

const fileOf = (name: string) => ({ name, path: `/somewhere/${name}`, sizeBytes: 1 });

test('the three files are found by their names, also in folders and under other spellings', () => {
  const found = findDataFiles('a-competition', [
    fileOf('data/training_set.csv'),
    fileOf('data/test_features.csv'),
    fileOf('extra/train_notes.txt'),
    fileOf('SampleSubmission.csv'),
  ]);

  expect(Object.values(found).map(({ name }) => name)).toEqual([
    'data/training_set.csv',
    'data/test_features.csv',
    'SampleSubmission.csv',
  ]);
  const exact = findDataFiles(
    'x',
    ['train_extra.csv', 'train.csv', 'test.csv', 'sample_submission.csv'].map(fileOf),
  );
  expect(exact.train.name).toBe('train.csv');
});

test('a competition without one of them is refused, and told which are there', () => {
  const files = ['train.csv', 'test.csv', 'labels.csv'].map(fileOf);

  expect(() => findDataFiles('odd-one', files)).toThrow(/odd-one has no sample submission .*labels\.csv/);
});

test('the target is described by its shares or its quantiles', () => {
  expect(profileTarget({ classes: ['0', '1'] }, ['0', '1', '1', '1'])).toEqual({
    kind: 'classes',
    shares: { 0: 0.25, 1: 0.75 },
  });
  const values = Array.from({ length: 101 }, (_, index) => `${index}`);
  expect(profileTarget({ classes: null }, values)).toEqual({
    kind: 'quantiles',
    values: [0, 5, 25, 50, 75, 95, 100],
    skew: expect.closeTo(0, 10),
  });
});

test('a column that orders the rows as the target does is suspected of being a copy', () => {
  const target = { name: 'y', cells: Array.from({ length: 50 }, (_, row) => `${row}`) };
  const copy = { name: 'copy', cells: target.cells.map((cell) => `${-2 * Number(cell) + 1}`) };
  const honest = { name: 'honest', cells: target.cells.map((cell) => `${(Number(cell) * 17) % 50}`) };
  const gaps = { name: 'gaps', cells: target.cells.map((cell, row) => (row < 40 ? '' : cell)) };

  const hints = findLeakageHints([copy, honest, gaps], target);

  expect(hints).toEqual([expect.stringContaining('copy orders the rows almost exactly as y does')]);
});
