import type pg from 'pg';
import { expect, onTestFinished, test } from 'vitest';
import { z } from 'zod';
import { watchedTables } from '../../src/state/realtime-connection.ts';
import { aCompetition, someActor } from '../support/builders.ts';
import { freshState, testPool } from '../support/database.ts';
import { startPostgrestStandIn } from '../support/postgrest.ts';
import { type ApiRole, keyFor } from '../support/supabase-keys.ts';

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

test('every table has a policy for service_role, which may be no role that bypasses them', async () => {
  const { admin } = await database();
  const { rows } = await admin.query(
    `select tablename from pg_tables t where schemaname = 'public' and not exists (
       select from pg_policies p where p.schemaname = 'public' and p.tablename = t.tablename
         and 'service_role' = any (p.roles) and p.cmd = 'ALL' and p.qual = 'true' and p.with_check = 'true')`,
  );

  expect(rows).toEqual([]);
});

test('no function is for anybody but service_role, and one that runs as its owner has a fixed search path', async () => {
  const { admin } = await database();
  const { rows: open } = await admin.query(
    `select p.oid::regprocedure::text as name, r.rolname from pg_proc p, pg_roles r
     where p.pronamespace in ('public'::regnamespace, 'kaggle_agent'::regnamespace)
       and r.rolname in ('anon', 'authenticated') and has_function_privilege(r.oid, p.oid, 'execute')
     union all
     select p.oid::regprocedure::text, 'public' from pg_proc p, aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a
     where p.pronamespace = 'public'::regnamespace and a.grantee = 0`,
  );
  const { rows: definers } = await admin.query<{ name: string; path: string | null }>(
    `select p.proname as name, (select c from unnest(p.proconfig) c where c like 'search_path=%') as path
     from pg_proc p where p.pronamespace = 'public'::regnamespace and p.prosecdef`,
  );
  const { rows: loose } = await admin.query(
    `select p.oid::regprocedure::text as name from pg_proc p
     where p.pronamespace = 'public'::regnamespace
       and not exists (select from unnest(p.proconfig) c where c like 'search_path=%')`,
  );

  expect(open).toEqual([]);
  expect(definers).toEqual([{ name: 'read_schema_version', path: 'search_path=pg_catalog, pg_temp' }]);
  expect(loose).toEqual([]);
});

test('what a later migration makes is closed from the start, but for row level security, which it is told of', async () => {
  const { pool, state, admin } = await database();
  const exposed = () => state.call('list_exposed', {}, z.array(z.string()));
  expect(await exposed()).toEqual([]);

  await pool.query(`create table later (id bigint generated always as identity, note text);
                    create function later_still() returns jsonb language sql as 'select to_jsonb(1)'`);

  expect(await exposed()).toEqual(['table later has no row level security']);
  for (const role of ['anon', 'authenticated']) {
    expect(await as(admin, role, 'select * from later')).toBe(refused);
    expect(await as(admin, role, 'select later_still()')).toBe(refused);
    expect(await as(admin, role, `select nextval('later_id_seq')`)).toBe(refused);
  }
  expect(await as(admin, 'service_role', `insert into later (note) values ('x')`)).toMatchObject({
    rowCount: 1,
  });
  expect(await as(admin, 'service_role', 'select later_still()')).toMatchObject({ rowCount: 1 });
});

test('whatever somebody opens is found', async () => {
  const { pool, state } = await database();
  await pool.query(`grant select on chats to anon; grant select on cards to authenticated;
                    grant update (title) on competitions to authenticated;
                    grant execute on function read_installation() to public;
                    create function as_owner() returns jsonb language sql security definer as 'select to_jsonb(1)'`);

  expect(await state.call('list_exposed', {}, z.array(z.string()))).toEqual([
    'anon may call function read_installation()',
    'anon may use table chats',
    'authenticated may call function read_installation()',
    'authenticated may change table competitions',
    'authenticated may read all of table cards',
    'function as_owner() runs as its owner without a fixed search path',
  ]);
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

/** Nothing of these is for a dashboard, not one column. */
const closed = [
  'audit_log',
  'card_deliveries',
  'cards',
  'chats',
  'digests',
  'installation',
  'preferences',
  'workers',
];
/** Who people are, what was written, where things run, and what a claim or a lease is held with. */
const secret =
  /actor|_by|name$|payload|details|draft|note|message|spec|report|bundle|key|host|worker|instance|offer|memory|content|token|lease|object|progress|params|error$|url|run_id|storage|prompt|resume$|citations|asked|evidence|text$|taught|profile|image|plan/;
/** Of approaches, which we name ourselves; and sizes, which only look like who did something. */
const harmless = new Set(['approaches.name', 'data_downloads.done_bytes', 'data_downloads.total_bytes']);

test('authenticated reads the columns of a dashboard, changes nothing, and calls nothing', async () => {
  const { admin, tables, functions } = await database();
  const { rows } = await admin.query<{ table: string; column: string }>(
    `select table_name as table, column_name as column from information_schema.column_privileges
     where grantee = 'authenticated' and table_schema = 'public' and privilege_type = 'SELECT' order by 1, 2`,
  );
  const readable = new Map<string, string[]>();
  for (const { table, column } of rows) readable.set(table, [...(readable.get(table) ?? []), column]);

  expect([...readable.keys()].filter((table) => closed.includes(table))).toEqual([]);
  expect(
    rows
      .map(({ table, column }) => `${table}.${column}`)
      .filter((name) => secret.test(name.split('.')[1] ?? '') && !harmless.has(name)),
  ).toEqual([]);
  for (const table of tables) {
    const columns = readable.get(table);
    const read = columns === undefined ? '*' : columns.map((column) => `"${column}"`).join(', ');
    expect([table, await as(admin, 'authenticated', `select ${read} from ${table}`)]).toEqual([
      table,
      columns === undefined ? refused : expect.objectContaining({ command: 'SELECT' }),
    ]);
    if (table !== 'competition_moves') {
      expect([table, await as(admin, 'authenticated', `select * from ${table}`)]).toEqual([table, refused]);
    }
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

test('over the API each role gets what its grants say', async () => {
  const { adminConnectionString } = await database();
  const server = await startPostgrestStandIn({ connectionString: adminConnectionString });
  onTestFinished(() => server.close());
  const get = async (role: ApiRole, path: string) => {
    const headers = { apikey: keyFor(role) };
    const response = await fetch(`${server.url}/rest/v1/${path}`, { headers });
    return { status: response.status, body: await response.json() };
  };

  expect(await get('anon', 'competitions?select=slug')).toMatchObject({
    status: 401,
    body: { code: refused },
  });
  expect(await get('authenticated', 'competitions?select=slug')).toEqual({
    status: 200,
    body: [{ slug: 'titanic' }],
  });
  for (const path of ['competitions?select=slug,requested_by', 'competitions', 'chats?select=channel']) {
    expect(await get('authenticated', path)).toMatchObject({ status: 403, body: { code: refused } });
  }
  expect((await get('service_role', 'chats')).status).toBe(200);
  expect(await get('service_role', 'migrations')).toMatchObject({ status: 404, body: { code: 'PGRST205' } });
});

test('Realtime may publish the four tables that it watches, with no more of a row than its key', async () => {
  const { admin } = await database();
  const { rows } = await admin.query(
    `select t.tablename as name, c.relreplident as identity from pg_publication_tables t
     join pg_class c on c.oid = format('public.%I', t.tablename)::regclass
     where pubname = 'supabase_realtime' and schemaname = 'public' order by 1`,
  );

  expect(rows).toEqual(watchedTables.toSorted().map((name) => ({ name, identity: 'd' })));
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
