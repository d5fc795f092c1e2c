import { Mutex } from 'redis-semaphore';
import { TransientFailure } from '../domain/errors.ts';
import type { Locks } from './lock.ts';
import { holdLease, type LeaseOptions } from './redis-lease.ts';

/** The locks that all processes of an installation share through Redis, a single one or a Cluster. */
export function createRedisLocks(options: LeaseOptions): Locks {
  const { client, ...timing } = options;
  return {
    async hold(name, signal) {
      const lost = new AbortController();
      const release = await holdLease((attempt) => new Mutex(client, `kaggle-agent:${name}`, attempt), {
        ...timing,
        signal,
        onLost: () =>
          lost.abort(
            new TransientFailure('Another process has taken this work over, so it is left to that one.', {
              code: 'locks.lost',
              details: { lock: name },
            }),
          ),
      });
      return { release, lost: lost.signal };
    },
  };
}
