import { ConfigurationFailure, Failure, SystemFailure, TransientFailure } from '../domain/errors.ts';

/** What is known of an answer that was no success. */
export type RefusedAnswer = {
  status: number;
  headers: Headers;
  /** The vendor's own words, secrets already taken out. */
  text: string;
};

/** Errors that come before a single byte of the request has left. */
const codesBeforeSending = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
]);
const shownTextLength = 500;

const writtenOtherwise: Readonly<Record<string, string>> = { saladcloud: 'SaladCloud', vast: 'Vast.ai' };

/** `kaggle` becomes `Kaggle`, for sentences. */
export function vendorName(vendor: string): string {
  return writtenOtherwise[vendor] ?? vendor.charAt(0).toUpperCase() + vendor.slice(1);
}

/**
 * The failure that an HTTP status means where the vendor has no words of its own for it: 401 and 403 are for an
 * operator, 408, 429 and 5xx may pass, the rest is a request that we should not have made.
 * `details` hold the status, the vendor's text, and `surelyNothingHappened` where the call had no effect.
 */
export function failureOf(vendor: string, answer: RefusedAnswer, now: () => Date): Failure {
  const { status, headers } = answer;
  const name = vendorName(vendor);
  const details = { status, vendorText: answer.text.slice(0, shownTextLength) };
  if (status === 401 || status === 403) {
    return new ConfigurationFailure(`${name} refused our credentials; check the key that is set for it.`, {
      code: `${vendor}.refused`,
      details,
    });
  }
  if (status === 408 || status === 429 || status >= 500) {
    const retryAfterMs = parseRetryAfterMs(headers.get('retry-after'), now);
    const surelyNothingHappened = status === 429 || (status === 503 && retryAfterMs !== undefined);
    return new TransientFailure(
      status === 429 ? `${name} asks us to slow down.` : `${name} has trouble of its own (HTTP ${status}).`,
      {
        code: status === 429 ? `${vendor}.busy` : `${vendor}.failing`,
        retryAfterMs,
        details: { ...details, surelyNothingHappened },
      },
    );
  }
  return new SystemFailure(`${name} did not understand a request of ours (HTTP ${status}).`, {
    code: `${vendor}.bad_request`,
    details,
  });
}

/**
 * The failure that a call without an answer means.
 * @param signal what the call was made with: its abort, unless by a timeout, is handed on as it is.
 */
export function unansweredFailure(vendor: string, cause: unknown, signal: AbortSignal): unknown {
  if (cause instanceof Failure) return cause;
  const isTimeout = signal.aborted && signal.reason instanceof Error && signal.reason.name === 'TimeoutError';
  if (signal.aborted && !isTimeout) return signal.reason;
  return new TransientFailure(`${vendorName(vendor)} did not answer.`, {
    code: isTimeout ? `${vendor}.timeout` : `${vendor}.unreachable`,
    cause,
    details: { surelyNothingHappened: !isTimeout && isBeforeSending(cause) },
  });
}

/** True when the vendor cannot have acted on the call, so that even an unrepeatable one may be repeated. */
export function hasSurelyDoneNothing(error: unknown): boolean {
  return error instanceof Failure && error.details.surelyNothingHappened === true;
}

/**
 * Seconds (a fraction is allowed) or an HTTP date.
 * @returns undefined for a missing or unreadable header; never less than 0.
 */
export function parseRetryAfterMs(header: string | null, now: () => Date): number | undefined {
  const text = header?.trim() ?? '';
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text) * 1_000;
  const atMs = /[a-z]/i.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(atMs) ? undefined : Math.max(0, atMs - now().getTime());
}

function isBeforeSending(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if ('code' in error && typeof error.code === 'string' && codesBeforeSending.has(error.code)) return true;
  return isBeforeSending(error.cause);
}
