import { expect, test } from 'vitest';
import { saladcloudFailure } from '../../../src/providers/compute/saladcloud-failure.ts';

function failureOf(status: number, text: string, type = 'application/problem+json', more = {}) {
  const headers = new Headers({ 'content-type': type, ...more });
  return saladcloudFailure({ status, headers, text }, () => new Date());
}

test.each([400, 403, 404])(
  'a page of the proxy (HTTP %i) says nothing about our key, our credit or our names',
  (status) => {
    const page = '<html><h1>Blocked</h1><p>Requests pass a load balancer.</p></html>';

    expect(failureOf(status, page, 'text/html')).toMatchObject({
      kind: 'transient',
      code: 'saladcloud.failing',
    });
  },
);

test.each([
  [401, 'Unauthorized', 'saladcloud.refused'],
  [402, 'Payment required', 'saladcloud.no_credit'],
  [403, 'The organization has no credits left.', 'saladcloud.no_credit'],
  [403, 'Forbidden', 'saladcloud.refused'],
  [404, 'Not found', 'saladcloud.not_found'],
  [400, 'The request is not valid', 'saladcloud.bad_request'],
])('HTTP %i with "%s" is %s, and nothing was done', (status, detail, code) => {
  const failure = failureOf(status, JSON.stringify({ detail }));

  expect(failure).toMatchObject({ code, details: { surelyNothingHappened: true } });
});

test.each([408, 500, 502, 503])('HTTP %i says nothing of what happened, whatever it asks for', (status) => {
  const failure = failureOf(status, '', 'text/html', { 'retry-after': '7' });

  expect(failure).toMatchObject({ kind: 'transient', code: 'saladcloud.failing', retryAfterMs: 7_000 });
  expect(failure.details.surelyNothingHappened).not.toBe(true);
});

test('a call that came too often did nothing', () => {
  const failure = failureOf(429, '{}', undefined, { 'retry-after': '7' });

  expect(failure).toMatchObject({ code: 'saladcloud.busy', retryAfterMs: 7_000 });
  expect(failure.details.surelyNothingHappened).toBe(true);
});
