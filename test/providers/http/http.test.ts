import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { callJson, type JsonCall } from '../../../src/providers/http.ts';
import { sendJson, startTinyServer } from '../../support/tiny-server.ts';

const okSchema = z.object({ ok: z.boolean() });

function aCall(url: string, options: Partial<JsonCall<{ ok: boolean }>> = {}): JsonCall<{ ok: boolean }> {
  return {
    vendor: 'acme',
    fetch,
    url: new URL(url),
    method: 'POST',
    userAgent: 'kaggle-agent/test',
    signal: new AbortController().signal,
    response: okSchema,
    now: () => new Date(),
    ...options,
  };
}

test('JSON goes out and comes back checked, under an honest name and without cookies', async () => {
  const server = await startTinyServer((_request, response) =>
    sendJson(response, 200, { ok: true, more: 1 }, { 'set-cookie': 'session=1' }),
  );

  await callJson(aCall(server.url, { json: { a: 1 } }));
  const answer = await callJson(aCall(server.url, { json: { a: 1 } }));

  expect(answer).toEqual({ ok: true });
  const [, second] = server.requests;
  expect(second?.body.toString()).toBe('{"a":1}');
  expect(second?.headers).toMatchObject({
    'user-agent': 'kaggle-agent/test',
    'content-type': 'application/json',
  });
  expect(second?.headers.cookie).toBeUndefined();
});

test.each([
  ['another shape', JSON.stringify({ ok: 'yes' })],
  ['no JSON', '<html>maintenance</html>'],
  ['nothing', ''],
])('%s is a system failure of the module', async (_name, text) => {
  const server = await startTinyServer((_request, response) => void response.end(text));

  await expect(callJson(aCall(server.url))).rejects.toMatchObject({
    kind: 'system',
    scope: 'module',
    code: 'acme.bad_response',
  });
});

test('a small packed answer that unpacks to a huge one is cut off', async () => {
  const bomb = gzipSync(Buffer.alloc(20_000_000));
  const server = await startTinyServer((_request, response) => {
    response.writeHead(200, { 'content-encoding': 'gzip', 'content-type': 'application/json' });
    response.end(bomb);
  });

  await expect(callJson(aCall(server.url, { maxBytes: 100_000 }))).rejects.toMatchObject({
    code: 'acme.response_too_large',
  });
});

test('a redirect is not followed', async () => {
  const other = await startTinyServer((_request, response) => sendJson(response, 200, { ok: true }));
  const server = await startTinyServer((_request, response) => {
    response.writeHead(302, { location: other.url });
    response.end();
  });

  await expect(callJson(aCall(server.url))).rejects.toMatchObject({ code: 'acme.bad_request' });
  expect(other.requests).toHaveLength(0);
});

test('the credential is shown to its own origins alone', async () => {
  const server = await startTinyServer((_request, response) => sendJson(response, 200, { ok: true }));
  const authorization = (origin: string) => ({ origins: [origin], header: () => 'Bearer canary-123456' });

  await callJson(aCall(server.url, { authorization: authorization(server.url) }));
  await callJson(aCall(server.url, { authorization: authorization('http://127.0.0.1:1') }));

  expect(server.requests.map(({ headers }) => headers.authorization)).toEqual([
    'Bearer canary-123456',
    undefined,
  ]);
});

test('a vendor that echoes our key does not get it into a failure', async () => {
  const server = await startTinyServer((request, response) =>
    sendJson(response, 400, { message: `bad key ${request.headers.authorization}` }),
  );
  const call = aCall(server.url, {
    authorization: { origins: [server.url], header: () => 'Bearer canary-123456' },
    redact: (text) => text.replaceAll('canary-123456', '[redacted]'),
  });

  const failure = await callJson(call).catch((error: unknown) => error);

  expect(JSON.stringify(failure)).not.toContain('canary');
  expect(failure).toMatchObject({
    details: { status: 400, vendorText: expect.stringContaining('[redacted]') },
  });
});

test('an answer whose body stands still is given up in time', async () => {
  const server = await startTinyServer((_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.write('{"ok":');
  });

  await expect(callJson(aCall(server.url, { timeoutMs: 80 }))).rejects.toMatchObject({
    kind: 'transient',
    code: 'acme.timeout',
    details: { surelyNothingHappened: false },
  });
});

test('a name that does not resolve surely had no effect', async () => {
  await expect(callJson(aCall('http://nowhere.invalid'))).rejects.toMatchObject({
    code: 'acme.unreachable',
    details: { surelyNothingHappened: true },
  });
});
