import type pg from 'pg';
import { expect, test } from 'vitest';
import { aCompetition, someActor } from '../support/builders.ts';
import { freshState, testPool } from '../support/database.ts';

/** Everything a role may try, played by the superuser who puts on its clothes. */
async function as(admin: pg.Pool, role: string, sql: string): Promise<pg.QueryResult | string> {
  const client = await admin.connect();
  try {
    await client.query('begin');
    await client.query(`set local role ${role}`);
    return await client.query(sql);
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : String(error);
  } finally {
    await client.query('rollback');
    client.release();
  }
}

const refused = '42501';

async function database() {
  const db = await freshState();
  const admin = testPool(db.adminConnectionString, 3);
  await aCompetition(db, { slug: 'titanic' });
  const tables = (
    await admin.query<{ name: string }>(
      `select tablename as name from pg_tables where schemaname = 'public' order by 1`,
    )
  ).rows.map(({ name }) => name);
  const functions = (
    await admin.query<{ call: string }>(
      `select p.proname || '(' || coalesce(string_agg('null::' || format_type(a.type, null), ', ' order by a.place), '') || ')' as call
       from pg_proc p left join lateral unnest(p.proargtypes) with ordinality as a (type, place) on true
       where p.pronamespace = 'public'::regnamespace and p.prorettype <> 'trigger'::regtype
       group by p.oid, p.proname order by 1`,
    )
  ).rows.map(({ call }) => call);
  return { ...db, admin, tables, functions };
}

test('every table is under row level security, and nothing of the schema is left out', async () => {
  const { admin, tables, functions } = await database();
  const { rows } = await admin.query(
    `select relname from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') and not relrowsecurity`,
  );

  expect(rows).toEqual([]);
  expect(tables.length).toBeGreaterThan(15);
  expect(functions.length).toBeGreaterThan(50);
});

test('anon may do nothing: read no table, write none, call no function', async () => {
  const { admin, tables, functions } = await database();

  for (const table of tables) {
    expect([table, await as(admin, 'anon', `select * from ${table}`)]).toEqual([table, refused]);
    expect([table, await as(admin, 'anon', `delete from ${table}`)]).toEqual([table, refused]);
    expect([table, await as(admin, 'anon', `insert into ${table} default values`)]).toEqual([table, refused]);
  }
  for (const call of functions) {
    expect([call, await as(admin, 'anon', `select ${call}`)]).toEqual([call, refused]);
  }
});

test('authenticated reads everything and changes nothing, neither by statement nor by function', async () => {
  const { admin, tables, functions } = await database();

  for (const table of tables) {
    expect([table, await as(admin, 'authenticated', `select * from ${table}`)]).toEqual([
      table,
      expect.objectContaining({ command: 'SELECT' }),
    ]);
    expect([table, await as(admin, 'authenticated', `delete from ${table}`)]).toEqual([table, refused]);
    expect([table, await as(admin, 'authenticated', `insert into ${table} default values`)]).toEqual([
      table,
      refused,
    ]);
  }
  for (const call of functions) {
    expect([call, await as(admin, 'authenticated', `select ${call}`)]).toEqual([call, refused]);
  }
  expect(await as(admin, 'authenticated', 'select slug from competitions')).toMatchObject({
    rows: [{ slug: 'titanic' }],
  });
  expect(await as(admin, 'authenticated', `update competitions set title = 'x'`)).toBe(refused);
});

test('service_role may do everything, through the functions as well', async () => {
  const { admin, tables, functions } = await database();
  const actor = `'${JSON.stringify(someActor)}'::jsonb`;

  for (const table of tables) {
    expect([table, await as(admin, 'service_role', `select * from ${table}`)]).toEqual([
      table,
      expect.objectContaining({ command: 'SELECT' }),
    ]);
    expect([table, await as(admin, 'service_role', `delete from ${table}`)]).toEqual([
      table,
      expect.objectContaining({ command: 'DELETE' }),
    ]);
  }
  for (const call of functions) {
    expect([call, await as(admin, 'service_role', `select ${call}`)]).not.toEqual([call, refused]);
  }
  expect(
    await as(
      admin,
      'service_role',
      `select transition_competition(id, 0, 'research_started', '{}', ${actor}) as answer from competitions`,
    ),
  ).toMatchObject({ rows: [{ answer: { outcome: 'moved' } }] });
  expect(await as(admin, 'service_role', `update competitions set state = 'training', version = 1`)).toBe(
    'KA001',
  );
});

test('nobody but us looks into the schema of the migrations', async () => {
  const { admin } = await database();

  for (const role of ['anon', 'authenticated', 'service_role']) {
    expect(await as(admin, role, 'select * from kaggle_agent.migrations')).toBe(refused);
  }
});
