import { CircuitState, type IBreaker } from 'cockatiel';

export type BreakerWindowOptions = {
  /** Share of failed calls, 0 to 1, at which the breaker opens. */
  failureShare: number;
  /** Calls older than this no longer count. */
  windowMs: number;
  /** With fewer calls in the window the breaker stays closed. */
  minimumCalls: number;
  now: () => Date;
};

type Call = { atMs: number; hasFailed: boolean };

/**
 * Opens on the share of failures among the calls of the last `windowMs`.
 * cockatiel's own SamplingBreaker forgets one slot per call rather than by time, so at a few calls a minute its
 * "five minutes" lasts for hours, and it wants more than the share instead of reaching it.
 * Source: cockatiel 4.0.0 dist/breaker/SamplingBreaker.js.
 */
export function createBreakerWindow(options: BreakerWindowOptions): IBreaker {
  let calls: Call[] = [];

  const record = (hasFailed: boolean): void => {
    const nowMs = options.now().getTime();
    calls = calls.filter((call) => call.atMs > nowMs - options.windowMs);
    calls.push({ atMs: nowMs, hasFailed });
  };

  return {
    /** Only a breaker that is rebuilt from a snapshot uses it; ours lives as long as its process. */
    state: null,
    success(state) {
      if (state === CircuitState.HalfOpen) calls = [];
      record(false);
    },
    failure(state) {
      record(true);
      if (state !== CircuitState.Closed) return true;
      const failed = calls.filter((call) => call.hasFailed).length;
      return calls.length >= options.minimumCalls && failed >= options.failureShare * calls.length;
    },
  };
}
