import pg from 'pg';
import { expect, test, vi } from 'vitest';
import { createChangeFeed } from '../../src/state/change-feed.ts';
import { anEvent } from '../support/builders.ts';
import { freshState } from '../support/database.ts';
import { aPostgresProxy } from '../support/postgres-proxy.ts';
import { silentLog } from '../support/silent-log.ts';
import { changeFeedContract, connected, listening, notified, patience } from './change-feed-contract.ts';

changeFeedContract('LISTEN', async () => {
  const { connectionString, adminConnectionString, pool, state } = await freshState();
  return {
    state,
    pool,
    open: () => createChangeFeed({ connectionString, log: silentLog }),
    async cut() {
      const admin = new pg.Client({ connectionString: adminConnectionString });
      await admin.connect();
      await admin.query(
        `select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'kaggle-agent changes' and datname = current_database()`,
      );
      await admin.end();
    },
  };
});

test('a network that swallows everything without closing is noticed', async () => {
  const { connectionString, pool } = await freshState();
  const proxy = await aPostgresProxy(connectionString);
  const feed = createChangeFeed({ connectionString: proxy.url, log: silentLog, keepAliveMs: 50 });
  const { notices } = listening(feed);
  await vi.waitFor(() => expect(notices).toEqual([connected]), patience);

  proxy.swallow();

  await vi.waitFor(() => expect(notices).toEqual([connected, connected]), patience);
  await anEvent(pool, { type: 'resumed' });
  await vi.waitFor(() => expect(notices.at(-1)).toEqual(notified('resumed')), patience);
});

test('a feed that is closed lets its connection go', async () => {
  const { connectionString, pool } = await freshState();
  const { feed, notices } = listening(createChangeFeed({ connectionString, log: silentLog }));
  await vi.waitFor(() => expect(notices).toEqual([connected]), patience);
  await feed.close();

  await vi.waitFor(async () => {
    const { rowCount } = await pool.query(
      `select 1 from pg_stat_activity where application_name = 'kaggle-agent changes' and datname = current_database()`,
    );
    expect(rowCount).toBe(0);
  }, patience);
});
