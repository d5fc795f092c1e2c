import { setTimeout as wait } from 'node:timers/promises';
import {
  BrokenCircuitError,
  type CircuitBreakerPolicy,
  CircuitState,
  circuitBreaker,
  handleWhen,
  IterableBackoff,
} from 'cockatiel';
import { TransientFailure } from '../domain/errors.ts';
import { createBreakerWindow } from './breaker-window.ts';
import { hasSurelyDoneNothing, vendorName } from './failure-of.ts';

/** At most so many calls at once. `src/infra/semaphore.ts` makes them. */
export type CallLimit = { acquire(signal: AbortSignal): Promise<() => Promise<void>> };

export type PolicyCall = {
  /** The vendor's name of the method; appears in metrics. */
  name: string;
  /** False: the call has an effect that must not be repeated unless the vendor surely did nothing. */
  idempotent: boolean;
  signal: AbortSignal;
  /** Time for one attempt. */
  timeoutMs?: number;
};

export type PolicyState = {
  breaker: 'closed' | 'open' | 'half_open';
  /** When the breaker lets the next call try; null while it is closed. */
  retryAfterMs: number | null;
};

/** One attempt that reached the vendor, or was refused by the open breaker (`code` `<vendor>.unavailable`). */
export type Attempt = {
  vendor: string;
  name: string;
  /** From 1. */
  attempt: number;
  outcome: 'ok' | 'failed' | 'aborted';
  /** The failure's code; null when it went well or was aborted. */
  code: string | null;
  durationMs: number;
};

export type PolicyOptions = {
  /** Lower-case; prefix of the error codes. */
  vendor: string;
  limit: CallLimit;
  /** Time for one attempt where the call names none. */
  timeoutMs: number;
  now: () => Date;
  /** 0 (inclusive) to 1, for the jitter. */
  random: () => number;
  /** The very first included. */
  maxAttempts?: number;
  backoff?: { firstMs: number; longestMs: number; jitter: number };
  breaker?: {
    failureShare: number;
    windowMs: number;
    minimumCalls: number;
    /** How long it stays open at first, and after a failed try. */
    halfOpenAfterMs: number;
    retryEveryMs: number;
  };
  onAttempt?: (attempt: Attempt) => void;
};

export type Policy = {
  /**
   * Calls the vendor: within the limit on calls at once, timed out, repeated where that helps and is safe, and
   * not at all while the breaker is open. `fn` throws Failures; only a TransientFailure is repeated or counts
   * against the vendor. A wait that the vendor asks for is kept when it is at most the longest backoff;
   * otherwise the failure goes to the caller at once with its `retryAfterMs`.
   * @throws what `fn` threw last; TransientFailure `<vendor>.timeout` or `<vendor>.unavailable`;
   * the signal's reason once it aborts.
   */
  run<T>(call: PolicyCall, fn: (signal: AbortSignal) => Promise<T>): Promise<T>;
  state(): PolicyState;
};

const defaults = {
  maxAttempts: 3,
  backoff: { firstMs: 1_000, longestMs: 60_000, jitter: 0.1 },
  breaker: {
    failureShare: 0.5,
    windowMs: 300_000,
    minimumCalls: 5,
    halfOpenAfterMs: 60_000,
    retryEveryMs: 30_000,
  },
} as const;

/** The one resilience policy for calls to a vendor. Make one per vendor and account: its breaker is shared. */
export function createPolicy(options: PolicyOptions): Policy {
  const settings = { ...defaults, ...options };
  const gate = createGate(settings);

  const attemptOnce = async <T>(
    call: PolicyCall,
    attempt: number,
    fn: (signal: AbortSignal) => Promise<T>,
  ) => {
    const release = await settings.limit.acquire(call.signal);
    const startedMs = performance.now();
    const report = (outcome: Attempt['outcome'], code: string | null): void =>
      settings.onAttempt?.({
        vendor: settings.vendor,
        name: call.name,
        attempt,
        outcome,
        code,
        durationMs: performance.now() - startedMs,
      });
    try {
      const value = await gate.pass(() => timed(settings, call, fn), call.signal);
      report('ok', null);
      return value;
    } catch (error) {
      report(call.signal.aborted ? 'aborted' : 'failed', codeOf(error));
      throw error;
    } finally {
      await release();
    }
  };

  return {
    async run(call, fn) {
      for (let attempt = 1; ; attempt += 1) {
        call.signal.throwIfAborted();
        try {
          return await attemptOnce(call, attempt, fn);
        } catch (error) {
          const delayMs = attempt < settings.maxAttempts ? delayBefore(error, call, attempt, settings) : null;
          if (delayMs === null) throw error;
          // cockatiel's own retry would sleep through an abort, and then call once more.
          await wait(delayMs, undefined, { signal: call.signal }).catch(() => call.signal.throwIfAborted());
        }
      }
    },
    state: gate.state,
  };
}

type Settings = Required<Omit<PolicyOptions, 'onAttempt'>> & Pick<PolicyOptions, 'onAttempt'>;

/** @returns how long to wait before the next attempt, or null when there must be none. */
function delayBefore(error: unknown, call: PolicyCall, attempt: number, settings: Settings): number | null {
  if (call.signal.aborted || !(error instanceof TransientFailure)) return null;
  if (error.code === `${settings.vendor}.unavailable`) return null;
  if (!call.idempotent && !hasSurelyDoneNothing(error)) return null;
  const { firstMs, longestMs, jitter } = settings.backoff;
  const spread = settings.random() * jitter;
  if (error.retryAfterMs !== undefined) {
    // Later than asked by the jitter, never earlier.
    return error.retryAfterMs > longestMs ? null : error.retryAfterMs * (1 + spread);
  }
  return Math.min(firstMs * 2 ** (attempt - 1), longestMs) * (1 - jitter + 2 * spread);
}

async function timed<T>(settings: Settings, call: PolicyCall, fn: (signal: AbortSignal) => Promise<T>) {
  const timeoutMs = call.timeoutMs ?? settings.timeoutMs;
  const timeout = AbortSignal.timeout(timeoutMs);
  try {
    return await fn(AbortSignal.any([call.signal, timeout]));
  } catch (cause) {
    if (call.signal.aborted || !timeout.aborted) throw cause;
    const name = vendorName(settings.vendor);
    throw new TransientFailure(`${name} did not answer within ${timeoutMs / 1_000} s.`, {
      code: `${settings.vendor}.timeout`,
      cause,
    });
  }
}

/** The breaker: `pass` runs the work or refuses it. */
function createGate(settings: Settings) {
  const { halfOpenAfterMs, retryEveryMs, ...window } = settings.breaker;
  let openUntilMs = 0;
  let openings = 0;

  const breaker: CircuitBreakerPolicy = circuitBreaker(
    handleWhen(
      (error) =>
        error instanceof TransientFailure ||
        // A try that was given up says nothing about the vendor, so the breaker must not close on it.
        (breaker.state === CircuitState.HalfOpen && error instanceof GivenUp),
    ),
    {
      breaker: createBreakerWindow({ ...window, now: settings.now }),
      halfOpenAfter: new IterableBackoff([halfOpenAfterMs, retryEveryMs]),
    },
  );
  breaker.onBreak(() => {
    openUntilMs = settings.now().getTime() + (openings === 0 ? halfOpenAfterMs : retryEveryMs);
    openings += 1;
  });
  breaker.onReset(() => {
    openings = 0;
  });

  const waitMs = (): number => Math.max(0, openUntilMs - settings.now().getTime());
  const unavailable = (cause?: unknown): TransientFailure =>
    new TransientFailure(
      `${vendorName(settings.vendor)} keeps failing, so calls to it are held back and tried again by themselves.`,
      {
        code: `${settings.vendor}.unavailable`,
        cause,
        // While the one try is under way its end is not known; the pace of tries is the best guess.
        retryAfterMs: waitMs() || retryEveryMs,
        details: { surelyNothingHappened: true },
      },
    );

  return {
    async pass<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T> {
      // Waiting for the try's end, as cockatiel would, ignores the caller's signal.
      if (breaker.state === CircuitState.HalfOpen) throw unavailable();
      const watched = async (): Promise<T> => {
        try {
          return await work();
        } catch (error) {
          throw signal.aborted ? new GivenUp(error) : error;
        }
      };
      return await breaker.execute(watched, signal).catch((error: unknown) => {
        if (error instanceof BrokenCircuitError) throw unavailable(error);
        throw error instanceof GivenUp ? error.reason : error;
      });
    },
    state(): PolicyState {
      if (breaker.state === CircuitState.Open) return { breaker: 'open', retryAfterMs: waitMs() };
      if (breaker.state === CircuitState.HalfOpen) return { breaker: 'half_open', retryAfterMs: waitMs() };
      return { breaker: 'closed', retryAfterMs: null };
    },
  };
}

/** Tells the breaker that the caller's signal ended the call; never leaves this file. */
class GivenUp extends Error {
  readonly reason: unknown;

  constructor(reason: unknown) {
    super('the caller gave the call up', { cause: reason });
    this.reason = reason;
  }
}

function codeOf(error: unknown): string | null {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : null;
}
