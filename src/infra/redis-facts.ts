import { randomUUID } from 'node:crypto';
import { Cluster, Redis } from 'ioredis';
import { ConfigurationFailure } from '../domain/errors.ts';
import { abortable, connectRedis, type RedisClient } from './redis.ts';
import { parseRedisAddress, type RedisAddress } from './redis-address.ts';
import { asRedisFailure } from './redis-failure.ts';

/** Short: a person waits for the answer. */
const connectTimeoutMs = 3_000;

/** What one node says of itself; null where the user may not ask. */
export type RedisNodeFacts = {
  /** `host:port` */
  node: string;
  product: 'Redis' | 'Valkey' | 'Dragonfly';
  version: string | null;
  evictionPolicy: string | null;
  /** What is on disk after a restart. */
  persistence: 'aof' | 'snapshots' | 'none' | null;
  isReplica: boolean;
  /** Redis' clock minus ours, in milliseconds. */
  clockSkewMs: number;
};

/** A single Redis, or the masters of a Cluster. */
export type RedisFacts = { isCluster: boolean; nodes: readonly RedisNodeFacts[] };

export type InspectOptions = {
  signal: AbortSignal;
  /** Milliseconds since 1970; the clock that semaphores go by. */
  now?: () => number;
};

/**
 * Connects, logs in, and asks what is there. For a Cluster every master is asked, at the address that the Cluster
 * itself gives, so one that cannot be reached from here is noticed.
 * @throws ConfigurationFailure `redis.bad_url`, `redis.login_refused`, `redis.unreachable`, `redis.no_cluster`,
 * `redis.cluster_down`; the signal's reason
 */
export async function inspectRedis(url: string, options: InspectOptions): Promise<RedisFacts> {
  const address = parseRedisAddress(url);
  const probe = await connectProbe(address, options.signal);
  try {
    const info = parseInfo(await ask(probe, options.signal, (client) => client.info()));
    if (info.get('cluster_enabled') !== '1') {
      if (address.nodes.length > 1) throw noCluster(address);
      return { isCluster: false, nodes: [await readNode(probe, nodeName(probe), options)] };
    }
    await requireHealthyCluster(probe, options.signal);
  } finally {
    probe.disconnect();
  }
  return { isCluster: true, nodes: await readCluster(url, options) };
}

/**
 * Does once what the queues and the limits will do: a script that writes, reads and deletes. Leaves nothing.
 * @throws ConfigurationFailure `redis.login_refused` where the user lacks a right; as `asRedisFailure`
 */
export async function tryRedisRights(client: RedisClient, signal: AbortSignal): Promise<void> {
  const id = randomUUID();
  for (const key of [`{kaggle-agent}:probe:${id}`, `semaphore:kaggle-agent:probe-${id}`]) {
    const answer = await abortable(client.eval(probeScript, 1, key, id), signal).catch((error: unknown) => {
      if (signal.aborted) throw signal.reason;
      throw asRedisFailure(error, null);
    });
    if (answer === id) continue;
    throw new ConfigurationFailure(
      'Redis does not give back what was written to it; the address of REDIS_URL is not a Redis that queues can live on.',
      { code: 'redis.unreachable' },
    );
  }
}

/** The time to live is for the case that this dies between writing and deleting. */
const probeScript = `
  redis.call('set', KEYS[1], ARGV[1], 'px', 10000)
  local found = redis.call('get', KEYS[1])
  redis.call('del', KEYS[1])
  return found`;

/** The first node that answers; the last one's reason where none does. */
async function connectProbe(address: RedisAddress, signal: AbortSignal): Promise<Redis> {
  let failure: unknown;
  for (const { url, host, port } of address.nodes) {
    signal.throwIfAborted();
    const events: Error[] = [];
    const probe = new Redis(url, {
      ...(address.username === undefined ? {} : { username: address.username }),
      ...(address.password === undefined ? {} : { password: address.password }),
      lazyConnect: true,
      retryStrategy: () => null,
      maxRetriesPerRequest: 0,
      connectTimeout: connectTimeoutMs,
      commandTimeout: connectTimeoutMs,
    });
    probe.on('error', (error) => events.push(error));
    try {
      await abortable(probe.connect(), signal);
      // Some refusals, a database number that is out of range, are told by an event alone.
      const [refusal] = events;
      if (refusal !== undefined) throw refusal;
      return probe;
    } catch (error) {
      probe.disconnect();
      if (signal.aborted) throw signal.reason;
      // The first event says why; the rejection only that the connection is closed.
      failure = asRedisFailure(events[0] ?? error, { host, port, usesTls: address.usesTls });
    }
  }
  throw failure;
}

async function requireHealthyCluster(probe: Redis, signal: AbortSignal): Promise<void> {
  const state = parseInfo(await ask(probe, signal, async (client) => String(await client.cluster('INFO'))));
  if (state.get('cluster_state') === 'ok') return;
  throw new ConfigurationFailure(
    `The Redis Cluster of REDIS_URL is down (${state.get('cluster_slots_ok') ?? '?'} of 16384 slots are served); mend it, for instance with redis-cli --cluster fix, then start again.`,
    { code: 'redis.cluster_down' },
  );
}

async function readCluster(url: string, options: InspectOptions): Promise<RedisNodeFacts[]> {
  const events: Error[] = [];
  const connection = connectRedis(url, { isCluster: true, onError: (error) => events.push(error) });
  try {
    await connection.ping(options.signal);
    const { client } = connection;
    const masters = client instanceof Cluster ? client.nodes('master') : [];
    return await Promise.all(masters.map((master) => readNode(master, nodeName(master), options)));
  } catch (error) {
    if (options.signal.aborted) throw options.signal.reason;
    throw asRedisFailure(events[0] ?? error, null);
  } finally {
    await connection.close();
  }
}

async function readNode(
  client: Redis,
  node: string,
  { signal, now = Date.now }: InspectOptions,
): Promise<RedisNodeFacts> {
  const info = parseInfo(await ask(client, signal, () => client.info()));
  const askedAtMs = now();
  const [seconds = '0', microseconds = '0'] = (await ask(client, signal, () => client.time())).map(String);
  const answeredAtMs = now();
  const serverMs = Number(seconds) * 1_000 + Number(microseconds) / 1_000;
  const product = info.has('valkey_version')
    ? 'Valkey'
    : info.has('dragonfly_version')
      ? 'Dragonfly'
      : 'Redis';
  return {
    node,
    product,
    version: info.get('valkey_version') ?? info.get('dragonfly_version') ?? info.get('redis_version') ?? null,
    evictionPolicy: info.get('maxmemory_policy') ?? (await readSetting(client, 'maxmemory-policy', signal)),
    persistence: await readPersistence(client, info, signal),
    isReplica: info.get('role') === 'slave',
    clockSkewMs: serverMs - (askedAtMs + answeredAtMs) / 2,
  };
}

async function readPersistence(
  client: Redis,
  info: ReadonlyMap<string, string>,
  signal: AbortSignal,
): Promise<RedisNodeFacts['persistence']> {
  if (info.get('aof_enabled') === '1') return 'aof';
  // Whether snapshots are made stands in no INFO.
  const save = await readSetting(client, 'save', signal);
  if (save === null) return null;
  return save === '' ? 'none' : 'snapshots';
}

/** Managed servers forbid CONFIG; then null. */
async function readSetting(client: Redis, name: string, signal: AbortSignal): Promise<string | null> {
  try {
    const answer: unknown = await abortable(client.call('CONFIG', 'GET', name), signal);
    const pairs: unknown[] =
      answer instanceof Map
        ? [...answer].flat()
        : Array.isArray(answer)
          ? answer
          : Object.entries(answer ?? {}).flat();
    return pairs.length < 2 ? null : String(pairs[1]);
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    if (error instanceof Error && /NOPERM|unknown (sub)?command/i.test(error.message)) return null;
    throw asRedisFailure(error, null);
  }
}

async function ask<T>(
  client: Redis,
  signal: AbortSignal,
  question: (client: Redis) => Promise<T>,
): Promise<T> {
  return await abortable(question(client), signal).catch((error: unknown) => {
    if (signal.aborted) throw signal.reason;
    throw asRedisFailure(error, null);
  });
}

/** The `name:value` lines of INFO and CLUSTER INFO. */
function parseInfo(text: string): Map<string, string> {
  const pairs = text
    .split(/\r?\n/)
    .map((line) => line.split(/:(.*)/s, 2))
    .filter((pair) => pair.length === 2);
  return new Map(pairs.map(([name = '', value = '']) => [name, value]));
}

function nodeName({ options }: Redis): string {
  return `${options.host ?? '127.0.0.1'}:${options.port ?? ''}`;
}

function noCluster({ nodes }: RedisAddress): ConfigurationFailure {
  const [first] = nodes;
  return new ConfigurationFailure(
    `REDIS_URL names ${nodes.length} nodes, but ${first?.host}:${first?.port} belongs to no Redis Cluster; name that one alone, or the nodes of a Cluster.`,
    { code: 'redis.no_cluster' },
  );
}
