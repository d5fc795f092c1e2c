import { APIConnectionTimeoutError, APIError } from '@anthropic-ai/sdk';
import {
  BusinessFailure,
  ConfigurationFailure,
  Failure,
  SystemFailure,
  TransientFailure,
} from '../../domain/errors.ts';
import { parseRetryAfterMs, unansweredFailure } from '../failure-of.ts';

export const vendor = 'claude';

/**
 * The account's own limits: waiting for seconds helps with none of them.
 * Source: SDK 1.12, resources/shared.ts
 */
const spendLimitCodes = new Set([
  'enforced_spend_limit_reached',
  'contract_spend_limit_reached',
  'linked_organization_spend_limit_reached',
]);
const longestText = 300;
/** This one lasts to the end of the month. */
const monthlyLimitCode = 'enforced_spend_limit_reached';

/**
 * What an error of the SDK means here. Decided by status, type and error code alone, never by the vendor's wording.
 * @param signal what the call was made with: its abort, unless by a timeout, is handed on as it is
 */
export function claudeFailure(error: unknown, signal: AbortSignal, now: () => Date): unknown {
  if (error instanceof Failure) return error;
  if (error instanceof Error && error.cause instanceof Failure) return error.cause;
  if (signal.aborted) return unansweredFailure(vendor, error, signal);
  if (error instanceof APIConnectionTimeoutError) {
    return new TransientFailure('Claude did not answer in time.', { code: 'claude.timeout', cause: error });
  }
  if (error instanceof APIError && (error.status !== undefined || error.type !== null)) {
    return refusedFailure(error, now);
  }
  // A stream that ends or breaks off in the middle comes as an error without a status.
  return unansweredFailure(vendor, error, signal);
}

/** True where nothing can have been billed: the vendor answered with an error instead of a message. */
export function isSurelyFree(error: unknown): boolean {
  return error instanceof Failure && error.details.isFree === true;
}

/** True where another model may well answer. */
export function isOfThisModelAlone(error: unknown): boolean {
  if (error instanceof TransientFailure) return error.code !== 'claude.ramp_limit';
  return (
    error instanceof ConfigurationFailure &&
    (error.code === 'llm.unknown_model' || error.code === 'llm.not_permitted')
  );
}

/** As callers know it: what is left after the retries of the policy has the port's own codes. */
export function asPortFailure(error: unknown): unknown {
  if (!(error instanceof TransientFailure) || !error.code.startsWith(`${vendor}.`)) return error;
  const { message, code, retryAfterMs, details } = error;
  return new TransientFailure(message, {
    code: `llm.${code.slice(vendor.length + 1)}`,
    cause: error,
    retryAfterMs,
    details,
  });
}

function refusedFailure(error: APIError, now: () => Date): Failure {
  const { status, type, errorCode, requestID } = error;
  const details = {
    status: status ?? null,
    type,
    errorCode,
    requestId: requestID ?? null,
    isFree: status !== undefined,
  };
  const options = { cause: undefined, details };
  if (errorCode !== null && spendLimitCodes.has(errorCode)) return spendLimit(errorCode, details, now);
  if (status === 402 || type === 'billing_error') return spendLimit(null, details, now);
  if (status === 401 || type === 'authentication_error') {
    return new ConfigurationFailure('Claude refused our key; check ANTHROPIC_API_KEY.', {
      ...options,
      code: 'llm.key_refused',
    });
  }
  if (status === 403 || type === 'permission_error') {
    return new ConfigurationFailure('Claude does not let our key do this; check what it may use.', {
      ...options,
      code: 'llm.not_permitted',
    });
  }
  if (status === 404 || type === 'not_found_error') {
    return new ConfigurationFailure('Claude does not know a model that is set, or knows it no more.', {
      ...options,
      code: 'llm.unknown_model',
    });
  }
  if (status === 413) {
    return new BusinessFailure('What we asked Claude was longer than it takes.', {
      ...options,
      code: 'llm.too_long',
    });
  }
  return (
    passing(error, details, now) ??
    badRequest({ ...details, vendorText: error.apiMessage?.slice(0, longestText) })
  );
}

function passing(
  error: APIError,
  details: Record<string, unknown>,
  now: () => Date,
): TransientFailure | null {
  const { status, type, errorCode, headers } = error;
  const retryAfterMs = parseRetryAfterMs(headers?.get('retry-after') ?? null, now);
  const fail = (message: string, reason: string) =>
    new TransientFailure(message, {
      code: `${vendor}.${reason}`,
      retryAfterMs,
      details: { ...details, surelyNothingHappened: details.isFree },
    });
  if (errorCode === 'ramp_limit_exceeded') {
    return fail('Claude asks us to let our use of it grow more slowly.', 'ramp_limit');
  }
  if (status === 429 || type === 'rate_limit_error') return fail('Claude asks us to slow down.', 'busy');
  if (status === 529 || type === 'overloaded_error') return fail('Claude is overloaded.', 'overloaded');
  const isTheirs =
    (status !== undefined && (status === 408 || status === 409 || status >= 500)) || isTheirType(type);
  return isTheirs ? fail('Claude has trouble of its own.', 'failing') : null;
}

function isTheirType(type: string | null): boolean {
  return type === 'api_error' || type === 'timeout_error' || type === 'conflict_error';
}

function badRequest(details: Record<string, unknown>): SystemFailure {
  return new SystemFailure('Claude did not understand a request of ours.', {
    code: 'llm.bad_request',
    details,
  });
}

function spendLimit(
  errorCode: string | null,
  details: Record<string, unknown>,
  now: () => Date,
): ConfigurationFailure {
  if (errorCode !== monthlyLimitCode) {
    return new ConfigurationFailure(
      'The Claude account has no money left to spend: its limit is reached or its bill is open.',
      { code: 'llm.spend_limit', details },
    );
  }
  const until = firstOfNextMonth(now()).toISOString();
  return new ConfigurationFailure(
    `The Claude account has reached its limit for this month; it lasts until ${until.slice(0, 10)} 00:00 UTC.`,
    { code: 'llm.spend_limit', details: { ...details, until } },
  );
}

/** The monthly limits end there. Source: contract of Claude, section 5 */
function firstOfNextMonth(now: Date): Date {
  return new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + 1, 1));
}
