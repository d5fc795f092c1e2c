import { Cluster, Redis, type RedisOptions as SingleOptions } from 'ioredis';
import { TransientFailure } from '../domain/errors.ts';
import { parseRedisAddress, type RedisAddress } from './redis-address.ts';
import { followLogin } from './redis-follow.ts';

const defaultConnectTimeoutMs = 5_000;
const defaultCommandTimeoutMs = 5_000;
/**
 * A connection on which nothing comes back for this long is made again: behind a dead peer every command would
 * time out on its own. Longer than a worker's longest blocking call, which is 10 s.
 */
const socketTimeoutMs = 30_000;
const longestReconnectDelayMs = 5_000;
const reconnectStepMs = 100;
const closeTimeoutMs = 2_000;

/** A single Redis, or a Cluster: both take the same commands. */
export type RedisClient = Redis | Cluster;

export type RedisOptions = {
  /** Told of every connection error, which ioredis would otherwise print. The connection heals by itself. */
  onError: (error: Error) => void;
  /** What `inspectRedis` found out. */
  isCluster?: boolean;
  connectTimeoutMs?: number;
  /** Null waits for ever; blocking commands (BullMQ workers) need that. */
  commandTimeoutMs?: number | null;
  /** How many reconnections a command outlives. Null, for ever, is what BullMQ workers ask for. */
  maxRetriesPerRequest?: number | null;
  connectionName?: string;
};

export type RedisConnection = {
  client: RedisClient;
  /** @throws TransientFailure `redis.unreachable`. */
  ping(signal: AbortSignal): Promise<void>;
  /** Ends the connection, politely where the server still answers. Safe to call twice. */
  close(): Promise<void>;
};

/**
 * A Redis connection that is opened by its first command and reconnects by itself.
 * @param url `redis://` or `rediss://`, with user and password where needed; several nodes of a Cluster are
 * separated by commas. A function gives the current one: its login is taken at each new connection.
 * @throws ConfigurationFailure `redis.bad_url`, which does not repeat the URL: it may hold a password.
 */
export function connectRedis(url: string | (() => string), options: RedisOptions): RedisConnection {
  const address = parseRedisAddress(typeof url === 'string' ? url : url());
  const client: RedisClient =
    options.isCluster === true
      ? new Cluster(startNodes(address), clusterOptions(address, options))
      : new Redis(address.nodes[0]?.url ?? '', {
          ...nodeOptions(options),
          lazyConnect: true,
          retryStrategy: reconnectDelayMs,
        });
  if (typeof url !== 'string') followLogin(client, () => loginOf(url));
  const copies = rememberCopies(client);
  client.on('error', options.onError);
  if (client instanceof Cluster) client.on('node error', options.onError);

  return {
    client,
    async ping(signal) {
      signal.throwIfAborted();
      // A Cluster keeps what it cannot send, without end.
      const bounded = AbortSignal.any([signal, AbortSignal.timeout(defaultCommandTimeoutMs)]);
      await abortable(client.ping(), bounded).catch((cause: unknown) => {
        if (signal.aborted) throw signal.reason;
        throw redisAway('Redis did not answer; the work that needs it waits until it does.', cause);
      });
    },
    async close() {
      for (const copy of copies) copy.disconnect();
      if (client.status === 'end') return;
      const ended = new Promise<void>((resolve) => client.once('end', () => resolve()));
      if (client.status === 'ready') {
        await abortable(client.quit(), AbortSignal.timeout(closeTimeoutMs)).catch(() => undefined);
      }
      const hasConnection = client.status !== 'reconnecting';
      client.disconnect();
      // Between two attempts there is no connection whose end would be told.
      if (hasConnection) await abortable(ended, AbortSignal.timeout(closeTimeoutMs)).catch(() => undefined);
    },
  };
}

function loginOf(url: () => string): { username: string | undefined; password: string | undefined } {
  const { username, password } = parseRedisAddress(url());
  return { username, password };
}

/** BullMQ makes a copy for each worker's blocking calls, and cannot end one that is between two connections. */
function rememberCopies(client: RedisClient): ReadonlySet<RedisClient> {
  const copies = new Set<RedisClient>();
  const remember = <C extends RedisClient>(copy: C): C => {
    copies.add(copy);
    copy.once('end', () => copies.delete(copy));
    return copy;
  };
  if (client instanceof Cluster) {
    const duplicate = client.duplicate.bind(client);
    client.duplicate = (...words) => remember(duplicate(...words));
  } else {
    const duplicate = client.duplicate.bind(client);
    client.duplicate = (...words) => remember(duplicate(...words));
  }
  return copies;
}

/** Redis is away for now; nothing of what was asked has surely happened. */
export function redisAway(message: string, cause: unknown): TransientFailure {
  return new TransientFailure(message, {
    code: 'redis.unreachable',
    cause,
    details: { surelyNothingHappened: true },
  });
}

/** Settles as the work does, or rejects with the signal's reason, whichever comes first. */
export function abortable<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const leave = (): void => reject(signal.reason);
    if (signal.aborted) leave();
    signal.addEventListener('abort', leave, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', leave));
  });
}

function reconnectDelayMs(times: number): number {
  return Math.min(times * reconnectStepMs, longestReconnectDelayMs);
}

type NodeOptions = Pick<
  SingleOptions,
  'connectTimeout' | 'maxRetriesPerRequest' | 'commandTimeout' | 'socketTimeout' | 'connectionName'
>;

function nodeOptions(options: RedisOptions): NodeOptions {
  const { commandTimeoutMs = defaultCommandTimeoutMs, maxRetriesPerRequest = 2, connectionName } = options;
  return {
    connectTimeout: options.connectTimeoutMs ?? defaultConnectTimeoutMs,
    maxRetriesPerRequest,
    socketTimeout: socketTimeoutMs,
    ...(commandTimeoutMs === null ? {} : { commandTimeout: commandTimeoutMs }),
    ...(connectionName === undefined ? {} : { connectionName }),
  };
}

function clusterOptions({ username, password, usesTls }: RedisAddress, options: RedisOptions) {
  return {
    lazyConnect: true,
    clusterRetryStrategy: reconnectDelayMs,
    slotsRefreshTimeout: options.connectTimeoutMs ?? defaultConnectTimeoutMs,
    redisOptions: {
      ...nodeOptions(options),
      ...(username === undefined ? {} : { username }),
      ...(password === undefined ? {} : { password }),
      ...(usesTls ? { tls: {} } : {}),
    },
    // A certificate is made out to a name, which a look-up would turn into a number.
    ...(usesTls ? { dnsLookup: (host: string, found: LookupDone) => found(null, host) } : {}),
  };
}

function startNodes({ nodes }: RedisAddress): { host: string; port: number }[] {
  return nodes.map(({ host, port }) => ({ host, port }));
}

type LookupDone = (error: NodeJS.ErrnoException | null | undefined, address: string, family?: number) => void;
