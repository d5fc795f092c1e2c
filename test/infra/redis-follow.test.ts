import { Redis } from 'ioredis';
import { expect, onTestFinished, test, vi } from 'vitest';
import { createSecret } from '../../src/config/secret.ts';
import { connectRedis, type RedisConnection } from '../../src/infra/redis.ts';
import { findRedisServer, startRedis, startRedisCluster } from '../support/redis.ts';

const binary = findRedisServer();
if (binary === null) console.warn('no redis-server on this machine: the tests of its rotation are left out');

const soon = (): AbortSignal => AbortSignal.timeout(20_000);

function opened(url: () => string, isCluster = false): RedisConnection {
  const connection = connectRedis(url, { onError: () => undefined, isCluster });
  onTestFinished(() => connection.close());
  return connection;
}

test.skipIf(binary === null)(
  'a password that changes is used by the next connection, of the client and of its copies',
  async () => {
    const redis = await startRedis(binary ?? '', undefined, { password: 'of-today' });
    const url = createSecret(redis.url);
    const { client, ping } = opened(() => url.reveal());
    await ping(soon());
    const copyOf = (one: RedisConnection['client']): Redis => {
      if (!(one instanceof Redis)) throw new Error('it is a single one');
      const copy = one.duplicate();
      copy.on('error', () => undefined);
      onTestFinished(() => copy.disconnect());
      return copy;
    };
    const copy = copyOf(client);
    await copy.ping();

    await client.config('SET', 'requirepass', 'of-tomorrow');
    url.replace(redis.url.replace('of-today', 'of-tomorrow'));
    const before = await client.ping();
    await copy.call('CLIENT', 'KILL', 'TYPE', 'normal');
    await vi.waitFor(() => ping(soon()), { timeout: 20_000 });
    const after = [await copy.ping(), await copyOf(copy).ping()];

    expect([before, ...after]).toEqual(['PONG', 'PONG', 'PONG']);
  },
);

test.skipIf(binary === null)('the nodes of a Cluster are connected anew with the new password', async () => {
  const cluster = await startRedisCluster(binary ?? '');
  const withPassword = (password: string) => cluster.url.replaceAll('redis://', `redis://:${password}@`);
  const setPassword = (password: string) =>
    Promise.all(cluster.nodes.map((node) => node.config('SET', 'requirepass', password)));
  await setPassword('of-today');
  const url = createSecret(withPassword('of-today'));
  const { client, ping } = opened(() => url.reveal(), true);
  await ping(soon());

  await setPassword('of-tomorrow');
  url.replace(withPassword('of-tomorrow'));
  client.disconnect(true);
  await vi.waitFor(() => ping(soon()), { timeout: 20_000 });
  await client.set('{a}key', 'value');

  expect(await client.get('{a}key')).toBe('value');
});
