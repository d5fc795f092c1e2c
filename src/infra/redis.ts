import { Redis } from 'ioredis';
import { ConfigurationFailure, TransientFailure } from '../domain/errors.ts';

const defaultConnectTimeoutMs = 5_000;
const defaultCommandTimeoutMs = 5_000;
const longestReconnectDelayMs = 5_000;
const reconnectStepMs = 100;
const closeTimeoutMs = 2_000;

export type RedisOptions = {
  /** Told of every connection error, which ioredis would otherwise print. The connection heals by itself. */
  onError: (error: Error) => void;
  connectTimeoutMs?: number;
  /** Null waits for ever; blocking commands (BullMQ workers) need that. */
  commandTimeoutMs?: number | null;
  /** How many reconnections a command outlives. Null, for ever, is what BullMQ workers ask for. */
  maxRetriesPerRequest?: number | null;
  connectionName?: string;
};

export type RedisConnection = {
  client: Redis;
  /** @throws TransientFailure `redis.unreachable`. */
  ping(signal: AbortSignal): Promise<void>;
  /** Ends the connection, politely where the server still answers. Safe to call twice. */
  close(): Promise<void>;
};

/**
 * A Redis connection that is opened by its first command and reconnects by itself.
 * @param url `redis://` or `rediss://`, with user and password where needed.
 * @throws ConfigurationFailure `redis.bad_url`, which does not repeat the URL: it may hold a password.
 */
export function connectRedis(url: string, options: RedisOptions): RedisConnection {
  assertRedisUrl(url);
  const commandTimeoutMs =
    options.commandTimeoutMs === undefined ? defaultCommandTimeoutMs : options.commandTimeoutMs;
  const client = new Redis(url, {
    lazyConnect: true,
    connectTimeout: options.connectTimeoutMs ?? defaultConnectTimeoutMs,
    maxRetriesPerRequest: options.maxRetriesPerRequest === undefined ? 2 : options.maxRetriesPerRequest,
    retryStrategy: (times) => Math.min(times * reconnectStepMs, longestReconnectDelayMs),
    ...(commandTimeoutMs === null ? {} : { commandTimeout: commandTimeoutMs }),
    ...(options.connectionName === undefined ? {} : { connectionName: options.connectionName }),
  });
  client.on('error', options.onError);

  return {
    client,
    async ping(signal) {
      signal.throwIfAborted();
      await abortable(client.ping(), signal).catch((cause: unknown) => {
        if (signal.aborted) throw signal.reason;
        throw new TransientFailure('Redis did not answer; the work that needs it waits until it does.', {
          code: 'redis.unreachable',
          cause,
        });
      });
    },
    async close() {
      if (client.status === 'end') return;
      const ended = new Promise<void>((resolve) => client.once('end', () => resolve()));
      if (client.status === 'ready') {
        await abortable(client.quit(), AbortSignal.timeout(closeTimeoutMs)).catch(() => undefined);
      }
      client.disconnect();
      await abortable(ended, AbortSignal.timeout(closeTimeoutMs)).catch(() => undefined);
    },
  };
}

function assertRedisUrl(url: string): void {
  const scheme = URL.canParse(url) ? new URL(url).protocol : '';
  if (scheme === 'redis:' || scheme === 'rediss:') return;
  throw new ConfigurationFailure('The Redis address is no redis:// or rediss:// URL; set one that is.', {
    code: 'redis.bad_url',
  });
}

function abortable<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const leave = (): void => reject(signal.reason);
    signal.addEventListener('abort', leave, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', leave));
  });
}
