import { execFileSync } from 'node:child_process';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { connectRedis } from '../../src/infra/redis.ts';
import { inspectRedis, tryRedisRights } from '../../src/infra/redis-facts.ts';
import { redisWarnings, requireUsableRedis } from '../../src/infra/redis-rules.ts';
import { freePort } from '../support/free-port.ts';
import { findRedisServer, startRedis, startRedisCluster, type TestCluster } from '../support/redis.ts';
import { tempFolder } from '../support/temp-folder.ts';

const binary = findRedisServer();
const redisTest = test.skipIf(binary === null);
if (binary === null) console.warn('no redis-server 6.2 or newer here: what is asked of it is not tested');
const signal = new AbortController().signal;

const refused = (code: string) => ({ kind: 'configuration', code });

/** Whatever is sent to it, something that is no Redis answers. */
async function listenOn(onSocket: Parameters<typeof createServer>[1] & {}): Promise<number> {
  const server: Server = createServer(onSocket);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

redisTest('a Redis is asked for all that decides whether queues can live on it', async () => {
  const { url, port } = await startRedis(binary ?? '');

  const facts = await inspectRedis(url, { signal });

  expect(facts).toEqual({
    isCluster: false,
    nodes: [
      {
        node: `127.0.0.1:${port}`,
        product: 'Redis',
        version: expect.stringMatching(/^\d+\.\d+\.\d+$/),
        evictionPolicy: 'noeviction',
        persistence: 'none',
        isReplica: false,
        clockSkewMs: expect.any(Number),
      },
    ],
  });
  expect(() => requireUsableRedis(facts)).not.toThrow();
  expect(redisWarnings(facts).map(({ next }) => next)).toEqual(['redis-cli config set appendonly yes']);
});

redisTest('a Redis that keeps its data on disk needs no warning, by log or by snapshots', async () => {
  const byLog = await startRedis(binary ?? '', undefined, { args: ['--appendonly', 'yes'] });
  const bySnapshots = await startRedis(binary ?? '', undefined, { args: ['--save', '60 1'] });

  for (const { url } of [byLog, bySnapshots]) {
    expect(redisWarnings(await inspectRedis(url, { signal }))).toEqual([]);
  }
});

redisTest('a Redis that may throw jobs away is refused, with the command that mends it', async () => {
  const { url, port } = await startRedis(binary ?? '', undefined, {
    args: ['--maxmemory', '50mb', '--maxmemory-policy', 'allkeys-lru'],
  });

  const facts = await inspectRedis(url, { signal });

  expect(() => requireUsableRedis(facts)).toThrow(
    expect.objectContaining({
      ...refused('redis.may_evict'),
      message: expect.stringContaining(
        `allkeys-lru), jobs too; set it to noeviction: redis-cli -h 127.0.0.1 -p ${port} config set maxmemory-policy noeviction`,
      ),
    }),
  );
});

redisTest('a replica is refused', async () => {
  const master = await startRedis(binary ?? '');
  const replica = await startRedis(binary ?? '', undefined, {
    args: ['--replicaof', '127.0.0.1', `${master.port}`],
  });

  const facts = await inspectRedis(replica.url, { signal });

  expect(() => requireUsableRedis(facts)).toThrow(expect.objectContaining(refused('redis.read_only')));
});

redisTest('clocks that are apart are told, and those that agree are not', async () => {
  const { url } = await startRedis(binary ?? '', undefined, { args: ['--appendonly', 'yes'] });

  const early = await inspectRedis(url, { signal, now: () => Date.now() - 5_000 });
  const late = await inspectRedis(url, { signal, now: () => Date.now() + 3_000 });

  expect(redisWarnings(early)[0]?.message).toMatch(/5\.0 s apart/);
  expect(redisWarnings(late)[0]?.message).toMatch(/3\.0 s apart/);
});

const anyNode = {
  node: 'redis.example.org:6379',
  product: 'Redis',
  version: '7.2.4',
  evictionPolicy: 'noeviction',
  persistence: 'aof',
  isReplica: false,
  clockSkewMs: 0,
} as const;

test.each([
  ['Redis', '5.0.14', true],
  ['Redis', '6.0.20', true],
  ['Redis', '6.2.0', false],
  ['Redis', '8.2.1', false],
  ['Valkey', '8.0.1', false],
  ['Dragonfly', '1.24.0', false],
] as const)('%s %s is too old: %s', (product, version, isTooOld) => {
  const judging = () => requireUsableRedis({ isCluster: false, nodes: [{ ...anyNode, product, version }] });

  if (!isTooOld) return expect(judging).not.toThrow();
  expect(judging).toThrow(
    expect.objectContaining({
      ...refused('redis.too_old'),
      message: expect.stringMatching(new RegExp(`REDIS_URL .* is version ${version}, .*6\\.2 or newer`)),
    }),
  );
});

test('one node of a Cluster that may evict is enough to refuse it', () => {
  const nodes = [anyNode, { ...anyNode, node: 'other:6379', evictionPolicy: 'volatile-lru' }];

  expect(() => requireUsableRedis({ isCluster: true, nodes })).toThrow(/other:6379/);
});

redisTest('a wrong password, a missing one, and an unknown user are refused by name', async () => {
  const { port } = await startRedis(binary ?? '', undefined, { password: 'geheim-42' });
  const at = (login: string) => inspectRedis(`redis://${login}127.0.0.1:${port}`, { signal });

  await expect(at(':wrong-99@')).rejects.toMatchObject(refused('redis.login_refused'));
  await expect(at('')).rejects.toThrow(/wants a login and REDIS_URL has none/);
  await expect(at('nobody:geheim-42@')).rejects.toMatchObject(refused('redis.login_refused'));
  await expect(at(':wrong-99@')).rejects.not.toThrow(/wrong-99/);
  await expect(at(':geheim-42@')).resolves.toMatchObject({ isCluster: false });
});

redisTest('where CONFIG is forbidden the rest is known all the same', async () => {
  const { url, port } = await startRedis(binary ?? '');
  await asAdmin(url, ['ACL', 'SETUSER', 'managed', 'on', '>secret-1', '~*', '&*', '+@all', '-config']);

  const facts = await inspectRedis(`redis://managed:secret-1@127.0.0.1:${port}`, { signal });

  expect(facts.nodes).toMatchObject([{ evictionPolicy: 'noeviction', persistence: null }]);
  expect(redisWarnings(facts)).toEqual([]);
});

redisTest('a user without a right that the queues need is refused, and told which', async () => {
  const { url, port } = await startRedis(binary ?? '');
  await asAdmin(url, [
    'ACL',
    'SETUSER',
    'reader',
    'on',
    '>secret-1',
    '~*',
    '&*',
    '+@all',
    '-eval',
    '-evalsha',
  ]);
  const connection = connectRedis(`redis://reader:secret-1@127.0.0.1:${port}`, { onError: () => undefined });
  onTestFinished(() => connection.close());

  await expect(tryRedisRights(connection.client, signal)).rejects.toMatchObject({
    ...refused('redis.login_refused'),
    message: expect.stringMatching(/NOPERM.*eval/i),
  });
});

redisTest('the try of the rights leaves nothing behind', async () => {
  const { url } = await startRedis(binary ?? '');
  const connection = connectRedis(url, { onError: () => undefined });
  onTestFinished(() => connection.close());

  await tryRedisRights(connection.client, signal);

  expect(await connection.client.dbsize()).toBe(0);
});

redisTest('a database number that is out of range is refused', async () => {
  const { url } = await startRedis(binary ?? '');

  await expect(inspectRedis(`${url}/99`, { signal })).rejects.toMatchObject(refused('redis.bad_url'));
});

test('nobody there, and a name that nobody has, are told apart from a wrong login', async () => {
  const port = await freePort();

  await expect(inspectRedis(`redis://:geheim-42@127.0.0.1:${port}`, { signal })).rejects.toMatchObject({
    ...refused('redis.unreachable'),
    message: `The Redis of REDIS_URL at 127.0.0.1:${port} does not answer (ECONNREFUSED); start it, or unset REDIS_URL to queue on Postgres.`,
  });
  await expect(inspectRedis('redis://no-such-host.invalid', { signal })).rejects.toThrow(
    /does not answer \(E/,
  );
});

test('another program at the port is recognised', async () => {
  const port = await listenOn((socket) => void socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));

  await expect(inspectRedis(`redis://127.0.0.1:${port}`, { signal })).rejects.toMatchObject({
    ...refused('redis.unreachable'),
    message: expect.stringMatching(/another program/),
  });
});

test('one that takes the connection and never answers is given up with the signal', async () => {
  const port = await listenOn(() => undefined);

  const asking = inspectRedis(`redis://127.0.0.1:${port}`, { signal: AbortSignal.timeout(100) });

  await expect(asking).rejects.toMatchObject({ name: 'TimeoutError' });
});

redisTest('TLS on one side only, and a certificate that nobody vouches for, are told', async () => {
  const { port } = await startRedis(binary ?? '', undefined, { tls: await aCertificate() });

  await expect(inspectRedis(`redis://127.0.0.1:${port}`, { signal })).rejects.toThrow(/rediss:\/\//);
  await expect(inspectRedis(`rediss://127.0.0.1:${port}`, { signal })).rejects.toThrow(/NODE_EXTRA_CA_CERTS/);
});

describe('a Cluster', () => {
  let started: TestCluster | undefined;
  const ends: (() => Promise<void>)[] = [];
  const cluster = () => started ?? expect.unreachable();
  beforeAll(async () => {
    if (binary !== null) started = await startRedisCluster(binary, (end) => ends.push(end));
  });
  afterAll(() => Promise.all(ends.map((end) => end())));

  redisTest('a Cluster is known as one from any of its nodes, and each master is asked', async () => {
    const { url, urls } = cluster();

    for (const each of [url, urls[1] ?? '']) {
      const facts = await inspectRedis(each, { signal });
      expect(facts.isCluster).toBe(true);
      expect(facts.nodes.map(({ node }) => `redis://${node}`).sort()).toEqual([...urls].sort());
    }
  });

  redisTest('a Cluster is found by a node that lives where the first one is gone', async () => {
    const { urls } = cluster();
    const gone = `redis://127.0.0.1:${await freePort()}`;

    await expect(inspectRedis(`${gone},${urls[0]}`, { signal })).resolves.toMatchObject({ isCluster: true });
  });

  redisTest('a Cluster that does not serve all keys is refused', async () => {
    const { url, nodes } = cluster();
    await nodes[0]?.cluster('DELSLOTS', 0);
    onTestFinished(async () => void (await nodes[0]?.cluster('ADDSLOTS', 0)));

    await expect(inspectRedis(url, { signal })).rejects.toMatchObject(refused('redis.cluster_down'));
  });
});

redisTest('several addresses without a Cluster are refused', async () => {
  const one = await startRedis(binary ?? '');
  const two = await startRedis(binary ?? '');

  await expect(inspectRedis(`${one.url},${two.url}`, { signal })).rejects.toMatchObject(
    refused('redis.no_cluster'),
  );
});

async function asAdmin(url: string, [command = '', ...words]: string[]): Promise<void> {
  const admin = new Redis(url);
  await admin.call(command, ...words);
  admin.disconnect();
}

/** Signed by nobody but itself. */
async function aCertificate(): Promise<{ cert: string; key: string }> {
  const folder = await tempFolder();
  const [cert, key] = [join(folder, 'cert.pem'), join(folder, 'key.pem')];
  const subject = ['-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1'];
  const words = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-keyout', key, '-out', cert];
  execFileSync('openssl', [...words, ...subject], { stdio: 'ignore' });
  return { cert, key };
}
