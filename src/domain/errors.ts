/**
 * The four kinds of failure. The kind alone decides what happens next
 * (retry, ask an operator, skip with a reason, isolate or stop); nobody reads messages to decide.
 */
export type FailureKind = 'transient' | 'configuration' | 'business' | 'system';

export type FailureOptions = {
  /** Stable and greppable, `area.reason`. */
  code: string;
  cause?: unknown;
  details?: Record<string, unknown>;
};

/** Base of every error thrown on purpose. `message` is one sentence for people, without secrets. */
export abstract class Failure extends Error {
  abstract readonly kind: FailureKind;
  readonly code: string;
  readonly details: Record<string, unknown>;

  constructor(message: string, { code, cause, details = {} }: FailureOptions) {
    super(message, { cause });
    this.name = new.target.name;
    this.code = code;
    this.details = details;
  }
}

/** The same call may work later: timeout, rate limit, no capacity, a service stopped for a while. */
export class TransientFailure extends Failure {
  readonly kind = 'transient';
  /** The vendor's own hint (Retry-After), in milliseconds. */
  readonly retryAfterMs: number | undefined;

  constructor(message: string, options: FailureOptions & { retryAfterMs?: number | undefined }) {
    super(message, options);
    this.retryAfterMs = options.retryAfterMs;
  }
}

/** An operator must act: bad key, missing permission, service not running. */
export class ConfigurationFailure extends Failure {
  readonly kind = 'configuration';
}

/** A rule said no: rules not accepted, deadline passed, budget reached, quality bar missed. */
export class BusinessFailure extends Failure {
  readonly kind = 'business';
}

/** Our ground gave way. `module` isolates the module that threw; `process` is an emergency stop. */
export class SystemFailure extends Failure {
  readonly kind = 'system';
  readonly scope: 'module' | 'process';

  constructor(message: string, options: FailureOptions & { scope?: 'module' | 'process' }) {
    super(message, options);
    this.scope = options.scope ?? 'module';
  }
}

/** Gives anything thrown a kind; what was not thrown on purpose is a bug in the module that let it out. */
export function asFailure(error: unknown): Failure {
  if (error instanceof Failure) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new SystemFailure(message, { code: 'unexpected', cause: error });
}
