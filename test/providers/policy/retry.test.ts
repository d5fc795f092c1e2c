import { expect, test } from 'vitest';
import { z } from 'zod';
import { BusinessFailure, ConfigurationFailure, TransientFailure } from '../../../src/domain/errors.ts';
import { createLocalSemaphore } from '../../../src/infra/semaphore.ts';
import { callJson } from '../../../src/providers/http.ts';
import {
  type Attempt,
  createPolicy,
  type Policy,
  type PolicyOptions,
} from '../../../src/providers/policy.ts';
import { type Handler, sendJson, startTinyServer } from '../../support/tiny-server.ts';

const fixedNow = new Date('2026-03-01T12:00:00.900Z');

function aPolicy(options: Partial<PolicyOptions> = {}): Policy {
  return createPolicy({
    vendor: 'kaggle',
    limit: createLocalSemaphore(3),
    timeoutMs: 2_000,
    now: () => fixedNow,
    random: () => 0.5,
    backoff: { firstMs: 20, longestMs: 400, jitter: 0.1 },
    ...options,
  });
}

const neverAborted = new AbortController().signal;

/** Calls a server under the policy; the server answers with `handlers` one after the other. */
async function aCall(handlers: Handler[], options: Partial<PolicyOptions> = {}, idempotent = true) {
  let next = 0;
  const server = await startTinyServer((request, response, raw) => {
    const handler = handlers[Math.min(next, handlers.length - 1)];
    next += 1;
    return handler?.(request, response, raw);
  });
  const policy = aPolicy(options);
  const run = (signal: AbortSignal = neverAborted) =>
    policy.run({ name: 'Test', idempotent, signal }, (attemptSignal) =>
      callJson({
        vendor: 'kaggle',
        fetch,
        url: new URL(server.url),
        method: 'GET',
        userAgent: 'test',
        signal: attemptSignal,
        response: z.object({ ok: z.literal(true) }),
        now: () => fixedNow,
      }),
    );
  return { server, policy, run };
}

const fine: Handler = (_request, response) => sendJson(response, 200, { ok: true });
const status =
  (code: number, headers = {}): Handler =>
  (_request, response) =>
    sendJson(response, code, { error: { message: 'no' } }, headers);
const cut: Handler = (_request, response) => void response.socket?.destroy();
const hang: Handler = () => undefined;

test.each([
  ['a fraction of a second', '0.15', 150],
  ['an HTTP date', new Date('2026-03-01T12:00:01.000Z').toUTCString(), 100],
])('a 429 is repeated after its Retry-After given as %s, never earlier', async (_name, header, waitMs) => {
  const { server, run } = await aCall([status(429, { 'retry-after': header }), fine]);

  await expect(run()).resolves.toEqual({ ok: true });

  const [first, second] = server.requests;
  // Timers may fire a millisecond early.
  expect((second?.atMs ?? 0) - (first?.atMs ?? 0)).toBeGreaterThanOrEqual(waitMs - 2);
});

test('a 429 with Retry-After in whole seconds keeps its hint for the caller when the wait is too long', async () => {
  const { server, run } = await aCall([status(429, { 'retry-after': '1800' }), fine]);

  await expect(run()).rejects.toMatchObject({
    kind: 'transient',
    code: 'kaggle.busy',
    retryAfterMs: 1_800_000,
  });

  expect(server.requests).toHaveLength(1);
});

test('a repeatable call is tried three times in all, the pauses doubling', async () => {
  const { server, run } = await aCall([status(500)], {
    backoff: { firstMs: 50, longestMs: 400, jitter: 0.1 },
  });

  await expect(run()).rejects.toMatchObject({ code: 'kaggle.failing', details: { status: 500 } });

  const at = server.requests.map(({ atMs }) => atMs);
  expect(at).toHaveLength(3);
  expect((at[1] ?? 0) - (at[0] ?? 0)).toBeGreaterThanOrEqual(48);
  expect((at[2] ?? 0) - (at[1] ?? 0)).toBeGreaterThanOrEqual(98);
});

test('a server that never answers is given up after the time for one attempt', async () => {
  const { server, run } = await aCall([hang], { timeoutMs: 60, maxAttempts: 2 });

  await expect(run()).rejects.toMatchObject({ kind: 'transient', code: 'kaggle.timeout' });

  expect(server.requests).toHaveLength(2);
});

test('a dropped connection is repeated for a repeatable call', async () => {
  const { server, run } = await aCall([cut, fine]);

  await expect(run()).resolves.toEqual({ ok: true });

  expect(server.requests).toHaveLength(2);
});

test.each([
  ['a dropped connection', cut],
  ['a 500', status(500)],
  ['a 503 without Retry-After', status(503)],
  ['no answer in time', hang],
])('a call with an effect is not repeated after %s', async (_name, handler) => {
  const { server, run } = await aCall([handler, fine], { timeoutMs: 80 }, false);

  await expect(run()).rejects.toBeInstanceOf(TransientFailure);

  expect(server.requests).toHaveLength(1);
});

test.each([
  ['a 429', status(429)],
  ['a 503 with Retry-After', status(503, { 'retry-after': '0.01' })],
])('a call with an effect is repeated after %s, which had none', async (_name, handler) => {
  const { server, run } = await aCall([handler, fine], {}, false);

  await expect(run()).resolves.toEqual({ ok: true });

  expect(server.requests).toHaveLength(2);
});

test('a refused connection surely had no effect', async () => {
  const attempts: Attempt[] = [];
  const { server, run } = await aCall([fine], { onAttempt: (attempt) => attempts.push(attempt) }, false);
  await server.close();

  await expect(run()).rejects.toMatchObject({
    code: 'kaggle.unreachable',
    details: { surelyNothingHappened: true },
  });

  expect(attempts).toHaveLength(3);
});

test.each([
  [400, 'system'],
  [401, 'configuration'],
  [403, 'configuration'],
])('a %i is not repeated and is a %s failure', async (code, kind) => {
  const { server, run } = await aCall([status(code)]);

  await expect(run()).rejects.toMatchObject({ kind });

  expect(server.requests).toHaveLength(1);
});

test('an abort ends the pause before the next attempt at once, and nothing is called again', async () => {
  const { server, run } = await aCall([status(500)], {
    backoff: { firstMs: 60_000, longestMs: 60_000, jitter: 0 },
  });
  const controller = new AbortController();
  const running = run(controller.signal);
  const caught = expect(running).rejects.toThrow('enough');
  await expect.poll(() => server.requests.length).toBe(1);

  controller.abort(new Error('enough'));

  await caught;
  expect(server.requests).toHaveLength(1);
});

test('an abort while the vendor answers gives the reason and no failure of the vendor', async () => {
  const { server, policy, run } = await aCall([hang]);
  const controller = new AbortController();
  const running = run(controller.signal);
  const caught = expect(running).rejects.toThrow('enough');
  await expect.poll(() => server.requests.length).toBe(1);

  controller.abort(new Error('enough'));

  await caught;
  expect(policy.state()).toEqual({ breaker: 'closed', retryAfterMs: null });
});

test('at most as many calls run at once as the limit says, and a pause holds no place', async () => {
  const limit = createLocalSemaphore(1);
  const policy = aPolicy({ limit, backoff: { firstMs: 300, longestMs: 400, jitter: 0 } });
  const order: string[] = [];
  const failOnce = async () => {
    order.push('first');
    if (order.filter((name) => name === 'first').length === 1) {
      throw new TransientFailure('not now', { code: 'kaggle.failing' });
    }
  };

  await Promise.all([
    policy.run({ name: 'first', idempotent: true, signal: neverAborted }, failOnce),
    policy.run(
      { name: 'second', idempotent: true, signal: neverAborted },
      async () => void order.push('second'),
    ),
  ]);

  expect(order).toEqual(['first', 'second', 'first']);
});

test('each attempt is told, with its number, outcome and code', async () => {
  const attempts: Attempt[] = [];
  const { run } = await aCall([status(502), fine], { onAttempt: (attempt) => attempts.push(attempt) });

  await run();

  expect(attempts).toMatchObject([
    { vendor: 'kaggle', name: 'Test', attempt: 1, outcome: 'failed', code: 'kaggle.failing' },
    { vendor: 'kaggle', name: 'Test', attempt: 2, outcome: 'ok', code: null },
  ]);
});

test.each([
  ['a business failure', new BusinessFailure('no', { code: 'kaggle.daily_limit' })],
  ['a configuration failure', new ConfigurationFailure('no', { code: 'kaggle.unauthorized' })],
  ['a bug', new TypeError('undefined is not a function')],
])('%s is neither repeated nor held against the vendor', async (_name, failure) => {
  const policy = aPolicy();
  let calls = 0;
  for (let index = 0; index < 8; index += 1) {
    const running = policy.run({ name: 'Test', idempotent: true, signal: neverAborted }, async () => {
      calls += 1;
      throw failure;
    });
    await expect(running).rejects.toBe(failure);
  }

  expect(calls).toBe(8);
  expect(policy.state().breaker).toBe('closed');
});
