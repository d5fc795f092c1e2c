import { setTimeout as wait } from 'node:timers/promises';

/** Waits until the next call may go out. */
export type Pace = (signal: AbortSignal) => Promise<void>;

/** How many calls may follow each other at once, of those that a minute has. */
const burstShare = 0.25;

/** A bucket of tokens: short bursts pass, the minute's sum holds. Calls go out in the order in which they came. */
export function createPace(callsPerMinute: number): Pace {
  const most = Math.max(1, Math.floor(callsPerMinute * burstShare));
  const perMs = (callsPerMinute - most) / 60_000;
  let tokens = most;
  let countedAtMs = performance.now();
  let line: Promise<void> = Promise.resolve();

  const take = async (signal: AbortSignal): Promise<void> => {
    for (;;) {
      signal.throwIfAborted();
      const nowMs = performance.now();
      tokens = Math.min(most, tokens + (nowMs - countedAtMs) * perMs);
      countedAtMs = nowMs;
      if (tokens >= 1) break;
      const missingMs = Math.ceil((1 - tokens) / perMs);
      await wait(missingMs, undefined, { signal }).catch(() => signal.throwIfAborted());
    }
    tokens -= 1;
  };

  return (signal) => {
    const turn = line.then(() => take(signal));
    line = turn.catch(() => undefined);
    return turn;
  };
}
