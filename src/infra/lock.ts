import { createLocalSemaphore, type Semaphore } from './semaphore.ts';

export type HeldLock = {
  /** Gives the lock back. Calling it again does nothing; it never throws. */
  release(): Promise<void>;
  /** Aborts when another process has taken the lock, after this one was stopped for longer than its lease. */
  lost: AbortSignal;
};

/**
 * One holder at a time of each name, among all processes of an installation. It spares doing the same work twice;
 * what must never be done twice is guarded in the database.
 */
export type Locks = {
  /**
   * Waits for the lock.
   * @throws the signal's reason when it aborts first; TransientFailure `redis.unreachable` where locks are away
   */
  hold(name: string, signal: AbortSignal): Promise<HeldLock>;
};

/** The locks of a single process. */
export function createLocalLocks(): Locks {
  const places = new Map<string, { semaphore: Semaphore; wanted: number }>();
  const neverLost = new AbortController().signal;

  return {
    async hold(name, signal) {
      const place = places.get(name) ?? { semaphore: createLocalSemaphore(1), wanted: 0 };
      places.set(name, place);
      place.wanted += 1;
      const forget = (): void => {
        place.wanted -= 1;
        if (place.wanted === 0) places.delete(name);
      };
      const giveBack = await place.semaphore.acquire(signal).catch((error: unknown) => {
        forget();
        throw error;
      });
      let isHeld = true;
      return {
        lost: neverLost,
        async release() {
          if (!isHeld) return;
          isHeld = false;
          await giveBack();
          forget();
        },
      };
    },
  };
}
