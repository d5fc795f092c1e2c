import { setTimeout as wait } from 'node:timers/promises';
import { type Logger, LogLevel } from '@slack/bolt';
import { WebAPIRateLimitedError, WebClient, type WebClientOptions } from '@slack/web-api';
import type { Log } from '../../domain/log.ts';

const callTimeoutMs = 10_000;

/** A credential that shows itself only to whoever sends it. */
export type Revealable = { reveal(): string };

/**
 * Clients that must not hold each other up: where a client waits out a 429 itself, all its other calls wait as well.
 * Source: @slack/web-api 8 `makeRequest`, which pauses its queue.
 */
export type SlackClients = {
  /** Cards. Never repeats a call by itself: a post whose answer was lost may have taken effect. */
  cards: WebClient;
  /** Answers to what people typed or pressed; not repeated by itself either. */
  answers: WebClient;
  /** Modals and Home tabs, whose triggers live for three seconds. */
  views: WebClient;
  /** Reads: who somebody is, which groups there are. */
  lookups: WebClient;
};

/** Bolt writes into the options it is given, so everybody gets a copy of their own. */
export function clientOptions({ apiUrl, logger }: { apiUrl: string; logger: Logger }): WebClientOptions {
  return {
    slackApiUrl: `${apiUrl.replace(/\/+$/, '')}/`,
    timeout: callTimeoutMs,
    retryConfig: { retries: 4, factor: 2, minTimeout: 500, maxTimeout: 15_000 },
    allowAbsoluteUrls: false,
    logger,
  };
}

export function createSlackClients(input: {
  token: Revealable;
  apiUrl: string;
  logger: Logger;
}): SlackClients {
  const make = (special: Partial<WebClientOptions>) =>
    new WebClient(input.token.reveal(), { ...clientOptions(input), ...special });
  const never = { retryConfig: { retries: 0 }, rejectRateLimitedCalls: true };
  return {
    cards: make(never),
    answers: make(never),
    views: make(never),
    lookups: make({ retryConfig: { retries: 1, factor: 2, minTimeout: 300, maxTimeout: 1_000 } }),
  };
}

/** Bolt's log as ours. Its debug lines hold whole payloads, so they are left out. */
export function createBoltLogger(log: Log): Logger {
  const line = (words: readonly unknown[]) => ({ slack: words.map(String).join(' ').slice(0, 500) });
  return {
    debug: () => undefined,
    info: (...words) => log.debug(line(words), 'slack library'),
    warn: (...words) => log.warn(line(words), 'slack library'),
    error: (...words) => log.warn(line(words), 'slack library'),
    setLevel: () => undefined,
    getLevel: () => LogLevel.INFO,
    setName: () => undefined,
  };
}

const patientTries = 3;
/** Nobody reads an answer that comes later. */
const longestPatienceMs = 60_000;

/** Calls again where Slack says to come back later, which has no effect; nothing else is repeated. */
export async function patiently<T>(call: () => Promise<T>, signal: AbortSignal): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await call();
    } catch (error) {
      const waitMs = error instanceof WebAPIRateLimitedError ? error.retryAfter * 1_000 : Number.NaN;
      if (!(waitMs <= longestPatienceMs) || tries === patientTries) throw error;
      await wait(waitMs, undefined, { signal });
    }
  }
}

/** Ends waiting when the signal does; the call itself has a time limit of its own. */
export async function orAbort<T>(call: Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted();
  const { promise, reject } = Promise.withResolvers<never>();
  const abort = () => reject(signal.reason);
  signal.addEventListener('abort', abort, { once: true });
  try {
    return await Promise.race([call, promise]);
  } finally {
    signal.removeEventListener('abort', abort);
    call.catch(() => undefined);
  }
}
