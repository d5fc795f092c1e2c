import type { SlackDeliveryType, SlackSignature, SlackViolation } from './contract.ts';

/** Slack waits this long for an acknowledgement. Source: handling user interaction. */
export const ackTimeoutMs = 3000;

/** What became of one attempt to give something to the app. */
export type Attempt = {
  isAcknowledged: boolean;
  elapsedMs: number;
  payload: unknown;
  /** As Slack's client names it; null where all went well. */
  failure: 'operation_timeout' | 'dispatch_failed' | null;
  /** Status of the HTTP answer; null by socket or without an answer. */
  status: number | null;
  /** The app asked not to be sent this again. */
  isFinal: boolean;
};

export type AttemptOptions = {
  /** The how-manieth repetition of an event; 0 for the first attempt. */
  retryAttempt: number;
  signature: SlackSignature;
};

/** Gives payloads to the app, by Socket Mode or by signed HTTP. */
export type Delivery = {
  attempt(type: SlackDeliveryType, payload: unknown, options: AttemptOptions): Promise<Attempt>;
};

export type Violations = { add(what: string): void; all(): readonly SlackViolation[] };

export function createViolations(now: () => Date): Violations {
  const violations: SlackViolation[] = [];
  return {
    add: (what) => void violations.push({ what, at: now() }),
    all: () => [...violations],
  };
}

export function failedAttempt(
  failure: 'operation_timeout' | 'dispatch_failed',
  elapsedMs: number,
  more: Partial<Attempt> = {},
): Attempt {
  return { isAcknowledged: false, elapsedMs, payload: null, failure, status: null, isFinal: false, ...more };
}
