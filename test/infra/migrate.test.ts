import { appendFile, cp, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type pg from 'pg';
import { expect, onTestFinished, test } from 'vitest';
import { startEmbeddedPostgres } from '../../src/embedded/postgres.ts';
import { migrate } from '../../src/infra/migrate.ts';
import { createPgPort } from '../../src/state/pg-port.ts';
import { aTrainingJob } from '../support/builders.ts';
import { freshDatabase, testPool } from '../support/database.ts';
import { otherPostgres } from '../support/other-postgres.ts';
import { silentLog as log } from '../support/silent-log.ts';
import { databaseFolder, tempFolder } from '../support/temp-folder.ts';

const ours = new URL('../../supabase/migrations', import.meta.url).pathname;
const others = otherPostgres();

async function emptyDatabase() {
  const database = await freshDatabase({ empty: true });
  return { ...database, pool: testPool(database.connectionString, 4) };
}

/** A folder with migrations of the test's own. */
async function folderWith(files: Record<string, string>): Promise<string> {
  const folder = await tempFolder();
  for (const [name, sql] of Object.entries(files)) await writeFile(join(folder, name), sql);
  return folder;
}

async function tablesIn(pool: pg.Pool): Promise<string[]> {
  const { rows } = await pool.query<{ name: string }>(
    `select schemaname || '.' || tablename as name from pg_tables
     where schemaname not in ('pg_catalog', 'information_schema') order by 1`,
  );
  return rows.map(({ name }) => name);
}

test('an empty database gets all migrations in order, by a user who is no superuser; a second call does nothing', async () => {
  const { pool } = await emptyDatabase();
  const files = (await readdir(ours)).sort();

  expect(await migrate({ pool, folder: ours, log })).toEqual({ applied: files, current: files.at(-1) });
  expect(await migrate({ pool, folder: ours, log })).toEqual({ applied: [], current: files.at(-1) });
  const { rows } = await pool.query(
    'select rolsuper, rolcreaterole from pg_roles where rolname = current_user',
  );
  expect(rows).toEqual([{ rolsuper: false, rolcreaterole: true }]);
});

test('several processes that start together apply each migration once', async () => {
  const { pool } = await emptyDatabase();

  const answers = await Promise.all(Array.from({ length: 4 }, () => migrate({ pool, folder: ours, log })));

  expect(answers.filter(({ applied }) => applied.length > 0)).toHaveLength(1);
});

test('a database that is behind gets only what it lacks', async () => {
  const { pool } = await emptyDatabase();
  const folder = await folderWith({ '0001_one.sql': 'create table one ();' });
  await migrate({ pool, folder, log });
  await writeFile(join(folder, '0002_two.sql'), 'create table two ();');
  await writeFile(join(folder, 'notes.txt'), 'no migration');

  expect(await migrate({ pool, folder, log })).toEqual({
    applied: ['0002_two.sql'],
    current: '0002_two.sql',
  });
  expect(await tablesIn(pool)).toEqual(['kaggle_agent.migrations', 'public.one', 'public.two']);
});

test('tables land in public, even where the user has a schema of its own name', async () => {
  const { pool } = await emptyDatabase();
  await pool.query('create schema agent');
  await migrate({ pool, folder: await folderWith({ '0001_one.sql': 'create table one ();' }), log });

  expect(await tablesIn(pool)).toEqual(['kaggle_agent.migrations', 'public.one']);
});

test('a migration that was changed after it had been applied is refused, but not for its line ends', async () => {
  const { pool } = await emptyDatabase();
  const folder = await folderWith({ '0001_one.sql': 'create table one (\n);\n' });
  await migrate({ pool, folder, log });
  await writeFile(join(folder, '0001_one.sql'), 'create table one (\r\n);\r\n');
  expect((await migrate({ pool, folder, log })).applied).toEqual([]);
  await appendFile(join(folder, '0001_one.sql'), '-- changed');

  await expect(migrate({ pool, folder, log })).rejects.toMatchObject({
    kind: 'configuration',
    code: 'migration.changed',
    message: expect.stringContaining('0001_one.sql'),
  });
});

test('a database of a newer version of the agent is refused, naming both', async () => {
  const { pool } = await emptyDatabase();
  const folder = await folderWith({
    '0001_one.sql': 'create table one ();',
    '0002_two.sql': 'create table two ();',
  });
  await migrate({ pool, folder, log });
  await rm(join(folder, '0002_two.sql'));

  await expect(migrate({ pool, folder, log })).rejects.toMatchObject({
    kind: 'configuration',
    code: 'migration.newer',
    message: expect.stringMatching(/0002_two\.sql.*0001_one\.sql/),
  });
});

test('a migration whose number others have passed is refused', async () => {
  const { pool } = await emptyDatabase();
  const folder = await folderWith({
    '0001_one.sql': 'create table one ();',
    '0003_three.sql': 'create table three ();',
  });
  await migrate({ pool, folder, log });
  await writeFile(join(folder, '0002_two.sql'), 'create table two ();');

  await expect(migrate({ pool, folder, log })).rejects.toMatchObject({ code: 'migration.out_of_order' });
});

test('a migration that fails leaves nothing of itself, and what came before it stays', async () => {
  const { pool } = await emptyDatabase();
  const folder = await folderWith({
    '0001_one.sql': 'create table one ();',
    '0002_two.sql': 'create table two ();\ncreate table two_and_a_half ();\ncreate tabel three ();',
  });

  await expect(migrate({ pool, folder, log })).rejects.toMatchObject({
    kind: 'system',
    code: 'migration.failed',
    message: expect.stringContaining('0002_two.sql failed in line 3'),
  });
  expect(await tablesIn(pool)).toEqual(['kaggle_agent.migrations', 'public.one']);
  await writeFile(join(folder, '0002_two.sql'), 'create table two ();');
  expect((await migrate({ pool, folder, log })).applied).toEqual(['0002_two.sql']);
});

test('a user who may not make roles is told what it lacks', async () => {
  const { pool } = await emptyDatabase();
  const folder = await folderWith({ '0001_one.sql': 'create role somebody superuser;' });

  await expect(migrate({ pool, folder, log })).rejects.toMatchObject({
    kind: 'configuration',
    code: 'migration.refused',
  });
});

test.skipIf(others.length === 0)(
  'older versions of Postgres take the migrations too, and work with them',
  async () => {
    for (const { major, programs } of others) {
      const postgres = await startEmbeddedPostgres({
        dataFolder: await databaseFolder(),
        log,
        signal: AbortSignal.timeout(60_000),
        programs,
        settings: { fsync: 'off' },
      });
      onTestFinished(() => postgres.stop());
      const pool = testPool(postgres.connectionString);

      expect((await migrate({ pool, folder: ours, log })).applied.length).toBeGreaterThan(10);
      expect((await aTrainingJob({ pool, state: createPgPort(pool) })).competition.state).toBe('training');
      const { rows } = await pool.query(`select current_setting('server_version_num')::int / 10000 as major`);
      expect(rows).toEqual([{ major }]);
    }
  },
);

test('the migrations of the repository apply to a copy in any folder', async () => {
  const { pool } = await emptyDatabase();
  const folder = await tempFolder();
  await cp(ours, folder, { recursive: true });
  await migrate({ pool, folder: ours, log });

  expect((await migrate({ pool, folder, log })).applied).toEqual([]);
});
