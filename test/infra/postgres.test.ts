import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { expect, onTestFinished, test, vi } from 'vitest';
import { createPools, withServerSettings } from '../../src/infra/postgres.ts';
import { freshDatabase } from '../support/database.ts';
import { aPostgresProxy } from '../support/postgres-proxy.ts';
import { recordingLog } from '../support/silent-log.ts';

const patience = { timeout: 20_000 };

async function pools(options: { statementTimeoutMs?: number } = {}) {
  const database = await freshDatabase();
  const { log, lines } = recordingLog();
  const created = createPools({ connectionString: database.connectionString, log, ...options });
  onTestFinished(() => created.close());
  return { ...created, ...database, lines };
}

test('the pool of the state looks into public, that of the queue into its own schema, whatever the address says', async () => {
  const { state, queue, connectionString } = await pools();
  const settings = async (pool: pg.Pool) =>
    (
      await pool.query(
        `select current_setting('search_path') as path, current_setting('application_name') as name`,
      )
    ).rows[0];

  expect(await settings(state)).toEqual({ path: 'public', name: 'kaggle-agent state' });
  expect(await settings(queue)).toEqual({ path: 'bullmq', name: 'kaggle-agent queue' });
  const client = new pg.Client({
    connectionString: withServerSettings(`${connectionString}?options=-c%20work_mem%3D5MB`, {
      search_path: 'bullmq',
    }),
  });
  await client.connect();
  const { rows } = await client.query(
    `select current_setting('search_path') as path, current_setting('work_mem') as memory`,
  );
  await client.end();
  expect(rows).toEqual([{ path: 'bullmq', memory: '5MB' }]);
});

test('a statement that takes too long is ended by the server', async () => {
  const { state } = await pools({ statementTimeoutMs: 100 });

  await expect(state.query('select pg_sleep(20)')).rejects.toMatchObject({ code: '57014' });
});

test('connections that the server cuts end neither the process nor the pools, idle or in use', async () => {
  const { state, queue, adminConnectionString, lines } = await pools();
  await queue.query('select 1');
  const inUse = await state.connect();
  await state.query('select 1');
  const admin = new pg.Client({ connectionString: adminConnectionString });
  await admin.connect();
  await admin.query(
    'select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()',
  );
  await admin.end();

  await vi.waitFor(() => expect(lines.filter(({ level }) => level === 'warn')).toHaveLength(2), patience);
  await expect(inUse.query('select 1')).rejects.toThrow();
  inUse.release(true);
  expect((await state.query('select 1 as one')).rows).toEqual([{ one: 1 }]);
  expect((await queue.query('select 1 as one')).rows).toEqual([{ one: 1 }]);
});

test('pools that are closed let all connections go, and closing twice is no error', async () => {
  const { state, close, adminConnectionString } = await pools();
  await state.query('select 1');
  await close();
  await close();
  const admin = new pg.Client({ connectionString: adminConnectionString });
  await admin.connect();
  onTestFinished(() => admin.end());

  await vi.waitFor(async () => {
    const { rowCount } = await admin.query(
      'select 1 from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()',
    );
    expect(rowCount).toBe(0);
  }, patience);
});

test('transactions are Read Committed, whatever the database makes the default', async () => {
  const { state, queue, adminConnectionString } = await pools();
  const admin = new pg.Client({ connectionString: adminConnectionString });
  await admin.connect();
  await admin.query(
    `do $$ begin execute format('alter database %I set default_transaction_isolation to serializable', current_database()); end $$`,
  );
  await admin.end();
  const plain = new pg.Client({ connectionString: adminConnectionString });
  await plain.connect();
  expect((await plain.query('show transaction_isolation')).rows).toEqual([
    { transaction_isolation: 'serializable' },
  ]);
  await plain.end();

  for (const pool of [state, queue]) {
    expect((await pool.query('show transaction_isolation')).rows).toEqual([
      { transaction_isolation: 'read committed' },
    ]);
  }
});

test('each new connection goes to the address of its moment', async () => {
  const { connectionString, adminConnectionString } = await freshDatabase();
  const name = `rotated_${randomBytes(4).toString('hex')}`;
  const admin = new pg.Client({ connectionString: adminConnectionString });
  await admin.connect();
  await admin.query(`create role ${name} login password 'first'`);
  const address = new URL(connectionString);
  address.username = name;
  address.password = 'first';
  const { log } = recordingLog();
  const { state, close } = createPools({ connectionString: () => address.href, log });
  onTestFinished(async () => {
    await close();
    await admin.query(`drop role ${name}`);
    await admin.end();
  });
  const held = await state.connect();

  await admin.query(`alter role ${name} password 'second'`);
  await expect(state.query('select 1')).rejects.toMatchObject({ code: '28P01' });
  address.password = 'second';

  expect((await state.query('select current_user as name')).rows).toEqual([{ name }]);
  expect((await held.query('select 1 as one')).rows).toEqual([{ one: 1 }]);
  held.release();
});

test('a network that swallows everything without closing costs one statement its time, and no more', async () => {
  const { connectionString } = await freshDatabase();
  const proxy = await aPostgresProxy(connectionString);
  const { log } = recordingLog();
  const { state, close } = createPools({
    connectionString: proxy.url,
    log,
    statementTimeoutMs: 1_000,
    lostAnswerMs: 500,
    stateConnections: 1,
  });
  onTestFinished(close);
  await state.query('select 1');

  proxy.swallow();

  await expect(state.query('select 2 as n')).rejects.toThrow(/timeout/i);
  expect((await state.query('select 3 as n')).rows).toEqual([{ n: 3 }]);
});

test('a database that is away for a while is found again by the next statement', async () => {
  const { connectionString } = await freshDatabase();
  const proxy = await aPostgresProxy(connectionString);
  const { log } = recordingLog();
  const { state, close } = createPools({ connectionString: proxy.url, log });
  onTestFinished(close);
  const inUse = await state.connect();
  const asked = inUse.query('select pg_sleep(20)');

  await Promise.all([proxy.close(), expect(asked).rejects.toThrow()]);
  inUse.release(true);
  await expect(state.query('select 1')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  await proxy.open();

  expect((await state.query('select 4 as n')).rows).toEqual([{ n: 4 }]);
});
