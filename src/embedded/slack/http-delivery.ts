import { createHmac } from 'node:crypto';
import { parseJson } from './blocks/check.ts';
import type { SlackDeliveryType, SlackSignature } from './contract.ts';
import { type Attempt, type AttemptOptions, ackTimeoutMs, type Delivery, failedAttempt } from './delivery.ts';

export type HttpDeliveryOptions = {
  requestUrl: string;
  signingSecret: string;
  now: () => Date;
  signal: AbortSignal;
};

/** Bolt refuses what is older than five minutes. */
const staleByMs = 6 * 60_000;

/** Gives payloads to the app as signed HTTP requests. Source: verifying requests from Slack. */
export function createHttpDelivery({
  requestUrl,
  signingSecret,
  now,
  signal,
}: HttpDeliveryOptions): Delivery {
  return {
    async attempt(type, payload, options) {
      const { body, contentType } = encode(type, payload);
      const startedMs = performance.now();
      const elapsedMs = () => performance.now() - startedMs;
      try {
        const response = await fetch(requestUrl, {
          method: 'POST',
          body,
          redirect: 'manual',
          signal: AbortSignal.any([signal, AbortSignal.timeout(ackTimeoutMs)]),
          headers: {
            'content-type': contentType,
            'user-agent': 'Slackbot 1.0',
            ...sign(body, signingSecret, now(), options.signature),
            ...retryHeaders(options),
          },
        });
        return toAttempt(response, await response.text(), elapsedMs());
      } catch (error) {
        const isLate = error instanceof DOMException && error.name === 'TimeoutError';
        return failedAttempt(isLate ? 'operation_timeout' : 'dispatch_failed', elapsedMs());
      }
    },
  };
}

function toAttempt(response: Response, text: string, elapsedMs: number): Attempt {
  const { status } = response;
  const isFinal = response.headers.get('x-slack-no-retry') === '1';
  if (!response.ok) return failedAttempt('dispatch_failed', elapsedMs, { status, isFinal });
  // An answer that is not JSON is a text for the person.
  const payload = text === '' ? {} : (parseJson(text) ?? text);
  return { isAcknowledged: true, elapsedMs, payload, failure: null, status, isFinal };
}

/** Slash commands are forms, interactions a form with one JSON field, events JSON. */
function encode(type: SlackDeliveryType, payload: unknown): { body: string; contentType: string } {
  if (type === 'events_api') return { body: JSON.stringify(payload), contentType: 'application/json' };
  const fields = type === 'interactive' ? { payload: JSON.stringify(payload) } : Object(payload);
  const form = new URLSearchParams();
  for (const [name, value] of Object.entries(fields)) form.set(name, String(value));
  return { body: form.toString(), contentType: 'application/x-www-form-urlencoded' };
}

/** `v0=` and the HMAC-SHA256 of version, time and raw body. */
function sign(body: string, secret: string, now: Date, how: SlackSignature): Record<string, string> {
  const atMs = now.getTime() - (how === 'stale' ? staleByMs : 0);
  const timestamp = String(Math.floor(atMs / 1000));
  if (how === 'missing') return { 'x-slack-request-timestamp': timestamp };
  const key = how === 'wrong' ? `${secret}-not` : secret;
  const digest = createHmac('sha256', key).update(`v0:${timestamp}:${body}`).digest('hex');
  return { 'x-slack-request-timestamp': timestamp, 'x-slack-signature': `v0=${digest}` };
}

function retryHeaders({ retryAttempt }: AttemptOptions): Record<string, string> {
  if (retryAttempt === 0) return {};
  return { 'x-slack-retry-num': String(retryAttempt), 'x-slack-retry-reason': 'http_timeout' };
}
