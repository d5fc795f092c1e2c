import { asFailure, type Failure, TransientFailure } from '../domain/errors.ts';
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
const configurationProbeMs = 30_000;
const vendorAwayMs = 30_000;

const databaseAwayMs = 5_000;

/** A vendor that is away uses up no start: the job waits until it answers, or its stage's SLA ends. */
const awayCodes = /\.(unavailable|failing|unreachable|busy|timeout)$/;
/** Codes of the vendors whose absence is nobody's failure, and of our own database. */
const awayAreas = /^(kaggle|state)\./;

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
  },
): Settlement {
  if (error instanceof Wait)
    return { outcome: 'wait', delayMs: error.delayMs, reason: error.message, mend: null };
  if (input.isStopping) return { outcome: 'wait', delayMs: 0, reason: 'stopped', mend: null };
  const failure = asFailure(error);
  if (failure.kind === 'configuration' && input.canBeMended) {
    return { outcome: 'wait', delayMs: configurationProbeMs, reason: failure.message, mend: failure };
  }
  if (failure instanceof TransientFailure) {
    const isAway = failure.retryAfterMs !== undefined || awayCodes.test(failure.code);
    if (isAway && awayAreas.test(failure.code)) {
      const usualMs = failure.code.startsWith('state.') ? databaseAwayMs : vendorAwayMs;
      return {
        outcome: 'wait',
        delayMs: failure.retryAfterMs ?? usualMs,
        reason: failure.message,
        mend: null,
      };
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
