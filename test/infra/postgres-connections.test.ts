import pg from 'pg';
import { expect, onTestFinished, test, vi } from 'vitest';
import { takeDataLock } from '../../src/infra/data-lock.ts';
import { createPools } from '../../src/infra/postgres.ts';
import { queueNames } from '../../src/jobs/catalog.ts';
import { createQueues } from '../../src/jobs/queues.ts';
import { createChangeFeed } from '../../src/state/change-feed.ts';
import { freshDatabase, testPool } from '../support/database.ts';
import { migrateQueues } from '../support/job-nodes.ts';
import { silentLog } from '../support/silent-log.ts';

const most = 20;

test('pools, queues, LISTEN and data lock of one process together hold at most 20 connections under load', async () => {
  const { connectionString, adminConnectionString } = await freshDatabase();
  await migrateQueues(testPool(adminConnectionString, 1));
  const admin = new pg.Client({ connectionString: adminConnectionString });
  await admin.connect();
  onTestFinished(() => admin.end());
  const pools = createPools({ connectionString, log: silentLog });
  const backend = { kind: 'postgres', connection: pools.queue } as const;
  await admin.query('grant all on schema bullmq to agent');
  await admin.query('grant all on all tables in schema bullmq to agent');
  await admin.query('grant all on all sequences in schema bullmq to agent');
  const queues = createQueues(backend, { onError: () => undefined });
  const feed = createChangeFeed({ connectionString, log: silentLog });
  feed.subscribe(() => undefined);
  const holder = { pid: process.pid, url: '' };
  const lock = await takeDataLock({ connectionString, holder, log: silentLog, onLost: () => undefined });
  let done = 0;
  const count = async () => {
    done += 1;
  };
  const workers = queueNames.map((name) =>
    queues.work(name, count, { concurrency: 4, onError: () => undefined }),
  );
  onTestFinished(async () => {
    await Promise.all(workers.map((worker) => worker.close(true)));
    if (lock.outcome === 'held') await lock.lock.release();
    await feed.close();
    await queues.close();
    await pools.close();
  });

  const counts: number[] = [];
  const jobs = queueNames.flatMap((name) =>
    Array.from({ length: 10 }, (_, index) => queues.add(name, 'test', {}, { jobId: `job-${index}-a` })),
  );
  const statements = Array.from({ length: 40 }, () => pools.state.query('select pg_sleep(0.05)'));
  const load = Promise.all([...jobs, ...statements]);
  await vi.waitFor(
    async () => {
      const { rows } = await admin.query<{ count: number }>(
        `select count(*)::integer as count from pg_stat_activity
         where datname = current_database() and application_name like 'kaggle-agent%'`,
      );
      counts.push(rows[0]?.count ?? 0);
      expect(done).toBe(queueNames.length * 10);
    },
    { timeout: 20_000, interval: 5 },
  );
  await load;

  expect(Math.max(...counts)).toBeLessThanOrEqual(most);
  // The load was one: the pools were used up.
  expect(Math.max(...counts)).toBeGreaterThan(most / 2);
});
