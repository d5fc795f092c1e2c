import pg from 'pg';
import { expect, onTestFinished, test, vi } from 'vitest';
import { findLockHolder, type LockHolder, takeDataLock } from '../../src/infra/data-lock.ts';
import { type FreshDatabase, freshDatabase } from '../support/database.ts';
import { aPostgresProxy } from '../support/postgres-proxy.ts';
import { recordingLog } from '../support/silent-log.ts';

const patience = { timeout: 20_000 };
const url = 'http://127.0.0.1:4777/';

async function take(database: FreshDatabase, pid: number, holderUrl = url) {
  const { log, lines } = recordingLog();
  const lost: (LockHolder | null)[] = [];
  const answer = await takeDataLock({
    connectionString: database.connectionString,
    holder: { pid, url: holderUrl },
    log,
    onLost: (holder) => lost.push(holder),
  });
  if (answer.outcome === 'held') onTestFinished(() => answer.lock.release());
  return { answer, lines, lost };
}

async function cut({ adminConnectionString }: FreshDatabase): Promise<void> {
  const admin = new pg.Client({ connectionString: adminConnectionString });
  await admin.connect();
  await admin.query(
    `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and application_name like 'kaggle-agent worker%'`,
  );
  await admin.end();
}

test('one worker holds a database; the next one is told who and since when', async () => {
  const database = await freshDatabase();
  const startedAt = Date.now();
  expect(await findLockHolder(database.connectionString)).toBeNull();
  expect((await take(database, 4180)).answer.outcome).toBe('held');

  const { answer } = await take(database, 4181);

  expect(answer).toMatchObject({ outcome: 'taken', holder: { pid: 4180, url } });
  const holder = await findLockHolder(database.connectionString);
  expect(Math.abs((holder?.since.getTime() ?? 0) - startedAt)).toBeLessThan(60_000);
});

test('a worker without a page is known by its pid', async () => {
  const database = await freshDatabase();
  await take(database, 4180, '');

  const { answer } = await take(database, 4181);

  expect(answer).toMatchObject({ outcome: 'taken', holder: { pid: 4180, url: null } });
});

test('of many that start at once exactly one holds the database', async () => {
  const database = await freshDatabase();

  const answers = await Promise.all([1, 2, 3, 4, 5].map((pid) => take(database, pid)));

  expect(answers.filter(({ answer }) => answer.outcome === 'held')).toHaveLength(1);
});

test('a database that was let go can be taken by the next', async () => {
  const database = await freshDatabase();
  const { answer } = await take(database, 1);
  if (answer.outcome === 'held') await answer.lock.release();
  if (answer.outcome === 'held') await answer.lock.release();

  await vi.waitFor(async () => expect((await take(database, 2)).answer.outcome).toBe('held'), patience);
});

test('workers of different databases do not see each other', async () => {
  const [one, other] = [await freshDatabase(), await freshDatabase()];
  await take(one, 1);

  expect((await take(other, 2)).answer.outcome).toBe('held');
  expect(await findLockHolder(other.connectionString)).toMatchObject({ pid: 2 });
});

test('an address that is too long to be shown is left out, the process number never', async () => {
  const database = await freshDatabase();
  await take(database, 4180, `http://${'x'.repeat(80)}.example/`);

  expect(await findLockHolder(database.connectionString)).toMatchObject({ pid: 4180, url: null });
});

test('a lost connection is made again, and with it the hold', async () => {
  const database = await freshDatabase();
  const { lines, lost } = await take(database, 1);
  await cut(database);

  await vi.waitFor(
    () => expect(lines.map(({ message }) => message)).toContain('holds the database again'),
    patience,
  );
  expect(await findLockHolder(database.connectionString)).toMatchObject({ pid: 1 });
  expect(lost).toEqual([]);
});

test('a worker that lost the database to another is told to stop', async () => {
  const database = await freshDatabase();
  const { lost } = await take(database, 1);
  const thief = new pg.Client({
    connectionString: database.connectionString,
    application_name: `kaggle-agent worker 2 ${url}`,
  });
  await thief.connect();
  onTestFinished(() => thief.end());
  const waiting = thief.query(
    'select pg_advisory_lock(classid::int, objid::int) from pg_locks where locktype = $1 and objsubid = 2',
    ['advisory'],
  );
  await cutHolder(database, 1);
  await waiting;

  await vi.waitFor(() => expect(lost).toMatchObject([{ pid: 2, url }]), patience);
});

async function cutHolder({ adminConnectionString }: FreshDatabase, pid: number): Promise<void> {
  const admin = new pg.Client({ connectionString: adminConnectionString });
  await admin.connect();
  await vi.waitFor(async () => {
    const { rowCount } = await admin.query(
      `select 1 from pg_locks where locktype = 'advisory' and not granted and database = (select oid from pg_database where datname = current_database())`,
    );
    expect(rowCount).toBe(1);
  }, patience);
  await admin.query(
    `select pg_terminate_backend(pid) from pg_stat_activity where application_name like $1 and datname = current_database()`,
    [`kaggle-agent worker ${pid} %`],
  );
  await admin.end();
}

test('a network that swallows everything without closing is noticed, and the database held again', async () => {
  const database = await freshDatabase();
  const proxy = await aPostgresProxy(database.connectionString);
  const { log, lines } = recordingLog();
  const lost: (LockHolder | null)[] = [];
  const answer = await takeDataLock({
    connectionString: proxy.url,
    holder: { pid: 4180, url },
    log,
    askEveryMs: 50,
    answerTimeoutMs: 1_000,
    onLost: (holder) => lost.push(holder),
  });
  if (answer.outcome === 'held') onTestFinished(() => answer.lock.release());

  proxy.swallow();
  await vi.waitFor(
    () =>
      expect(lines.map(({ message }) => message)).toContain(
        'the connection that holds the database was lost',
      ),
    patience,
  );
  // The server has noticed nothing yet: to it the old connection holds the lock, which is no other worker's.
  await cut(database);

  await vi.waitFor(
    () => expect(lines.map(({ message }) => message)).toContain('holds the database again'),
    patience,
  );
  expect(lost).toEqual([]);
});
