import { Semaphore as RedisPlaces } from 'redis-semaphore';
import { holdLease, type LeaseOptions } from './redis-lease.ts';
import type { Semaphore } from './semaphore.ts';

export type RedisSemaphoreOptions = LeaseOptions & {
  /** Shared by everyone who shares the limit, for instance `kaggle`. */
  name: string;
  limit: number;
  /**
   * Told when a held place was lost to others (this process was stopped for longer than the lease). The call that
   * holds it goes on: the semaphore is politeness, and there may be one caller too many.
   */
  onLost?: (name: string) => void;
};

/**
 * The semaphore that all processes of an installation share through Redis, a single one or a Cluster.
 * Each place is a lease that its holder renews. Places are compared by the clients' clocks
 * (redis-semaphore's way), so machines must agree on the time to well within a lease.
 */
export function createRedisSemaphore(options: RedisSemaphoreOptions): Semaphore {
  const { client, name, limit, onLost, ...timing } = options;
  return {
    acquire: (signal) =>
      holdLease((attempt) => new RedisPlaces(client, `kaggle-agent:${name}`, limit, attempt), {
        ...timing,
        signal,
        onLost: () => onLost?.(name),
      }),
  };
}
