import { asFailure, type Failure, TransientFailure } from '../domain/errors.ts';
import { groundLoss } from '../domain/ground.ts';
import { Wait } from '../flows/support/wait.ts';

/** What becomes of a run that did not simply end. */
export type Settlement =
  /** `mend`: a person has to set something before the job can go on. */
  | { outcome: 'wait'; delayMs: number; reason: string; mend: Failure | null }
  | { outcome: 'retry'; delayMs: number; failure: Failure }
  | { outcome: 'dead'; failure: Failure };

const firstBackoffMs = 1_000;
const longestBackoffMs = 60_000;
const jitter = 0.1;
const vendorAwayMs = 30_000;

/** Our own ground is back sooner than a vendor. */
const groundAwayMs = 5_000;

/** Whoever is away uses up no start: the job waits until it answers, or its stage's SLA ends. */
const awayCodes = /\.(unavailable|failing|unreachable|busy|timeout|rate_limited|sealed)$/;
/** Whatever these name a time for has come to nothing so far, whether they are away or not. */
const hintingAreas = /^(kaggle|state)\./;
const groundAreas = /^(state|queue|redis)\./;

/** Exponential from 1 s to 60 s, with a tenth of jitter. `random` is in [0, 1). */
export function backoffMs(attempt: number, random: number): number {
  const base = Math.min(firstBackoffMs * 2 ** (attempt - 1), longestBackoffMs);
  return Math.round(base * (1 + jitter * (2 * random - 1)));
}

/** The one place where an error becomes a wait, a retry or an end. Its kind decides, never its words. */
export function settle(
  error: unknown,
  input: {
    attempt: number;
    maxAttempts: number;
    random: number;
    /** The process is stopping: the job goes on at the next start. */
    isStopping: boolean;
    /** Somebody can mend a setting; otherwise the job need not wait for it. */
    canBeMended: boolean;
    /** How long a job waits that waits for that: as long as until the next probe of its module. */
    mendDelayMs: number;
  },
): Settlement {
  if (error instanceof Wait)
    return { outcome: 'wait', delayMs: error.delayMs, reason: error.message, mend: null };
  if (input.isStopping) return { outcome: 'wait', delayMs: 0, reason: 'stopped', mend: null };
  // The process stops, and the job goes on where it is started again.
  const lost = groundLoss(error);
  if (lost !== null) return { outcome: 'wait', delayMs: groundAwayMs, reason: lost.message, mend: null };
  const failure = asFailure(error);
  if (failure.kind === 'configuration' && input.canBeMended) {
    return { outcome: 'wait', delayMs: input.mendDelayMs, reason: failure.message, mend: failure };
  }
  if (failure instanceof TransientFailure) {
    if (isAway(failure)) {
      const usualMs = groundAreas.test(failure.code) ? groundAwayMs : vendorAwayMs;
      const delayMs = failure.retryAfterMs ?? usualMs;
      return { outcome: 'wait', delayMs, reason: failure.message, mend: null };
    }
    if (input.attempt < input.maxAttempts) {
      return {
        outcome: 'retry',
        delayMs: failure.retryAfterMs ?? backoffMs(input.attempt, input.random),
        failure,
      };
    }
  }
  return { outcome: 'dead', failure };
}

function isAway({ code, retryAfterMs }: TransientFailure): boolean {
  return awayCodes.test(code) || (retryAfterMs !== undefined && hintingAreas.test(code));
}
