import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { DelayedError, type Job } from 'bullmq';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { connectRedis } from '../../src/infra/redis.ts';
import { inspectRedis, tryRedisRights } from '../../src/infra/redis-facts.ts';
import { createRedisLocks } from '../../src/infra/redis-lock.ts';
import { requireUsableRedis } from '../../src/infra/redis-rules.ts';
import { createRedisSemaphore } from '../../src/infra/redis-semaphore.ts';
import { type QueueName, queueNames } from '../../src/jobs/catalog.ts';
import type { Flow, JobProcessor, Queues, QueueTuning, QueueWorker } from '../../src/jobs/queues.ts';
import { freshDatabase, testPool } from '../support/database.ts';
import { migrateQueues } from '../support/job-nodes.ts';
import { openQueues, type QueuePlace } from '../support/queue-place.ts';
import { findRedisServer, startRedis, startRedisCluster, type TestCluster } from '../support/redis.ts';

const binary = findRedisServer();
if (binary === null)
  console.warn('no redis-server 6.2 or newer here: the queues are tested on Postgres alone');
const waiting = { timeout: 20_000, interval: 20 };
const backends = ['Postgres', 'a single Redis', 'a Redis Cluster'] as const;
type Backend = (typeof backends)[number];

let cluster: TestCluster | undefined;
const ends: (() => Promise<void>)[] = [];
beforeAll(async () => {
  if (binary !== null) cluster = await startRedisCluster(binary, (end) => ends.push(end));
});
afterAll(() => Promise.all(ends.map((end) => end())));

async function placeOn(backend: Backend): Promise<QueuePlace> {
  if (backend === 'Postgres') {
    const { connectionString } = await freshDatabase();
    await migrateQueues(testPool(connectionString, 1));
    return { connectionString, redisUrl: null };
  }
  if (backend === 'a single Redis') {
    return { connectionString: '', redisUrl: (await startRedis(binary ?? '')).url };
  }
  const { url, nodes } = cluster ?? expect.unreachable();
  await Promise.all(nodes.map((node) => node.flushall()));
  return { connectionString: '', redisUrl: url };
}

async function opened(place: QueuePlace, tuning?: QueueTuning): Promise<Queues> {
  const { queues, close } = await openQueues(place, tuning);
  onTestFinished(close);
  return queues;
}

function work(queues: Queues, name: QueueName, processor: JobProcessor, concurrency = 2): QueueWorker {
  const worker = queues.work(name, processor, { concurrency, onError: () => undefined });
  onTestFinished(() => worker.close(true));
  return worker;
}

describe.each(backends)('queues on %s', (backend) => {
  const queueTest = test.skipIf(backend !== 'Postgres' && binary === null);

  queueTest('a job is done once, however often its id is added, and in every queue', async () => {
    const queues = await opened(await placeOn(backend));
    const done: string[] = [];
    for (const name of queueNames) work(queues, name, async (job) => void done.push(`${name} ${job.id}`));

    for (const name of queueNames) {
      await queues.add(name, 'work', { a: 1 }, { jobId: 'e-1' });
      await queues.add(name, 'work', { a: 2 }, { jobId: 'e-1' });
    }
    await queues.add('human', 'work', {}, { jobId: 'e-2' });

    await vi.waitFor(() => expect(done).toHaveLength(queueNames.length + 1), waiting);
    const counts = await queues.counts();
    expect(Object.keys(counts).sort()).toEqual([...queueNames].sort());
    await vi.waitFor(
      async () => expect((await queues.counts()).human).toMatchObject({ completed: 2 }),
      waiting,
    );
    expect(new Set(done).size).toBe(done.length);
  });

  queueTest('a job waits for its time, and one that is put off uses up no attempt', async () => {
    const queues = await opened(await placeOn(backend));
    const starts: string[] = [];
    const lateMs = 400;
    let lateAt = 0;
    work(queues, 'research', async (job, token) => {
      starts.push(`${job.id} ${job.attemptsMade}`);
      if (job.id === 'late') lateAt = Date.now();
      if (job.id === 'put-off' && starts.filter((start) => start.startsWith('put-off')).length < 3) {
        await job.moveToDelayed(Date.now() + 30, token);
        throw new DelayedError();
      }
    });

    const addedAt = Date.now();
    await queues.add('research', 'work', {}, { jobId: 'late', delay: lateMs });
    await queues.add('research', 'work', {}, { jobId: 'put-off' });

    await vi.waitFor(() => expect(starts).toHaveLength(4), waiting);
    expect(starts.filter((start) => start.startsWith('put-off'))).toEqual([
      'put-off 0',
      'put-off 0',
      'put-off 0',
    ]);
    expect(starts).toContain('late 0');
    expect(lateAt - addedAt).toBeGreaterThanOrEqual(lateMs);
  });

  queueTest('a job that fails is tried again as often as it may be', async () => {
    const queues = await opened(await placeOn(backend));
    const starts: number[] = [];
    work(queues, 'gpu', async (job) => {
      starts.push(job.attemptsMade);
      throw new Error('not this time');
    });

    await queues.add(
      'gpu',
      'work',
      {},
      { jobId: 'again', attempts: 3, backoff: { type: 'fixed', delay: 20 } },
    );

    await vi.waitFor(async () => expect((await queues.counts()).gpu).toMatchObject({ failed: 1 }), waiting);
    expect(starts).toEqual([0, 1, 2]);
  });

  queueTest('what is more urgent comes first', async () => {
    const queues = await opened(await placeOn(backend));
    for (const [index, priority] of [300, 100, 200].entries()) {
      await queues.add('codegen', 'work', { priority }, { jobId: `job-${index}`, priority });
    }
    const order: unknown[] = [];

    work(queues, 'codegen', async ({ data }) => void order.push(data.priority), 1);

    await vi.waitFor(() => expect(order).toEqual([100, 200, 300]), waiting);
  });

  queueTest(
    'a join runs once, after all of its jobs, also when its flow is added again after one has failed',
    async () => {
      const queues = await opened(await placeOn(backend));
      const order: string[] = [];
      const isAddedAgain = Promise.withResolvers<void>();
      const record = async (job: Job) => {
        order.push(job.id ?? '');
        if (job.id === 'part-2') throw new Error('this one is broken');
        if (job.id === 'part-3') await isAddedAgain.promise;
      };
      work(queues, 'research', record);
      work(queues, 'human', record);
      const child = (id: string) => ({
        name: 'part',
        queueName: 'research',
        data: {},
        opts: { jobId: id, ignoreDependencyOnFailure: true },
      });
      const flow: Flow = {
        name: 'join',
        queueName: 'human',
        data: {},
        opts: { jobId: 'join' },
        children: ['part-1', 'part-2', 'part-3'].map(child),
      };

      await queues.addFlow(flow);
      const failed = async () => (await queues.counts()).research.failed;
      await vi.waitFor(async () => expect(await failed()).toBe(1), waiting);
      await queues.addFlow(flow);
      isAddedAgain.resolve();

      await vi.waitFor(async () => expect((await queues.counts()).human.completed).toBe(1), waiting);
      expect(order.toSorted()).toEqual(['join', 'part-1', 'part-2', 'part-3']);
      expect(order.at(-1)).toBe('join');
    },
  );

  queueTest('schedules are registered, changed, listed, removed, and tick', async () => {
    const queues = await opened(await placeOn(backend));
    const ticks: string[] = [];
    work(queues, 'schedule', async (job) => void ticks.push(job.name));

    await queues.upsertSchedule('often', 150, 'often', { tick: 'often' });
    await queues.upsertSchedule('hourly', 60_000, 'hourly', {});
    await queues.upsertSchedule('hourly', 3_600_000, 'hourly', {});
    await queues.upsertSchedule('gone', 60_000, 'gone', {});
    await queues.removeSchedule('gone');

    expect((await queues.listSchedules()).toSorted((a, b) => a.id.localeCompare(b.id))).toEqual([
      { id: 'hourly', everyMs: 3_600_000 },
      { id: 'often', everyMs: 150 },
    ]);
    await vi.waitFor(
      () => expect(ticks.filter((name) => name === 'often').length).toBeGreaterThan(2),
      waiting,
    );
  });

  queueTest('the job of a worker that is gone is given to another', async () => {
    const place = await placeOn(backend);
    const tuning = { lockDurationMs: 600, stalledIntervalMs: 200 };
    const dying = await openQueues(place, tuning);
    const begun = Promise.withResolvers<void>();
    const never = new Promise<void>(() => undefined);
    const dead = dying.queues.work(
      'submission',
      async () => {
        begun.resolve();
        await never;
      },
      { concurrency: 1, onError: () => undefined },
    );
    await dying.queues.add('submission', 'work', {}, { jobId: 'orphan' });
    await begun.promise;
    // it says no goodbye and renews no lock, as after a kill
    await dead.close(true);
    await dying.close();
    const taken: (string | undefined)[] = [];

    const queues = await opened(place, tuning);
    work(queues, 'submission', async (job) => void taken.push(job.id));

    await vi.waitFor(() => expect(taken).toEqual(['orphan']), waiting);
  });
});

test.skipIf(binary === null)(
  'while Redis is away what is asked fails within its time, and then works again',
  async () => {
    const redis = await startRedis(binary ?? '');
    const queues = await opened({ connectionString: '', redisUrl: redis.url });
    await queues.counts();
    await redis.stop();

    const away = { kind: 'transient', code: 'queue.unreachable' };
    await expect(queues.add('human', 'work', {}, { jobId: 'e-1' })).rejects.toMatchObject(away);
    await expect(queues.counts()).rejects.toMatchObject(away);

    await startRedis(binary ?? '', redis.port);
    await vi.waitFor(() => queues.add('human', 'work', {}, { jobId: 'e-1' }), waiting);
  },
);

test.skipIf(binary === null)('a Cluster that hangs fails what is asked within its time', async () => {
  const { url, pids } = cluster ?? expect.unreachable();
  const queues = await opened({ connectionString: '', redisUrl: url }, { answerTimeoutMs: 500 });
  await vi.waitFor(() => queues.counts(), waiting);

  for (const pid of pids) process.kill(pid, 'SIGSTOP');
  try {
    await expect(queues.add('human', 'work', {}, { jobId: 'e-1' })).rejects.toMatchObject({
      kind: 'transient',
      code: 'queue.unreachable',
    });
  } finally {
    for (const pid of pids) process.kill(pid, 'SIGCONT');
  }
  await vi.waitFor(() => queues.counts(), waiting);
});

test.skipIf(binary === null)('workers end while Redis is away, once what they are at has ended', async () => {
  const redis = await startRedis(binary ?? '');
  const { queues, close } = await openQueues({ connectionString: '', redisUrl: redis.url });
  const begun = Promise.withResolvers<void>();
  const release = Promise.withResolvers<void>();
  const order: string[] = [];
  const worker = queues.work(
    'gpu',
    async () => {
      begun.resolve();
      await release.promise;
      order.push('job');
    },
    { concurrency: 1, onError: () => undefined },
  );
  await queues.add('gpu', 'work', {}, { jobId: 'e-1' });
  await begun.promise;
  await redis.stop();
  await vi.waitFor(() => expect(queues.counts()).rejects.toThrow(), waiting);

  const closing = worker.close().then(() => order.push('closed'));
  release.resolve();
  await closing;
  await close();

  expect(order).toEqual(['job', 'closed']);
});

const page = readFileSync(resolve(import.meta.dirname, '../../docs/how-to/redis.md'), 'utf8');
const ruleOfThePage = /^ACL SETUSER kaggle-agent on >PASSWORD (.*)$/m.exec(page)?.[1] ?? '';

test.skipIf(binary === null).each(['a single Redis', 'a Redis Cluster'] as const)(
  'the rights that the page names are enough for everything on %s, and no more',
  async (backend) => {
    const { redisUrl } = await placeOn(backend);
    const urls = (redisUrl ?? '').split(',');
    for (const url of urls) {
      const admin = new Redis(url);
      await admin.call('ACL', 'SETUSER', 'kaggle-agent', 'on', '>secret', ...ruleOfThePage.split(' '));
      admin.disconnect();
    }
    const url = urls.map((each) => each.replace('//', '//kaggle-agent:secret@')).join(',');
    const signal = AbortSignal.timeout(20_000);
    const queues = await opened({ connectionString: '', redisUrl: url });
    const { client, close } = connectRedis(url, {
      isCluster: backend === 'a Redis Cluster',
      onError: () => undefined,
    });
    onTestFinished(close);

    requireUsableRedis(await inspectRedis(url, { signal }));
    await tryRedisRights(client, signal);
    await (await createRedisLocks({ client }).hold('data', signal)).release();
    await (await createRedisSemaphore({ client, name: 'kaggle', limit: 3 }).acquire(signal))();
    const ended: string[] = [];
    for (const name of queueNames) work(queues, name, async (job) => void ended.push(job.name));
    await queues.upsertSchedule('often', 60_000, 'often', {});
    await queues.removeSchedule('often');
    await queues.add('gpu', 'late', {}, { jobId: 'e-1', delay: 50, priority: 100 });
    const children = [{ name: 'part', queueName: 'research', data: {} }];
    const last = { name: 'join', queueName: 'human', data: {}, opts: { jobId: 'e-2' } } as const;
    await queues.addFlow({ ...last, children });

    await vi.waitFor(
      () => expect(ended.sort()).toEqual(expect.arrayContaining(['join', 'late', 'part'])),
      waiting,
    );
    await queues.counts();
    await expect(client.get('of-somebody-else')).rejects.toThrow(/NOPERM/);
    await expect(client.call('FLUSHALL')).rejects.toThrow(/NOPERM/);
  },
);
