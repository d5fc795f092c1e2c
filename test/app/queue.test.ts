import { expect, onTestFinished, test, vi } from 'vitest';
import { queueChecks } from '../../src/app/doctor-queue.ts';
import { openQueue, type Queueing } from '../../src/app/queue.ts';
import { loadSettings } from '../../src/config/load.ts';
import { createClosers } from '../../src/infra/closers.ts';
import { freePort } from '../support/free-port.ts';
import { findRedisServer, startRedis, startRedisCluster } from '../support/redis.ts';
import { recordingLog, silentLog } from '../support/silent-log.ts';

const binary = findRedisServer();
const redisTest = test.skipIf(binary === null);
if (binary === null) console.warn('no redis-server 6.2 or newer here: a start on it is not tested');
const signal = AbortSignal.timeout(600_000);
const waiting = { timeout: 20_000, interval: 20 };

function settingsWith(redisUrl: string | null) {
  return loadSettings({
    environment: redisUrl === null ? {} : { REDIS_URL: redisUrl },
    envFile: null,
    flags: {},
    cores: 2,
    baseFolder: '/project',
    homeFolder: '/home/mika',
  });
}

/** On Redis the database is asked for nothing. */
const noDatabase = { direct: null, description: 'none' };

async function openedOn(url: string, log = silentLog): Promise<Queueing> {
  const closers = createClosers({ log: silentLog });
  onTestFinished(() => closers.close());
  return await openQueue(settingsWith(url).config, noDatabase, { log, closers, signal });
}

async function findings(url: string) {
  const checks = queueChecks({ settings: settingsWith(url) });
  return Object.fromEntries(
    await Promise.all(checks.map(async ({ port, look }) => [port, await look(signal)] as const)),
  );
}

redisTest('two processes share queues, limits and locks, and are told what Redis does not keep', async () => {
  const { url } = await startRedis(binary ?? '');
  const { log, lines } = recordingLog();
  const one = await openedOn(url, log);
  const other = await openedOn(url);

  expect(one).toMatchObject({ description: 'BullMQ on Redis', isSingleProcess: false });
  expect(lines).toMatchObject([{ level: 'warn', message: expect.stringMatching(/keeps nothing on disk/) }]);
  await one.queues.add('human', 'work', {}, { jobId: 'e-1' });
  expect((await other.queues.counts()).human).toMatchObject({ waiting: 1 });
  for (const [vendor, limit] of [
    ['kaggle', 3],
    ['claude', 5],
    ['saladcloud', 2],
  ] as const) {
    for (let taken = 0; taken < limit; taken++) {
      await (taken % 2 === 0 ? one : other).semaphore(vendor).acquire(signal);
    }
    const full = other.semaphore(vendor).acquire(AbortSignal.timeout(50));
    await expect(full).rejects.toMatchObject({ name: 'TimeoutError' });
  }
  await one.locks.hold('data', signal);
  await expect(other.locks.hold('data', AbortSignal.timeout(50))).rejects.toMatchObject({
    name: 'TimeoutError',
  });
});

redisTest('a Cluster is found out, and carries the same', async () => {
  const { url, urls } = await startRedisCluster(binary ?? '');

  const queueing = await openedOn(urls[0] ?? '');

  expect(queueing.description).toBe('BullMQ on a Redis Cluster of 3 masters');
  await queueing.queues.add('human', 'work', {}, { jobId: 'e-1' });
  expect((await queueing.queues.counts()).human).toMatchObject({ waiting: 1 });
  const release = await queueing.semaphore('saladcloud').acquire(signal);
  await queueing.semaphore('saladcloud').acquire(signal);
  await expect(queueing.semaphore('saladcloud').acquire(AbortSignal.timeout(50))).rejects.toThrow();
  await release();
  await queueing.semaphore('saladcloud').acquire(signal);
  const held = await queueing.locks.hold('data', signal);
  await expect(queueing.locks.hold('data', AbortSignal.timeout(50))).rejects.toThrow();
  await held.release();
  expect(await findings(url)).toMatchObject({
    queue: { status: 'warn', message: expect.stringMatching(/Cluster of 3 masters, not kept on disk/) },
    locks: { status: 'ok' },
  });
});

redisTest('a start on a Redis that cannot be used is refused, and leaves no connection', async () => {
  const evicting = await startRedis(binary ?? '', undefined, {
    args: ['--maxmemory-policy', 'allkeys-lru', '--appendonly', 'yes'],
  });
  const locked = await startRedis(binary ?? '', undefined, { password: 'geheim-42' });
  const nobody = `redis://127.0.0.1:${await freePort()}`;

  await expect(openedOn(evicting.url)).rejects.toMatchObject({
    kind: 'configuration',
    code: 'redis.may_evict',
  });
  await expect(openedOn(`redis://127.0.0.1:${locked.port}`)).rejects.toMatchObject({
    code: 'redis.login_refused',
  });
  await expect(openedOn(nobody)).rejects.toMatchObject({ code: 'redis.unreachable' });
  expect(await findings(evicting.url)).toMatchObject({
    queue: { status: 'error', next: 'redis-cli config set maxmemory-policy noeviction' },
    locks: { status: 'ok' },
  });
  expect(await findings(nobody)).toMatchObject({ queue: { status: 'error' }, locks: { status: 'error' } });
});

redisTest('what doctor tries leaves nothing behind', async () => {
  const { url } = await startRedis(binary ?? '', undefined, { args: ['--appendonly', 'yes'] });

  expect(await findings(url)).toMatchObject({
    queue: { status: 'ok', message: expect.stringMatching(/^BullMQ on Redis \d+\.\d+\.\d+, kept in a log$/) },
    locks: { status: 'ok', message: expect.stringMatching(/Kaggle 3, Claude 5, SaladCloud 2/) },
  });

  const { queues } = await openedOn(url);
  expect(Object.values(await queues.counts()).flatMap((count) => Object.values(count))).not.toContain(1);
});

redisTest('a password that was changed is used by the next connection', async () => {
  const redis = await startRedis(binary ?? '', undefined, { password: 'first-42' });
  const settings = settingsWith(redis.url);
  const closers = createClosers({ log: silentLog });
  onTestFinished(() => closers.close());
  const { queues } = await openQueue(settings.config, noDatabase, { log: silentLog, closers });
  const done: string[] = [];
  queues.work('human', async (job) => void done.push(job.id ?? ''), {
    concurrency: 1,
    onError: () => undefined,
  });
  await queues.add('human', 'work', {}, { jobId: 'before' });
  await vi.waitFor(() => expect(done).toEqual(['before']), waiting);

  await redis.stop();
  const again = await startRedis(binary ?? '', redis.port, { password: 'second-42' });
  settings.config.infrastructure.redisUrl?.replace(again.url);

  await vi.waitFor(() => queues.add('human', 'work', {}, { jobId: 'after' }), waiting);
  await vi.waitFor(() => expect(done).toEqual(['before', 'after']), waiting);
});

test('without Redis one process is all, and doctor says so', async () => {
  const checks = queueChecks({ settings: settingsWith(null) });

  const found = await Promise.all(checks.map(({ look }) => look(signal)));

  expect(found.map(({ message }) => message)).toEqual([
    'BullMQ on the database',
    'in this process, so one worker process only',
  ]);
});
