import { expect, test } from 'vitest';
import { refusalIn, vastFailure } from '../../../src/providers/compute/vast-failure.ts';

function failureOf(status: number, body: unknown, headers: Record<string, string> = {}) {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const answer = { status, headers: new Headers(headers), text };
  return vastFailure(answer, { now: () => new Date(), penaltyMs: 12_000 });
}

// Which status these have is not published.
test.each([400, 401, 402, 403, 404, 429])(
  'an empty account and a new one (HTTP %i) are told by their words',
  (status) => {
    const poor = failureOf(status, {
      success: false,
      error: 'insufficient_credit',
      msg: 'Your account lacks credit',
    });
    const young = failureOf(status, {
      success: false,
      error: 'invalid_args',
      msg: 'spend_rate_limit reached',
    });

    expect(poor).toMatchObject({ kind: 'configuration', code: 'vast.no_credit' });
    expect(young).toMatchObject({ kind: 'business', code: 'vast.spend_rate' });
    expect([poor, young].map(({ details }) => details.surelyNothingHappened)).toEqual([true, true]);
  },
);

test.each([
  [401, 'Please log in', 'vast.refused'],
  [401, { error: 'auth_error', msg: 'the permission instance_write is missing' }, 'vast.not_allowed'],
  [403, { error: 'invalid_args', msg: 'hosts may not rent' }, 'vast.not_allowed'],
  [404, { error: 'auth_error', msg: 'Invalid user key' }, 'vast.refused'],
  [404, { msg: 'error 404: no_such_ask 17' }, 'vast.offer_gone'],
  [410, { error: 'deprecated_endpoint' }, 'vast.endpoint_gone'],
])('HTTP %i with %o is %s', (status, body, code) => {
  expect(failureOf(status, body).code).toBe(code);
});

test.each([408, 500, 502, 503, 504])(
  'HTTP %i says nothing of what happened, whatever it asks for',
  (status) => {
    const failure = failureOf(status, 'Service Unavailable', { 'retry-after': '7' });

    expect(failure).toMatchObject({ kind: 'transient', code: 'vast.failing', retryAfterMs: 7_000 });
    expect(failure.details.surelyNothingHappened).toBe(false);
  },
);

test.each(['text', null, 17, { code: 4 }])(
  'a success that says no is a refusal, its error being %o',
  (error) => {
    expect(refusalIn({ success: false, error, instances: [] })).not.toBeNull();
    expect(refusalIn({ success: true, error, instances: [] })).toBeNull();
  },
);
