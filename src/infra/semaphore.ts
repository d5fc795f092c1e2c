/** Gives the place back. Calling it again does nothing; it never throws. */
export type Release = () => Promise<void>;

/** At most so many holders at once, among everyone who shares the semaphore. */
export type Semaphore = {
  /**
   * Waits for a place, first come, first served within one process.
   * @throws the signal's reason when it aborts first; a TransientFailure where the semaphore itself is away.
   */
  acquire(signal: AbortSignal): Promise<Release>;
};

/**
 * Calls at once that each vendor is asked to bear, over all processes of one installation.
 * Politeness only: what must never be doubled or overspent is guarded in the database.
 */
export const vendorLimits = { kaggle: 3, claude: 5, saladcloud: 2, agentspace: 4, gemini: 4 } as const;

export type LimitedVendor = keyof typeof vendorLimits;

/** The semaphore of a single process. */
export function createLocalSemaphore(limit: number): Semaphore {
  const waiting: (() => void)[] = [];
  let held = 0;

  const giveBack = (): void => {
    const next = waiting.shift();
    if (next === undefined) held -= 1;
    else next();
  };

  const takePlace = (signal: AbortSignal): Promise<void> => {
    if (held < limit) {
      held += 1;
      return Promise.resolve();
    }
    return new Promise((resolve, reject) => {
      const admit = (): void => {
        signal.removeEventListener('abort', leave);
        resolve();
      };
      const leave = (): void => {
        waiting.splice(waiting.indexOf(admit), 1);
        reject(signal.reason);
      };
      signal.addEventListener('abort', leave, { once: true });
      waiting.push(admit);
    });
  };

  return {
    async acquire(signal) {
      signal.throwIfAborted();
      await takePlace(signal);
      let isHeld = true;
      return async () => {
        if (!isHeld) return;
        isHeld = false;
        giveBack();
      };
    },
  };
}
