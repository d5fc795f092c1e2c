import { expect, onTestFinished, test } from 'vitest';
import { claimDatabase, openDatabase } from '../../src/app/database.ts';
import { stateChecks } from '../../src/app/doctor-state.ts';
import type { Config } from '../../src/config/load.ts';
import { createClosers } from '../../src/infra/closers.ts';
import { readInstallation } from '../../src/state/alerts.ts';
import type { ChangeNotice } from '../../src/state/change-feed.ts';
import { anEvent } from '../support/builders.ts';
import { type FreshDatabase, freshDatabase, testPool } from '../support/database.ts';
import { startPostgrestStandIn } from '../support/postgrest.ts';
import { startRealtimeEmulator } from '../support/realtime.ts';
import { silentLog as log } from '../support/silent-log.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { loadTestConfig } from '../support/test-config.ts';

const root = new URL('../..', import.meta.url).pathname;
const secretKey = 'sb_secret_of_the_tests';
const patience = { timeout: 20_000 };

function configOf(environment: Record<string, string>): Config {
  return loadTestConfig({ REDIS_URL: 'redis://127.0.0.1:6379', ...environment });
}

/** A Supabase project over a database. */
async function aProject({ adminConnectionString }: FreshDatabase) {
  const rest = await startPostgrestStandIn({ connectionString: adminConnectionString });
  onTestFinished(() => rest.close());
  return { ...rest, settings: { SUPABASE_URL: rest.url, SUPABASE_SERVICE_ROLE_KEY: secretKey } };
}

async function open(environment: Record<string, string>) {
  const closers = createClosers({ log, timeoutMs: 10_000 });
  onTestFinished(() => closers.close());
  const database = await openDatabase({
    config: configOf(environment),
    root,
    dataFolder: await tempFolder(),
    log,
    closers,
    signal: AbortSignal.timeout(60_000),
    onLost: () => undefined,
  });
  return { database, closers };
}

test('a Supabase project is used over HTTPS alone, and Realtime tells of its changes', async () => {
  const fresh = await freshDatabase();
  const { settings, server } = await aProject(fresh);
  const realtime = await startRealtimeEmulator({ connectionString: fresh.adminConnectionString, server });
  onTestFinished(() => realtime.close());

  const { database } = await open(settings);
  const feed = database.openFeed(log);
  onTestFinished(() => feed.close());
  const notices: ChangeNotice[] = [];
  feed.subscribe((notice) => notices.push(notice));
  await expect.poll(() => notices, patience).toContainEqual({ kind: 'connected' });
  await anEvent(testPool(fresh.connectionString, 1), { type: 'paused' });

  expect(database).toMatchObject({
    direct: null,
    migrations: 0,
    description: 'Supabase project of SUPABASE_URL',
  });
  expect(await readInstallation(database.state)).toMatch(/^[0-9a-f-]{36}$/);
  await expect.poll(() => notices, patience).toContainEqual({ kind: 'notified', payload: 'paused' });
});

test('a Supabase project without our tables, with older ones and with newer ones is told apart, and left alone', async () => {
  const empty = await freshDatabase({ empty: true });
  await expect(open((await aProject(empty)).settings)).rejects.toMatchObject({
    kind: 'configuration',
    code: 'state.not_migrated',
    message: expect.stringContaining('DATABASE_URL'),
  });

  const made = await freshDatabase();
  const pool = testPool(made.connectionString, 1);
  const { settings } = await aProject(made);
  await pool.query(
    'delete from kaggle_agent.migrations where name = (select max(name) from kaggle_agent.migrations)',
  );
  await expect(open(settings)).rejects.toMatchObject({
    code: 'state.not_migrated',
    message: expect.stringContaining('older than this version'),
  });
  await pool.query(`insert into kaggle_agent.migrations (name, checksum) values ('9999_next.sql', '')`);
  await expect(open(settings)).rejects.toMatchObject({
    kind: 'configuration',
    code: 'migration.newer',
    message: expect.stringContaining('9999_next.sql'),
  });
});

test('with DATABASE_URL beside it the tables are made there once, and the work goes over HTTPS', async () => {
  const empty = await freshDatabase({ empty: true });
  const settings = { ...(await aProject(empty)).settings, DATABASE_URL: empty.connectionString };

  const { database } = await open(settings);

  expect(database.direct).toBeNull();
  expect(database.migrations).toBeGreaterThan(10);
  expect((await open(settings)).database.migrations).toBe(0);
  const { rows } = await testPool(empty.adminConnectionString, 1).query(
    `select application_name from pg_stat_activity where datname = current_database() and application_name like 'kaggle-agent%'`,
  );
  expect(rows).toEqual([]);
});

test('SUPABASE_URL and DATABASE_URL of two databases are refused', async () => {
  const [one, other] = [await freshDatabase(), await freshDatabase()];
  await testPool(other.connectionString, 1).query('update installation set id = gen_random_uuid()');

  const { settings } = await aProject(one);
  await expect(open({ ...settings, DATABASE_URL: other.connectionString })).rejects.toMatchObject({
    kind: 'configuration',
    code: 'state.two_databases',
    message: expect.stringMatching(/SUPABASE_URL.*DATABASE_URL/),
  });
});

test('a Postgres of DATABASE_URL is used directly, by one worker at a time', async () => {
  const fresh = await freshDatabase();
  const { database, closers } = await open({ DATABASE_URL: fresh.connectionString });
  const claim = () =>
    claimDatabase(database, { url: '', isShared: true, log, closers, onLost: () => undefined });

  expect(database).toMatchObject({ supabase: null, description: 'Postgres of DATABASE_URL' });
  expect(database.direct).not.toBeNull();
  await claim();
  await expect(claim()).rejects.toMatchObject({
    code: 'agent.already_running',
    message: expect.stringContaining('REDIS_URL'),
  });
});

async function findings(environment: Record<string, string>, limits: { joinTimeoutMs?: number } = {}) {
  const session = { settings: { config: configOf(environment) }, logging: { log } };
  const checks = stateChecks(session, limits);
  return await Promise.all(
    checks.map(async ({ port, look }) => ({ port, ...(await look(AbortSignal.timeout(20_000))) })),
  );
}

test('doctor uses a Supabase project and its Realtime for real, and says what is open in it', async () => {
  const fresh = await freshDatabase();
  const { settings, server } = await aProject(fresh);
  const pool = testPool(fresh.connectionString, 1);
  const without = await findings(settings, { joinTimeoutMs: 1_000 });
  const realtime = await startRealtimeEmulator({ connectionString: fresh.adminConnectionString, server });
  onTestFinished(() => realtime.close());

  expect(without).toMatchObject([
    { port: 'state', status: 'ok', message: expect.stringContaining('writes and reads') },
    { port: 'feed', status: 'warn', next: expect.stringContaining('switch Realtime on') },
  ]);
  await pool.query('grant select on chats to anon');
  expect(await findings(settings)).toMatchObject([
    { status: 'warn', message: expect.stringContaining('anon may use table chats') },
    { status: 'ok', message: expect.stringContaining('Supabase Realtime, told of a change') },
  ]);
  expect((await pool.query('select from events')).rowCount).toBe(0);
});

test('doctor says of a wrong key which setting it is, and of a Postgres what it lacks', async () => {
  const fresh = await freshDatabase();
  const { settings } = await aProject(fresh);
  const empty = await freshDatabase({ empty: true });

  expect(
    await findings(
      { ...settings, SUPABASE_SERVICE_ROLE_KEY: 'sb_publishable_of_the_tests' },
      { joinTimeoutMs: 1_000 },
    ),
  ).toMatchObject([
    { port: 'state', status: 'error', message: expect.stringContaining('SUPABASE_SERVICE_ROLE_KEY') },
    { port: 'feed' },
  ]);
  expect(await findings({ DATABASE_URL: fresh.connectionString })).toMatchObject([
    {
      status: 'ok',
      message: expect.stringMatching(/Postgres of DATABASE_URL \(version .*, not encrypted\), writes/),
    },
    { status: 'ok', message: expect.stringContaining('LISTEN/NOTIFY, told of a change') },
  ]);
  expect(await findings({ DATABASE_URL: empty.connectionString })).toMatchObject([
    { status: 'ok', message: expect.stringContaining('which the next start applies') },
    { status: 'ok', message: expect.stringContaining('no tables yet') },
  ]);
});
