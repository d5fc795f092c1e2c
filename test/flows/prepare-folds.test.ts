import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { expect, test } from 'vitest';
import type { Problem } from '../../src/domain/problem.ts';
import { scriptContractSchema } from '../../src/domain/run-contract.ts';
import { prepareFolds, readTruth } from '../../src/flows/research/prepare-folds.ts';
import { columnOf, readTable } from '../../src/flows/support/csv.ts';
import { readContract } from '../../src/flows/support/job-data.ts';
import { readObject, sha256Of } from '../../src/flows/support/objects.ts';
import { createPgPort } from '../../src/state/pg-port.ts';
import { aProbabilityProblem } from '../domain/problems.ts';
import { contextWithout } from '../support/context.ts';
import { tempFolder } from '../support/temp-folder.ts';

const slug = 'a-competition';
const problem = aProbabilityProblem({
  slug,
  title: 'A competition',
  targetColumns: ['y'],
  submissionColumns: ['y'],
  predictionColumns: ['y'],
});

/** No row is like another, so that a label that went astray is found again. */
const rowOf = (row: number) => `${row},${row * 3},"a, ${row}",${row % 3 === 0 ? 1 : 0}`;

async function prepare(rows: readonly string[], changes: Partial<Problem> = {}, header = 'id,x,words,y') {
  const folder = await tempFolder();
  const write = async (name: string, text: string) => {
    await writeFile(join(folder, name), text);
    return { name, path: join(folder, name), sizeBytes: text.length };
  };
  const files = {
    train: await write('train.csv', `${header}\n${rows.join('\n')}\n`),
    test: await write('test.csv', 'id,x,words\n9000,1,w\n'),
    sample: await write('sample_submission.csv', 'id,y\n9000,0\n'),
  };
  // Nothing here asks the database.
  const ctx = contextWithout(createPgPort(new pg.Pool()), await tempFolder());
  const plan = await prepareFolds(ctx, { slug, problem: { ...problem, ...changes }, files, folder });
  const text = async (assignment: number | 'final', name: string) =>
    (await readObject(ctx, `competitions/${slug}/folds/${assignment}/${name}`)).toString('utf8');
  const table = async (assignment: number | 'final', name: string) =>
    readTable(name, Buffer.from(await text(assignment, name)));
  return { ctx, plan, text, table };
}

const manyRows = Array.from({ length: 5_200 }, (_, row) => rowOf(row));

test('a large table holds back a gate whose labels no job ever sees', async () => {
  const { ctx, plan, table, text } = await prepare(manyRows);
  expect(plan.gateRows).toBe(1_000);

  for (const assignment of [0, 1] as const) {
    const [train, gate, folds] = await Promise.all([
      table(assignment, 'train.csv'),
      table(assignment, 'gate.csv'),
      table(assignment, 'folds.csv'),
    ]);
    expect(train.columns).toEqual(['id', 'x', 'words', 'y']);
    expect(gate.columns).toEqual(['id', 'x', 'words']);
    expect([train.rows.length, gate.rows.length, folds.rows.length]).toEqual([4_200, 1_000, 4_200]);
    const gateIds = new Set(columnOf('gate.csv', gate, 'id'));
    const trainIds = columnOf('train.csv', train, 'id');
    expect(trainIds.some((id) => gateIds.has(id))).toBe(false);
    expect([...trainIds, ...gateIds].map(Number).sort((a, b) => a - b)).toEqual(
      manyRows.map((_, row) => row),
    );
    // folds are in the order of the rows, each row once
    expect(columnOf('folds.csv', folds, 'id')).toEqual(trainIds);
    expect(new Set(columnOf('folds.csv', folds, 'fold'))).toEqual(new Set(['0', '1', '2']));
    // the rows themselves are as they came
    expect(train.rows[0]).toEqual([
      trainIds[0],
      `${Number(trainIds[0]) * 3}`,
      `a, ${trainIds[0]}`,
      Number(trainIds[0]) % 3 === 0 ? '1' : '0',
    ]);
    expect(await text(assignment, 'test.csv')).toBe('id,x,words\n9000,1,w\n');
  }
  const listed = (await ctx.objects.list(`competitions/${slug}/folds`)).map(({ key }) => key);
  expect(listed.some((key) => key.includes('truth'))).toBe(false);
});

test('the gate is the same in every assignment, and the folds are not', async () => {
  const { table } = await prepare(manyRows);

  const gates = await Promise.all([table(0, 'gate.csv'), table(1, 'gate.csv')]);
  const folds = await Promise.all([table(0, 'folds.csv'), table(1, 'folds.csv')]);

  expect(gates[0]?.rows).toEqual(gates[1]?.rows);
  expect(folds[0]?.rows.map(([id]) => id)).toEqual(folds[1]?.rows.map(([id]) => id));
  expect(folds[0]?.rows).not.toEqual(folds[1]?.rows);
});

test('the final assignment holds every labelled row, and no gate', async () => {
  const { ctx, table } = await prepare(manyRows);

  const [train, folds] = await Promise.all([table('final', 'train.csv'), table('final', 'folds.csv')]);

  expect(columnOf('train.csv', train, 'id')).toEqual(manyRows.map((_, row) => `${row}`));
  expect(folds.rows).toHaveLength(5_200);
  expect(folds.rows.every(([, fold]) => Number(fold) >= 0 && Number(fold) < 3)).toBe(true);
  expect((await readContract(ctx, slug, 'final')).hasGate).toBe(false);
  expect(await ctx.objects.head(`competitions/${slug}/folds/final/gate.csv`)).toBeNull();
});

test('the truth lies apart, with every label and the fold of its row', async () => {
  const { ctx } = await prepare(manyRows);

  const truth = await readTruth(ctx, slug, 0);

  expect(truth.rowKey).toBe('id');
  expect(truth.keys).toHaveLength(5_200);
  expect(truth.labels[0]?.slice(0, 4)).toEqual(['1', '0', '0', '1']);
  expect(truth.fold.filter((fold) => fold === -1)).toHaveLength(1_000);
});

test('the contract names the folds that the script must have used', async () => {
  const { text } = await prepare(manyRows);

  const contract = scriptContractSchema.parse(JSON.parse(await text(0, 'contract.json')));

  expect(contract).toMatchObject({ rowKey: 'id', foldCount: 3, hasGate: true, problem });
  expect(contract.foldsSha256).toBe(sha256Of(await text(0, 'folds.csv')));
});

test('a small table has no gate', async () => {
  const { ctx, plan } = await prepare(manyRows.slice(0, 60));

  expect(plan.gateRows).toBe(0);
  expect((await readContract(ctx, slug, 0)).hasGate).toBe(false);
  expect(await ctx.objects.head(`competitions/${slug}/folds/0/gate.csv`)).toBeNull();
  expect((await readTruth(ctx, slug, 0)).fold.every((fold) => fold >= 0)).toBe(true);
});

test.each([
  ['repeat', Array.from({ length: 60 }, (_, row) => `${row % 20},${row},w,${row % 2}`), 'id,x,words,y', 'id'],
  ['are not there', Array.from({ length: 60 }, (_, row) => `${row},w,${row % 2}`), 'x,words,y', 'id'],
] as const)(
  'where the ids of train.csv %s, the rows get a key of their own',
  async (_what, rows, header, idColumn) => {
    const { ctx, table } = await prepare(rows, { idColumn }, header);

    const [train, folds] = await Promise.all([table(0, 'train.csv'), table(0, 'folds.csv')]);

    expect((await readContract(ctx, slug, 0)).rowKey).toBe('__row');
    expect(train.columns).toEqual(['__row', ...header.split(',')]);
    expect(columnOf('train.csv', train, '__row')).toEqual(rows.map((_, row) => `${row}`));
    expect(folds.columns).toEqual(['__row', 'fold']);
    expect(columnOf('folds.csv', folds, '__row')).toEqual(rows.map((_, row) => `${row}`));
  },
);

test('rows of one group stay together', async () => {
  const rows = Array.from({ length: 60 }, (_, row) => `${row},${row % 12},w,${row % 2}`);
  const { table } = await prepare(rows, { groupColumn: 'x' });

  const folds = await table(0, 'folds.csv');

  const foldsOfGroup = new Map<number, Set<string>>();
  for (const [id, fold] of folds.rows) {
    const group = Number(id) % 12;
    foldsOfGroup.set(group, (foldsOfGroup.get(group) ?? new Set()).add(fold ?? ''));
  }
  expect([...foldsOfGroup.values()].every((of) => of.size === 1)).toBe(true);
});

test('several targets are kept together, and none of them reaches the gate', async () => {
  const rows = Array.from({ length: 5_000 }, (_, row) => `${row},${row},${row % 2},${row % 3 === 0 ? 1 : 0}`);
  const { ctx, table } = await prepare(
    rows,
    { targetColumns: ['a', 'b'], submissionColumns: ['a', 'b'], predictionColumns: ['a', 'b'] },
    'id,x,a,b',
  );

  expect((await table(0, 'gate.csv')).columns).toEqual(['id', 'x']);
  expect((await readTruth(ctx, slug, 0)).labels).toHaveLength(2);
});

test('a row without a label is refused, and named', async () => {
  const rows = manyRows.slice(0, 60).with(16, '16,1,w, ');

  await expect(prepare(rows)).rejects.toMatchObject({
    code: 'data.missing_label',
    message: 'Row 17 of train.csv has no y, so the agent cannot learn from it.',
  });
});
