import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import type { Locks } from '../../src/infra/lock.ts';
import { connectRedis, type RedisConnection } from '../../src/infra/redis.ts';
import { createRedisLocks } from '../../src/infra/redis-lock.ts';
import { findRedisServer, startRedis } from '../support/redis.ts';

const binary = findRedisServer();
const redisTest = test.skipIf(binary === null);
if (binary === null) console.warn('no redis-server 6.2 or newer here: the locks on it are not tested');
const neverAborted = new AbortController().signal;

function connect(url: string): RedisConnection {
  const connection = connectRedis(url, { onError: () => undefined, commandTimeoutMs: 1_000 });
  onTestFinished(() => connection.close());
  return connection;
}

function locksOn(connection: RedisConnection, leaseMs = 2_000): Locks {
  return createRedisLocks({ client: connection.client, leaseMs, retryIntervalMs: 10 });
}

redisTest('two processes: the second holds the lock when the first gives it back', async () => {
  const { url } = await startRedis(binary ?? '');
  const other = await holdInOtherProcess(url);
  const locks = locksOn(connect(url));

  await expect(locks.hold('data', AbortSignal.timeout(100))).rejects.toMatchObject({ name: 'TimeoutError' });
  other.stdin?.write('give it back\n');

  const held = await locks.hold('data', AbortSignal.timeout(20_000));
  expect(held.lost.aborted).toBe(false);
  await held.release();
});

redisTest('a holder that is killed keeps the lock no longer than its lease', async () => {
  const { url } = await startRedis(binary ?? '');
  const other = await holdInOtherProcess(url);

  other.kill('SIGKILL');
  await once(other, 'exit');

  await expect(locksOn(connect(url)).hold('data', AbortSignal.timeout(20_000))).resolves.toBeDefined();
});

redisTest('a lock that is held for several leases stays held, also when Redis is emptied', async () => {
  const { url } = await startRedis(binary ?? '');
  const connection = connect(url);
  const held = await locksOn(connection, 900).hold('data', neverAborted);
  await connection.client.flushall();
  await expect.poll(() => connection.client.exists('mutex:kaggle-agent:data'), { timeout: 20_000 }).toBe(1);

  await expect(locksOn(connect(url), 900).hold('data', AbortSignal.timeout(2_000))).rejects.toThrow();

  expect(held.lost.aborted).toBe(false);
  await held.release();
  expect(await connection.client.dbsize()).toBe(0);
});

redisTest('who was stopped for so long that another took the lock is told', async () => {
  const { url } = await startRedis(binary ?? '');
  const connection = connect(url);
  const held = await locksOn(connection, 150).hold('data', neverAborted);

  await connection.client.set('mutex:kaggle-agent:data', 'another');

  await expect.poll(() => held.lost.aborted, { timeout: 20_000 }).toBe(true);
  expect(held.lost.reason).toMatchObject({ kind: 'transient', code: 'locks.lost' });
  await held.release();
  expect(await connection.client.get('mutex:kaggle-agent:data')).toBe('another');
});

redisTest('while Redis is away the lock is refused as transient', async () => {
  const redis = await startRedis(binary ?? '');
  const locks = locksOn(connect(redis.url));
  await redis.stop();

  await expect(locks.hold('data', neverAborted)).rejects.toMatchObject({
    kind: 'transient',
    code: 'redis.unreachable',
  });
});

/** Holds the lock in a process of its own until it is told to give it back. */
async function holdInOtherProcess(url: string): Promise<ChildProcess> {
  const module = (path: string) => pathToFileURL(join(import.meta.dirname, '../../src/infra', path)).href;
  const script = `
    import { once } from 'node:events';
    import { connectRedis } from '${module('redis.ts')}';
    import { createRedisLocks } from '${module('redis-lock.ts')}';
    const connection = connectRedis('${url}', { onError: () => undefined });
    const locks = createRedisLocks({ client: connection.client, leaseMs: 2_000 });
    const held = await locks.hold('data', new AbortController().signal);
    process.stdout.write('held');
    await once(process.stdin, 'data');
    await held.release();
    await connection.close();
    process.stdin.destroy();
  `;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  await new Promise((resolve) => child.stdout?.once('data', resolve));
  return child;
}
