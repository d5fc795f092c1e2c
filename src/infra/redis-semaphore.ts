import type { Redis } from 'ioredis';
import { Semaphore as RedisLease } from 'redis-semaphore';
import { TransientFailure } from '../domain/errors.ts';
import type { Release, Semaphore } from './semaphore.ts';

/** A holder that died keeps its place no longer than this. */
const defaultLeaseMs = 30_000;
/** Two renewals may fail before the lease is over. */
const renewalsPerLease = 3;
/** How often a waiting caller asks again; redis-semaphore has no queue of its own. */
const defaultRetryIntervalMs = 100;

export type RedisSemaphoreOptions = {
  client: Redis;
  /** Shared by everyone who shares the limit, for instance `kaggle`. */
  name: string;
  limit: number;
  leaseMs?: number;
  retryIntervalMs?: number;
  /**
   * Told when a held place was lost (Redis emptied, away, or this process was stopped for longer than the
   * lease). The call that holds it goes on: the semaphore is politeness, and there may be one caller too many.
   */
  onLost?: (name: string) => void;
};

/**
 * A lease whose renewal survives an unreachable Redis. As it comes, redis-semaphore renews from a timer and
 * lets a failed renewal escape as an unhandled rejection, which would end the process.
 * Source: redis-semaphore 5.8 lib/Lock.js, `_processRefresh`.
 */
class SteadyLease extends RedisLease {
  #renewedAtMs = 0;

  protected override async _acquire(abortSignal?: AbortSignal): Promise<boolean> {
    const isHeld = await super._acquire(abortSignal);
    this.#renewedAtMs = Date.now();
    return isHeld;
  }

  protected override async _refresh(): Promise<boolean> {
    try {
      const isHeld = await super._refresh();
      this.#renewedAtMs = Date.now();
      return isHeld;
    } catch {
      return Date.now() - this.#renewedAtMs < this._acquireOptions.lockTimeout;
    }
  }
}

/**
 * The semaphore that all processes of an installation share through Redis.
 * Each place is a lease that its holder renews. Places are compared by the clients' clocks
 * (redis-semaphore's way), so machines must agree on the time to well within a lease.
 */
export function createRedisSemaphore(options: RedisSemaphoreOptions): Semaphore {
  const { client, name, limit, leaseMs = defaultLeaseMs, onLost } = options;

  return {
    async acquire(signal) {
      signal.throwIfAborted();
      const lease = new SteadyLease(client, `kaggle-agent:${name}`, limit, {
        lockTimeout: leaseMs,
        refreshInterval: Math.ceil(leaseMs / renewalsPerLease),
        retryInterval: options.retryIntervalMs ?? defaultRetryIntervalMs,
        acquireTimeout: Number.POSITIVE_INFINITY,
        // Without this handler a lost lease is an uncaught error.
        onLockLost: () => onLost?.(name),
      });
      await lease.acquire(signal).catch((cause: unknown) => {
        if (signal.aborted) throw signal.reason;
        throw new TransientFailure('Redis did not answer, so the limit on calls at once cannot be kept.', {
          code: 'redis.unreachable',
          cause,
          details: { surelyNothingHappened: true },
        });
      });
      return releaseOnce(lease);
    },
  };
}

function releaseOnce(lease: SteadyLease): Release {
  let isHeld = true;
  return async () => {
    if (!isHeld) return;
    isHeld = false;
    // Whatever goes wrong here heals when the lease runs out.
    await lease.release().catch(() => undefined);
  };
}
