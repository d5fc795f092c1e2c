import { setTimeout as wait } from 'node:timers/promises';

/** Time as the program sees it; tests give one of their own. */
export type Clock = {
  now(): Date;
  /** @throws the signal's reason when it aborts first. */
  wait(durationMs: number, signal: AbortSignal): Promise<void>;
};

export function createSystemClock(): Clock {
  return {
    now: () => new Date(),
    async wait(durationMs, signal) {
      await wait(durationMs, undefined, { signal }).catch((error: unknown) => {
        throw signal.aborted ? signal.reason : error;
      });
    },
  };
}
