import { expect, test } from 'vitest';
import { TransientFailure } from '../../../src/domain/errors.ts';
import { createLocalSemaphore } from '../../../src/infra/semaphore.ts';
import { createPolicy, type PolicyOptions } from '../../../src/providers/policy.ts';

const neverAborted = new AbortController().signal;
const quick = {
  failureShare: 0.5,
  windowMs: 300_000,
  minimumCalls: 5,
  halfOpenAfterMs: 120,
  retryEveryMs: 60,
};

function aVendor(options: Partial<PolicyOptions> = {}) {
  const policy = createPolicy({
    vendor: 'kaggle',
    limit: createLocalSemaphore(10),
    timeoutMs: 1_000,
    maxAttempts: 1,
    now: () => new Date(),
    random: () => 0.5,
    breaker: quick,
    ...options,
  });
  const vendor = { isUp: true, calls: 0 };
  const call = (signal: AbortSignal = neverAborted, work?: () => Promise<unknown>) =>
    policy.run({ name: 'Test', idempotent: true, signal }, async () => {
      vendor.calls += 1;
      if (work !== undefined) return await work();
      if (!vendor.isUp) throw new TransientFailure('down', { code: 'kaggle.failing' });
      return 'fine';
    });
  const fail = async (times: number) => {
    vendor.isUp = false;
    for (let index = 0; index < times; index += 1) await call().catch(() => undefined);
  };
  const succeed = async (times: number) => {
    vendor.isUp = true;
    for (let index = 0; index < times; index += 1) await call();
  };
  return { policy, vendor, call, fail, succeed };
}

test('after five failed calls the vendor is left alone, and callers learn when to come back', async () => {
  // Longer than a busy machine takes for this test.
  const halfOpenAfterMs = 60_000;
  const { policy, vendor, call, fail } = aVendor({ breaker: { ...quick, halfOpenAfterMs } });

  await fail(5);

  expect(policy.state().breaker).toBe('open');
  await expect(call()).rejects.toMatchObject({
    kind: 'transient',
    code: 'kaggle.unavailable',
    details: { surelyNothingHappened: true },
  });
  expect(vendor.calls).toBe(5);
  const { retryAfterMs } = policy.state();
  expect(retryAfterMs).toBeGreaterThan(0);
  expect(retryAfterMs).toBeLessThanOrEqual(halfOpenAfterMs);
});

test('four failed calls are too few to judge', async () => {
  const { policy, fail } = aVendor();

  await fail(4);

  expect(policy.state().breaker).toBe('closed');
});

test('half of the calls failing is enough, less is not', async () => {
  const half = aVendor();
  await half.succeed(3);
  await half.fail(3);
  const less = aVendor();
  await less.succeed(4);
  await less.fail(3);

  expect(half.policy.state().breaker).toBe('open');
  expect(less.policy.state().breaker).toBe('closed');
});

test('calls older than the window no longer count, however few came since', async () => {
  let nowMs = Date.parse('2026-03-01T12:00:00Z');
  const { policy, fail } = aVendor({ now: () => new Date(nowMs) });

  await fail(4);
  nowMs += quick.windowMs + 1;
  await fail(4);

  expect(policy.state().breaker).toBe('closed');
});

test('one call tries after the wait; when it works the vendor is back', async () => {
  const { policy, vendor, call, fail } = aVendor();
  await fail(5);
  vendor.isUp = true;

  await expect.poll(() => call().catch(() => null), { interval: 10 }).toBe('fine');

  expect(policy.state()).toEqual({ breaker: 'closed', retryAfterMs: null });
});

test('when the try fails too, the next one comes at the shorter pace', async () => {
  const { policy, vendor, call, fail } = aVendor();
  await fail(5);

  await expect
    .poll(
      () =>
        call().then(
          () => vendor.calls,
          () => vendor.calls,
        ),
      { interval: 10 },
    )
    .toBe(6);

  expect(policy.state().breaker).toBe('open');
  expect(policy.state().retryAfterMs).toBeLessThanOrEqual(quick.retryEveryMs);
});

test('while one call tries, the others are refused at once', async () => {
  const { policy, call, fail } = aVendor({ breaker: { ...quick, halfOpenAfterMs: 1 } });
  await fail(5);
  const answer = Promise.withResolvers<string>();
  await expect.poll(() => policy.state().retryAfterMs).toBe(0);
  const trying = call(neverAborted, () => answer.promise);
  await expect.poll(() => policy.state().breaker).toBe('half_open');

  await expect(call()).rejects.toMatchObject({
    code: 'kaggle.unavailable',
    retryAfterMs: quick.retryEveryMs,
  });

  answer.resolve('fine');
  await expect(trying).resolves.toBe('fine');
  expect(policy.state().breaker).toBe('closed');
});

test('a try that its caller gives up says nothing about the vendor', async () => {
  const { policy, call, fail } = aVendor({ breaker: { ...quick, halfOpenAfterMs: 1 } });
  await fail(5);
  await expect.poll(() => policy.state().retryAfterMs).toBe(0);
  const controller = new AbortController();
  const gone = Promise.withResolvers<never>();
  const trying = call(controller.signal, () => gone.promise);
  const caught = expect(trying).rejects.toThrow('enough');
  await expect.poll(() => policy.state().breaker).toBe('half_open');

  controller.abort(new Error('enough'));
  gone.reject(controller.signal.reason);

  await caught;
  expect(policy.state().breaker).toBe('open');
});

test('the breaker ends a repeated call instead of letting it wait through all its attempts', async () => {
  const { vendor, call, fail } = aVendor({
    maxAttempts: 3,
    backoff: { firstMs: 5, longestMs: 10, jitter: 0 },
  });
  await fail(1);
  vendor.isUp = false;

  await expect(call()).rejects.toMatchObject({ code: 'kaggle.unavailable' });

  expect(vendor.calls).toBe(5);
});
