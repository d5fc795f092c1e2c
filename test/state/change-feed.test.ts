import { connect, createServer, type Socket } from 'node:net';
import pg from 'pg';
import { expect, onTestFinished, test, vi } from 'vitest';
import { type ChangeNotice, createChangeFeed } from '../../src/state/change-feed.ts';
import { replayEvents } from '../../src/state/outbox.ts';
import { anEvent, someActor } from '../support/builders.ts';
import { freshState } from '../support/database.ts';
import { silentLog } from '../support/silent-log.ts';

const patience = { timeout: 10_000 };

function listening(connectionString: string, options: { keepAliveMs?: number } = {}) {
  const notices: ChangeNotice[] = [];
  const feed = createChangeFeed({ connectionString, log: silentLog, ...options });
  onTestFinished(() => feed.close());
  const unsubscribe = feed.subscribe((notice) => notices.push(notice));
  return { feed, notices, unsubscribe };
}

const connected: ChangeNotice = { kind: 'connected' };
const notified = (payload: string): ChangeNotice => ({ kind: 'notified', payload });

test('whoever listens is told when it is connected, and of every event that is written', async () => {
  const { connectionString, pool, state } = await freshState();
  const { notices } = listening(connectionString);
  await vi.waitFor(() => expect(notices).toEqual([connected]), patience);

  const id = await anEvent(pool, { type: 'code_ready' });
  await replayEvents(state, id, id, someActor);

  await vi.waitFor(
    () => expect(notices).toEqual([connected, notified('code_ready'), notified('replay')]),
    patience,
  );
});

test('an event that is rolled back is told to nobody', async () => {
  const { connectionString, pool } = await freshState();
  const { notices } = listening(connectionString);
  await vi.waitFor(() => expect(notices).toEqual([connected]), patience);
  await pool.query(`begin; insert into events (type, actor) values ('paused', '{}'); rollback`);
  await anEvent(pool, { type: 'resumed' });

  await vi.waitFor(() => expect(notices).toEqual([connected, notified('resumed')]), patience);
});

test('a connection that is cut is made again, and its listeners look for what they missed', async () => {
  const { connectionString, adminConnectionString, pool } = await freshState();
  const { notices } = listening(connectionString);
  await vi.waitFor(() => expect(notices).toEqual([connected]), patience);
  const admin = new pg.Client({ connectionString: adminConnectionString });
  await admin.connect();
  await admin.query(
    `select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'kaggle-agent changes' and datname = current_database()`,
  );
  await admin.end();

  await vi.waitFor(() => expect(notices).toEqual([connected, connected]), patience);
  await anEvent(pool, { type: 'resumed' });
  await vi.waitFor(() => expect(notices.at(-1)).toEqual(notified('resumed')), patience);
});

test('a network that swallows everything without closing is noticed', async () => {
  const { connectionString, pool } = await freshState();
  const proxy = await aProxy(connectionString);
  const { notices } = listening(proxy.url, { keepAliveMs: 50 });
  await vi.waitFor(() => expect(notices).toEqual([connected]), patience);

  proxy.swallow();

  await vi.waitFor(() => expect(notices).toEqual([connected, connected]), { timeout: 20_000 });
  await anEvent(pool, { type: 'resumed' });
  await vi.waitFor(() => expect(notices.at(-1)).toEqual(notified('resumed')), patience);
});

/** A way to the database whose present connections can be made to swallow all bytes; later ones work. */
async function aProxy(connectionString: string): Promise<{ url: string; swallow: () => void }> {
  const target = new URL(connectionString);
  const pairs = new Set<[Socket, Socket]>();
  const server = createServer((near) => {
    const far = connect(Number(target.port), target.hostname);
    pairs.add([near, far]);
    near.on('error', () => far.destroy());
    far.on('error', () => near.destroy());
    near.pipe(far);
    far.pipe(near);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    for (const [near, far] of pairs) {
      near.destroy();
      far.destroy();
    }
    server.close();
  });
  const address = server.address();
  const url = new URL(connectionString);
  url.port = String(typeof address === 'object' ? address?.port : '');
  return {
    url: url.href,
    swallow() {
      for (const [near, far] of pairs) {
        near.unpipe();
        far.unpipe();
        near.resume();
        far.resume();
      }
    },
  };
}

test('a listener that comes late is told at once that it is connected; one that left is told nothing', async () => {
  const { connectionString, pool } = await freshState();
  const { feed, notices, unsubscribe } = listening(connectionString);
  await vi.waitFor(() => expect(notices).toEqual([connected]), patience);
  const late: ChangeNotice[] = [];
  feed.subscribe((notice) => late.push(notice));
  unsubscribe();
  await vi.waitFor(() => expect(late).toEqual([connected]), patience);
  await anEvent(pool, { type: 'paused' });

  await vi.waitFor(() => expect(late).toEqual([connected, notified('paused')]), patience);
  expect(notices).toEqual([connected]);
});

test('a listener that throws does not keep the others from hearing', async () => {
  const { connectionString } = await freshState();
  const { feed, notices } = listening(connectionString);
  feed.subscribe(() => {
    throw new Error('broken listener');
  });
  const last: ChangeNotice[] = [];
  feed.subscribe((notice) => last.push(notice));

  await vi.waitFor(() => expect([notices, last]).toEqual([[connected], [connected]]), patience);
});

test('a feed that is closed lets its connection go, at whatever moment', async () => {
  const { connectionString, pool } = await freshState();
  const early = createChangeFeed({ connectionString, log: silentLog });
  await early.close();
  const { feed, notices } = listening(connectionString);
  await vi.waitFor(() => expect(notices).toEqual([connected]), patience);
  await feed.close();
  await feed.close();

  await vi.waitFor(async () => {
    const { rowCount } = await pool.query(
      `select 1 from pg_stat_activity where application_name = 'kaggle-agent changes' and datname = current_database()`,
    );
    expect(rowCount).toBe(0);
  }, patience);
});
