import { expect, test } from 'vitest';
import type { FaultRule } from '../../src/arena/faults.ts';
import {
  anArena,
  aSubmission,
  bearer,
  call,
  competitionName,
  listOf,
  put,
  startUpload,
  submit,
  upload,
} from './support.ts';

const statusOf = async (arena: Parameters<typeof call>[0], method = 'GetLeaderboard') =>
  (await call(arena, method, { competitionName })).status;

test('a rule hits its method as often as it says, after letting some calls pass', async () => {
  const rule: FaultRule = {
    method: 'GetLeaderboard',
    skip: 1,
    times: 2,
    action: { kind: 'answer', status: 503 },
  };
  const arena = await anArena({ faults: [rule] });

  const statuses = [];
  for (let index = 0; index < 5; index += 1) statuses.push(await statusOf(arena));

  expect(statuses).toEqual([200, 503, 503, 200, 200]);
  expect(await statusOf(arena, 'ListDataFiles')).toBe(200);
});

test('a fault answers in the shape and with the headers that it names', async () => {
  const arena = await anArena();
  arena.inject({
    method: '*',
    action: { kind: 'answer', status: 429, shape: 'flat', headers: { 'retry-after': '1.5' } },
  });
  arena.inject({ method: '*', action: { kind: 'answer', status: 502, body: '<html>Bad Gateway</html>' } });

  const flat = await call(arena, 'GetLeaderboard', { competitionName });
  const text = await call(arena, 'GetLeaderboard', { competitionName });

  expect(flat).toMatchObject({ status: 429, body: { code: 429, message: 'TooManyRequests' } });
  expect(flat.headers.get('retry-after')).toBe('1.5');
  expect(text).toMatchObject({ status: 502, text: '<html>Bad Gateway</html>' });
});

test('a function decides by method and count', async () => {
  const arena = await anArena({
    faults: ({ method, call: count }) =>
      method === 'GetLeaderboard' && count === 2 ? { kind: 'answer', status: 500 } : null,
  });

  expect([await statusOf(arena), await statusOf(arena), await statusOf(arena)]).toEqual([200, 500, 200]);
});

test.each([
  ['cut', { kind: 'drop', when: 'after' } as const],
  ['replaced by an error', { kind: 'answer', status: 500, when: 'after' } as const],
])('a submission whose answer is %s is there all the same', async (_what, action) => {
  const arena = await anArena({ faults: [{ method: 'CreateSubmission', action }] });

  await submit(arena, aSubmission(), 'key 1').catch(() => undefined);

  expect(await listOf(arena)).toMatchObject([{ description: 'key 1' }]);
});

test('a call that is cut before its effect had none', async () => {
  const arena = await anArena({ faults: [{ method: 'CreateSubmission', action: { kind: 'drop' } }] });

  await expect(submit(arena, aSubmission())).rejects.toThrow();

  expect(await listOf(arena)).toEqual([]);
});

test('a call that hangs ends with the patience of its caller, and does not keep the arena open', async () => {
  const arena = await anArena({
    faults: [{ method: 'CreateSubmission', action: { kind: 'hang', when: 'after' } }],
  });
  const blobFileTokens = await upload(arena, aSubmission());
  const request = {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...bearer },
    body: JSON.stringify({ competitionName, blobFileTokens }),
  };
  const url = `${arena.apiUrl}/v1/competitions.CompetitionApiService/CreateSubmission`;

  await expect(fetch(url, { ...request, signal: AbortSignal.timeout(200) })).rejects.toThrow();
  expect(await listOf(arena)).toHaveLength(1);
  arena.inject({ method: 'GetLeaderboard', action: { kind: 'hang' } });
  const patient = expect(fetch(url.replace('CreateSubmission', 'GetLeaderboard'), request)).rejects.toThrow();
  await arena.close();
  await patient;
});

test('a delayed call goes on as usual', async () => {
  const arena = await anArena({ faults: [{ method: 'GetLeaderboard', action: { kind: 'delay', ms: 30 } }] });

  expect(await statusOf(arena)).toBe(200);
});

test('the storage fails on demand too', async () => {
  const arena = await anArena({
    faults: [{ method: 'storage.PUT', action: { kind: 'answer', status: 503 } }],
  });
  const { createUrl } = await startUpload(arena, aSubmission());

  const first = await put(createUrl, aSubmission());
  const second = await put(createUrl, aSubmission());

  expect([first.status, second.status]).toEqual([503, 200]);
});

test('an upload whose answer is lost is complete', async () => {
  const arena = await anArena({
    faults: [{ method: 'storage.PUT', action: { kind: 'drop', when: 'after' } }],
  });
  const content = aSubmission();
  const { createUrl } = await startUpload(arena, content);

  await expect(put(createUrl, content)).rejects.toThrow();

  expect((await put(createUrl, '', { 'content-range': `bytes */${content.length}` })).status).toBe(200);
});

test.each([
  ['seconds', /^\d+$/],
  ['fraction', /^\d+\.\d{3}$/],
  ['date', / GMT$/],
  ['none', null],
] as const)('too many calls are refused with Retry-After as %s', async (retryAfter, form) => {
  const arena = await anArena({ rateLimit: { calls: 2, windowSeconds: 60, retryAfter } });

  const statuses = [await statusOf(arena), await statusOf(arena)];
  const refused = await call(arena, 'GetLeaderboard', { competitionName });
  arena.clock.now = new Date(arena.clock.now.getTime() + 61_000);

  expect(statuses).toEqual([200, 200]);
  expect(refused).toMatchObject({
    status: 429,
    body: { error: { code: 429, message: 'Too many requests', status: 'RESOURCE_EXHAUSTED' } },
  });
  if (form === null) expect(refused.headers.has('retry-after')).toBe(false);
  else expect(refused.headers.get('retry-after')).toMatch(form);
  expect(await statusOf(arena)).toBe(200);
});

test('downloads have a limit of their own', async () => {
  const arena = await anArena({ downloadRateLimit: { calls: 1, windowSeconds: 60, retryAfter: 'none' } });

  expect([await statusOf(arena, 'DownloadDataFiles'), await statusOf(arena, 'DownloadDataFiles')]).toEqual([
    302, 429,
  ]);
  expect(await statusOf(arena, 'ListDataFiles')).toBe(200);
});
