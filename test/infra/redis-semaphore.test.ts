import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { connectRedis, type RedisConnection } from '../../src/infra/redis.ts';
import { createRedisSemaphore, type RedisSemaphoreOptions } from '../../src/infra/redis-semaphore.ts';
import { findRedisServer, startRedis } from '../support/redis.ts';

const binary = findRedisServer();
const neverAborted = new AbortController().signal;
const redisTest = test.skipIf(binary === null);
if (binary === null) console.warn('no redis-server on this machine: the Redis semaphore is not tested');

function connect(url: string, maxRetriesPerRequest = 2): RedisConnection {
  const connection = connectRedis(url, {
    onError: () => undefined,
    maxRetriesPerRequest,
    commandTimeoutMs: 1_000,
  });
  onTestFinished(() => connection.close());
  return connection;
}

function aSemaphore(connection: RedisConnection, options: Partial<RedisSemaphoreOptions> = {}) {
  return createRedisSemaphore({
    client: connection.client,
    name: 'kaggle',
    limit: 2,
    leaseMs: 2_000,
    retryIntervalMs: 10,
    ...options,
  });
}

redisTest('two processes share the places', async () => {
  const { url } = await startRedis(binary ?? '');
  const one = aSemaphore(connect(url));
  const other = aSemaphore(connect(url));
  const first = await one.acquire(neverAborted);
  await other.acquire(neverAborted);

  await expect(one.acquire(AbortSignal.timeout(60))).rejects.toThrow();
  await first();

  await expect(other.acquire(AbortSignal.timeout(20_000))).resolves.toBeTypeOf('function');
});

redisTest('a place that is held longer than a lease stays held', async () => {
  const { url } = await startRedis(binary ?? '');
  const lost: string[] = [];
  const holder = aSemaphore(connect(url), { limit: 1, leaseMs: 900, onLost: (name) => lost.push(name) });
  const other = aSemaphore(connect(url), { limit: 1, leaseMs: 900 });
  await holder.acquire(neverAborted);

  await expect(other.acquire(AbortSignal.timeout(2_000))).rejects.toThrow();
  expect(lost).toEqual([]);
});

redisTest('a holder that is killed frees its place when its lease ends', async () => {
  const { url } = await startRedis(binary ?? '');
  await holdInOtherProcess(url);
  const semaphore = aSemaphore(connect(url), { limit: 1 });

  await expect(semaphore.acquire(AbortSignal.timeout(100))).rejects.toThrow();
  await expect(semaphore.acquire(AbortSignal.timeout(20_000))).resolves.toBeTypeOf('function');
});

redisTest('in an emptied Redis a holder takes its place again, so the limit goes on to hold', async () => {
  const { url } = await startRedis(binary ?? '');
  const connection = connect(url);
  const lost: string[] = [];
  const options = { limit: 1, leaseMs: 900, onLost: (name: string) => lost.push(name) };
  const release = await aSemaphore(connection, options).acquire(neverAborted);

  await connection.client.flushall();

  await expect.poll(() => places(connection), { timeout: 20_000 }).toBe(1);
  await expect(aSemaphore(connect(url), options).acquire(AbortSignal.timeout(1_500))).rejects.toThrow();
  expect(lost).toEqual([]);
  await release();
  expect(await places(connection)).toBe(0);
});

redisTest('a place that others took meanwhile is told as lost, and given back without a fault', async () => {
  const { url } = await startRedis(binary ?? '');
  const connection = connect(url);
  const lost: string[] = [];
  const semaphore = aSemaphore(connection, { limit: 1, leaseMs: 300, onLost: (name) => lost.push(name) });
  const release = await semaphore.acquire(neverAborted);

  // in one step, as if this process had been stopped for longer than its lease
  await connection.client.eval(
    "redis.call('del', KEYS[1]) redis.call('zadd', KEYS[1], ARGV[1], 'another')",
    1,
    'semaphore:kaggle-agent:kaggle',
    Date.now() + 60_000,
  );

  await expect.poll(() => lost, { timeout: 20_000 }).toEqual(['kaggle']);
  await expect(release()).resolves.toBeUndefined();
  expect(await places(connection)).toBe(1);
});

redisTest(
  'while Redis is away waiting fails as transient; a holder neither fails nor leaks, and holds again after it',
  async () => {
    const redis = await startRedis(binary ?? '');
    const connection = connect(redis.url, 1);
    const lost: string[] = [];
    const semaphore = aSemaphore(connection, { leaseMs: 150, onLost: (name) => lost.push(name) });
    const release = await semaphore.acquire(neverAborted);

    await redis.stop();

    await expect(semaphore.acquire(neverAborted)).rejects.toMatchObject({
      kind: 'transient',
      code: 'redis.unreachable',
      details: { surelyNothingHappened: true },
    });
    await startRedis(binary ?? '', redis.port);
    await expect.poll(() => places(connection), { timeout: 20_000 }).toBe(1);
    expect(lost).toEqual([]);
    await expect(release()).resolves.toBeUndefined();
  },
);

redisTest('a connection opens by itself, answers a ping, and closes', async () => {
  const { url } = await startRedis(binary ?? '');
  const connection = connect(url);

  await connection.ping(AbortSignal.timeout(20_000));
  await connection.close();

  expect(connection.client.status).toBe('end');
});

test('a Redis that is not there fails a ping as transient', async () => {
  const connection = connect('redis://127.0.0.1:1', 1);

  await expect(connection.ping(AbortSignal.timeout(20_000))).rejects.toMatchObject({
    kind: 'transient',
    code: 'redis.unreachable',
  });
});

test('an address that is no Redis URL is refused without being repeated', () => {
  const connecting = () => connectRedis('http://user:hunter22@host', { onError: () => undefined });

  expect(connecting).toThrow(expect.objectContaining({ code: 'redis.bad_url' }));
  expect(connecting).not.toThrow(/hunter22/);
});

async function places({ client }: RedisConnection): Promise<number> {
  return await client.zcard('semaphore:kaggle-agent:kaggle').catch(() => -1);
}

/** Takes the only place in a process of its own, which is then killed. */
async function holdInOtherProcess(url: string): Promise<void> {
  const module = (path: string) => pathToFileURL(join(import.meta.dirname, '../../src/infra', path)).href;
  const script = `
    import { connectRedis } from '${module('redis.ts')}';
    import { createRedisSemaphore } from '${module('redis-semaphore.ts')}';
    const { client } = connectRedis('${url}', { onError: () => undefined });
    const semaphore = createRedisSemaphore({ client, name: 'kaggle', limit: 1, leaseMs: 2_000 });
    await semaphore.acquire(new AbortController().signal);
    process.stdout.write('held');
  `;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  onTestFinished(() => void child.kill('SIGKILL'));
  await new Promise((resolve) => child.stdout.once('data', resolve));
  child.kill('SIGKILL');
  await ended;
}
