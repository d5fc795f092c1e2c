import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createRandom } from '../../../src/domain/random.ts';
import { readDrift, tellDrift } from '../../../src/flows/lessons/check-drift.ts';
import { profileFile } from '../../../src/flows/research/profile-file.ts';
import { aProblem } from '../../domain/problems.ts';
import { someActor as actor } from '../../support/builders.ts';
import { freshState } from '../../support/database.ts';
import { tempFolder } from '../../support/temp-folder.ts';

const signal = new AbortController().signal;

async function aSide(name: string, rows: number, lineOf: (row: number) => string, header: string) {
  const folder = join(await tempFolder(), name);
  await mkdir(folder);
  const path = join(folder, name);
  const lines = Array.from({ length: rows }, (_, row) => lineOf(row));
  await writeFile(path, `${[header, ...lines].join('\n')}\n`);
  const file = { name, path, sizeBytes: 1 };
  return { file, profile: await profileFile(file, { signal }) };
}

test('files that differ are found from evenly spaced rows, and people are warned with the columns that tell', async () => {
  const { state, pool } = await freshState();
  const random = createRandom('drift of files');
  // Sorted, so that the head of the file alone would tell nothing of the rest.
  const train = await aSide(
    'train.csv',
    6_000,
    (row) => `${row},${(random() * 10).toFixed(3)},${row % 7},${row % 2}`,
    'id,price,week,y',
  );
  const moved = await aSide(
    'test.csv',
    3_000,
    (row) => `${6_000 + row},${(6 + random() * 10).toFixed(3)},${row % 7}`,
    'id,price,week',
  );
  const alike = await aSide(
    'test.csv',
    3_000,
    (row) => `${6_000 + row},${(random() * 10).toFixed(3)},${row % 7}`,
    'id,price,week',
  );
  const problem = aProblem({ idColumn: 'id', targetColumns: ['y'] });

  const drift = await readDrift(train, moved, problem);
  const none = await readDrift(train, alike, problem);
  await tellDrift({ state, actor }, { slug: 'shops' }, none);
  await tellDrift({ state, actor }, { slug: 'shops' }, drift);

  expect(drift).toMatchObject({ trainRows: 2_000, testRows: 2_000, columns: [{ name: 'price' }] });
  expect(drift?.auc).toBeGreaterThan(0.75);
  expect(none?.auc).toBeLessThan(0.6);
  const { rows } = await pool.query('select kind, severity, message, count from alerts');
  expect(rows).toMatchObject([
    { kind: 'drift:shops', severity: 'warning', message: expect.stringContaining('price ('), count: 1 },
  ]);
});

test('files that share no column that a model could read say nothing', async () => {
  const train = await aSide('train.csv', 30, (row) => `${row},${row % 2}`, 'id,y');
  const test_ = await aSide('test.csv', 30, (row) => `${100 + row}`, 'id');

  expect(await readDrift(train, test_, aProblem({ idColumn: 'id', targetColumns: ['y'] }))).toBeNull();
});
