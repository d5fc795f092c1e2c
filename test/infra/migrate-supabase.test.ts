import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { migrate, missingMigrations } from '../../src/infra/migrate.ts';
import { createPgPort } from '../../src/state/pg-port.ts';
import { freshDatabase, testPool } from '../support/database.ts';
import { describeSchema } from '../support/describe-schema.ts';
import { silentLog as log } from '../support/silent-log.ts';
import { splitStatements, supabaseDbPush } from '../support/supabase-cli.ts';
import { tempFolder } from '../support/temp-folder.ts';

const ours = new URL('../../supabase/migrations', import.meta.url).pathname;

async function emptyDatabase() {
  const database = await freshDatabase({ empty: true });
  return testPool(database.connectionString, 4);
}

/** A project of Supabase: what is made in it is open to its API's roles, and it has a publication already. */
async function supabaseProject() {
  const pool = await emptyDatabase();
  await pool.query(
    `grant usage on schema public to anon, authenticated, service_role;
     alter default privileges in schema public grant all on tables to anon, authenticated, service_role;
     alter default privileges in schema public grant all on functions to anon, authenticated, service_role;
     alter default privileges in schema public grant all on sequences to anon, authenticated, service_role;
     create publication supabase_realtime;
     create schema supabase_migrations`,
  );
  return pool;
}

/** A folder with small migrations of the test's own. */
async function folderWith(files: Record<string, string>): Promise<string> {
  const folder = await tempFolder();
  for (const [name, sql] of Object.entries(files)) await writeFile(join(folder, name), sql);
  return folder;
}

const one = { '0001_one.sql': '-- The first.\ncreate table one ();\n\ninsert into one default values;\n' };
const two = { '0002_two.sql': 'create table two ();' };
const three = { '0003_three.sql': 'create table three ();' };

test('the Supabase CLI and the agent make the same database, on a plain Postgres and on Supabase', async () => {
  const files = (await readdir(ours)).sort();
  const [plain, byCli, onSupabase] = [
    await emptyDatabase(),
    await supabaseProject(),
    await supabaseProject(),
  ];
  await migrate({ pool: plain, folder: ours, log });
  await supabaseDbPush(byCli, ours);
  await migrate({ pool: onSupabase, folder: ours, log });
  const expected = await describeSchema(plain);

  expect(expected.functions?.length).toBeGreaterThan(80);
  expect(await describeSchema(byCli)).toEqual(expected);
  expect(await describeSchema(onSupabase)).toEqual(expected);
  for (const pool of [plain, byCli, onSupabase]) {
    expect(await createPgPort(pool).call('read_schema_version', {}, z.unknown())).toEqual(files);
  }
});

test('what the CLI applied is not applied again, and the CLI knows what the agent applied', async () => {
  const pool = await emptyDatabase();
  await supabaseDbPush(pool, await folderWith(one));

  const folder = await folderWith({ ...one, ...two });
  expect(await migrate({ pool, folder, log })).toEqual({
    applied: ['0002_two.sql'],
    current: '0002_two.sql',
  });
  expect(await supabaseDbPush(pool, folder)).toEqual([]);
  await writeFile(join(folder, '0003_three.sql'), three['0003_three.sql']);
  expect(await supabaseDbPush(pool, folder)).toEqual(['0003']);
  expect((await migrate({ pool, folder, log })).applied).toEqual([]);
  const { rows } = await pool.query('select name from kaggle_agent.migrations order by name');
  expect(rows).toEqual([{ name: '0001_one.sql' }, { name: '0002_two.sql' }, { name: '0003_three.sql' }]);
});

test('a project that the CLI has never seen is left ready for it; a plain database is not', async () => {
  const [project, plain] = [await supabaseProject(), await emptyDatabase()];
  const folder = await folderWith({ ...one, ...two });
  await migrate({ pool: project, folder, log });
  await migrate({ pool: plain, folder, log });

  expect(await supabaseDbPush(project, folder)).toEqual([]);
  const { rows } = await plain.query(`select to_regnamespace('supabase_migrations') as there`);
  expect(rows).toEqual([{ there: null }]);
});

test('a database that the CLI made with other files is refused, each with its reason', async () => {
  const refused = async (theirs: Record<string, string>) => {
    const pool = await emptyDatabase();
    await supabaseDbPush(pool, await folderWith(theirs));
    return await migrate({ pool, folder: await folderWith({ ...one, ...two }), log }).catch(
      (error: unknown) => error,
    );
  };

  expect(await refused({ ...one, ...two, ...three })).toMatchObject({
    kind: 'configuration',
    code: 'migration.newer',
    message: expect.stringContaining('0003_three.sql'),
  });
  expect(await refused({ ...one, '0002_two.sql': 'create table two (changed text);' })).toMatchObject({
    kind: 'configuration',
    code: 'migration.changed',
    message: expect.stringContaining('0002_two.sql'),
  });
  expect(await refused(two)).toMatchObject({
    code: 'migration.out_of_order',
    message: expect.stringContaining('0001_one.sql'),
  });
  expect(await refused({ '0001_blog.sql': 'create table posts ();' })).toMatchObject({
    kind: 'configuration',
    code: 'migration.foreign',
    message: expect.stringContaining('0001_blog'),
  });
});

test('migrations of somebody else, which the CLI numbers by time, are none of ours', async () => {
  const pool = await emptyDatabase();
  await supabaseDbPush(pool, await folderWith({ '20260101000000_blog.sql': 'create table posts ();' }));

  const folder = await folderWith(one);
  expect((await migrate({ pool, folder, log })).applied).toEqual(['0001_one.sql']);
  expect((await migrate({ pool, folder, log })).applied).toEqual([]);
});

test('a migration that somebody only marked as applied is taken at his word', async () => {
  const pool = await emptyDatabase();
  await supabaseDbPush(pool, await folderWith(one));
  await pool.query('update supabase_migrations.schema_migrations set statements = null, name = null');

  expect((await migrate({ pool, folder: await folderWith(one), log })).applied).toEqual([]);
});

test('what a database says that it holds is compared with the files', async () => {
  const folder = await folderWith({ ...one, ...two });

  expect(await missingMigrations(folder, ['0001_one.sql', '0002_two.sql'])).toEqual([]);
  expect(await missingMigrations(folder, ['0001_one.sql'])).toEqual(['0002_two.sql']);
  expect(await missingMigrations(folder, ['0001_one.sql', '0002_.sql'])).toEqual([]);
  await expect(
    missingMigrations(folder, ['0001_one.sql', '0002_two.sql', '0003_three.sql']),
  ).rejects.toMatchObject({ code: 'migration.newer' });
});

test('statements are cut as the CLI cuts them', () => {
  expect(
    splitStatements(
      `select ';', "a;b"; -- one; more\nselect $$ ; $$; /* ; */ do $x$ begin; end $x$;;\n-- the end's comment`,
    ),
  ).toEqual([
    `select ';', "a;b"`,
    '-- one; more\nselect $$ ; $$',
    '/* ; */ do $x$ begin; end $x$',
    "-- the end's comment",
  ]);
});
