import { setTimeout as sleep } from 'node:timers/promises';
import { abortable, type RedisClient, redisAway } from './redis.ts';

/** A holder that died keeps its place no longer than this. */
const defaultLeaseMs = 30_000;
/** Two renewals may fail before the lease is over. */
const renewalsPerLease = 3;
/** How often a waiting caller asks again; redis-semaphore has no queue of its own. */
const defaultRetryIntervalMs = 100;
/** A Cluster that is away keeps a command without end, so each has a limit of ours. */
const commandTimeoutMs = 5_000;

export type LeaseOptions = {
  client: RedisClient;
  leaseMs?: number;
  retryIntervalMs?: number;
};

/** What redis-semaphore's locks share, of which one object holds a place once. */
export type LeaseLock = {
  readonly identifier: string;
  tryAcquire(signal?: AbortSignal): Promise<boolean>;
  release(): Promise<void>;
};

/** How one attempt is made. Source: redis-semaphore 5.8, lib/types.d.ts, `LockOptions`. */
export type LeaseAttempt = {
  lockTimeout: number;
  acquireAttemptsLimit: 1;
  retryInterval: number;
  /** It renews from a timer of its own and lets a failed renewal escape as an unhandled rejection: we do it. */
  refreshInterval: 0;
  identifier?: string;
  /** Renews the place of this identifier instead of taking another. */
  acquiredExternally?: true;
};

/**
 * Waits for a place and keeps it until it is given back. Where Redis was emptied the place is taken again; it is
 * lost only when others have taken all places meanwhile. While Redis is away it counts as held.
 * @param make one lock of redis-semaphore for each attempt
 * @returns gives the place back; never throws, and does nothing the second time
 * @throws the signal's reason; TransientFailure `redis.unreachable`
 */
export async function holdLease(
  make: (attempt: LeaseAttempt) => LeaseLock,
  options: Omit<LeaseOptions, 'client'> & { signal: AbortSignal; onLost: () => void },
): Promise<() => Promise<void>> {
  const { leaseMs = defaultLeaseMs, retryIntervalMs = defaultRetryIntervalMs, signal } = options;
  const attempt: LeaseAttempt = {
    lockTimeout: leaseMs,
    acquireAttemptsLimit: 1,
    retryInterval: 0,
    refreshInterval: 0,
  };
  const lease = make(attempt);
  const { identifier } = lease;
  while (!(await tryOnce(lease, signal))) {
    await sleep(retryIntervalMs, undefined, { signal }).catch(() => signal.throwIfAborted());
  }
  const ending = new AbortController();
  const renew = async (): Promise<boolean> => {
    const isOurs = await bounded(make({ ...attempt, identifier, acquiredExternally: true }).tryAcquire());
    if (isOurs || ending.signal.aborted) return true;
    return await bounded(make({ ...attempt, identifier }).tryAcquire());
  };
  const keeping = keep(renew, leaseMs / renewalsPerLease, ending.signal, options.onLost);
  return async () => {
    if (ending.signal.aborted) return;
    ending.abort();
    // A renewal under way must not come after the end.
    await keeping;
    // Whatever goes wrong here heals when the lease runs out.
    await bounded(lease.release()).catch(() => undefined);
  };
}

async function tryOnce(lease: LeaseLock, signal: AbortSignal): Promise<boolean> {
  signal.throwIfAborted();
  return await bounded(lease.tryAcquire(signal)).catch((cause: unknown) => {
    if (signal.aborted) throw signal.reason;
    throw redisAway('Redis did not answer, so the limit on what may run at once cannot be kept.', cause);
  });
}

async function keep(
  renew: () => Promise<boolean>,
  everyMs: number,
  ending: AbortSignal,
  onLost: () => void,
): Promise<void> {
  while (!ending.aborted) {
    await sleep(everyMs, undefined, { signal: ending, ref: false }).catch(() => undefined);
    if (ending.aborted) return;
    // Away: nobody else can take the place either, and afterwards it is taken again.
    const isHeld = await renew().catch(() => true);
    if (isHeld) continue;
    if (!ending.aborted) onLost();
    return;
  }
}

function bounded<T>(work: Promise<T>): Promise<T> {
  return abortable(work, AbortSignal.timeout(commandTimeoutMs));
}
