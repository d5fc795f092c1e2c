import pg from 'pg';
import { expect, onTestFinished, test, vi } from 'vitest';
import { createPools, withSearchPath } from '../../src/infra/postgres.ts';
import { freshDatabase } from '../support/database.ts';
import { recordingLog } from '../support/silent-log.ts';

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
    connectionString: withSearchPath(`${connectionString}?options=-c%20work_mem%3D5MB`, 'bullmq'),
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

test('both pools together stay below what one process may hold', async () => {
  const { state, queue } = await pools();

  expect((state.options.max ?? 0) + (queue.options.max ?? 0) + 2).toBe(20);
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

  await vi.waitFor(() => expect(lines.filter(({ level }) => level === 'warn')).toHaveLength(2));
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
  });
});
