import { z } from 'zod';
import { SystemFailure } from '../../domain/errors.ts';
import { callJson, type Fetch } from '../http.ts';
import type { Policy } from '../policy.ts';
import { hideSignatures } from './hide-links.ts';
import { refusalIn, vastFailure } from './vast-failure.ts';
import type { VastEndpoint, VastPace } from './vast-pace.ts';

const vendor = 'vast';
const anything = z.unknown();
const usualAnswerTimeoutMs = 30_000;
/** For one attempt with its wait for its turn, a search's being the longest. */
const attemptTimeoutMs = 120_000;

export type VastCallOptions = {
  /** `https://console.vast.ai`, without a slash at its end. */
  baseUrl: string;
  apiKey: { reveal(): string };
  fetch: Fetch;
  policy: Policy;
  pace: VastPace;
  userAgent: string;
  now: () => Date;
  /** From a call's turn to the end of its answer; half a minute. */
  answerTimeoutMs?: number;
};

export type VastCall<T> = {
  /** Appears in metrics. */
  name: string;
  endpoint: VastEndpoint;
  method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** With the slash at its end, which is part of it. */
  path: string;
  query?: Readonly<Record<string, string>>;
  json?: unknown;
  answer: z.ZodType<T>;
  /** Whether it may be repeated when its answer was lost. */
  idempotent: boolean;
  signal: AbortSignal;
};

export type VastCalls = <T>(call: VastCall<T>) => Promise<T>;

/**
 * Calls of the Vast.ai API: in its pace, with our key, and failing only as a `Failure`.
 * Source: docs.vast.ai, API reference; error bodies as in vast-failure.ts.
 */
export function createVastCalls(options: VastCallOptions): VastCalls {
  return async (call) => {
    const { name, idempotent, signal } = call;
    const attempt = { name, idempotent, signal, timeoutMs: attemptTimeoutMs };
    return await options.policy.run(attempt, async (attemptSignal) => {
      await options.pace.turn(call.endpoint, attemptSignal);
      return await callOnce(options, call, attemptSignal);
    });
  };
}

async function callOnce<T>(options: VastCallOptions, call: VastCall<T>, signal: AbortSignal): Promise<T> {
  const key = options.apiKey.reveal();
  const redact = (text: string) => hideSignatures(text.replaceAll(key, '[redacted]'));
  const means = { now: options.now, penaltyMs: options.pace.penaltyMs(call.endpoint) };
  const url = new URL(`${options.baseUrl}${call.path}`);
  for (const [field, value] of Object.entries(call.query ?? {})) url.searchParams.set(field, value);
  const body: unknown = await callJson({
    vendor,
    fetch: options.fetch,
    url,
    method: call.method,
    userAgent: options.userAgent,
    signal,
    timeoutMs: options.answerTimeoutMs ?? usualAnswerTimeoutMs,
    ...(call.json === undefined ? {} : { json: call.json }),
    authorization: { origins: [url.origin], header: () => `Bearer ${key}` },
    response: anything,
    now: options.now,
    redact,
    failureOf: (answer) => vastFailure(answer, means),
  });
  const refusal = refusalIn(body);
  if (refusal !== null) {
    throw vastFailure({ status: 200, headers: new Headers(), text: redact(refusal) }, means);
  }
  const parsed = call.answer.safeParse(body);
  if (parsed.success) return parsed.data;
  throw new SystemFailure('Vast.ai answered in a shape we do not know.', {
    code: 'vast.bad_response',
    cause: parsed.error,
    details: { call: call.name },
  });
}
