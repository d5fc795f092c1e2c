import { expect, test } from 'vitest';
import { startArena } from '../../src/arena/server.ts';
import { anArena, bearer, call, key, token, username } from './support.ts';

const nested401 = { error: { code: 401, message: 'Unauthenticated', status: 'UNAUTHENTICATED' } };

test('the methods answer on both of their paths', async () => {
  const arena = await anArena();

  const replies = await Promise.all(
    ['/v1', '/api/v1'].map((root) => call(arena, 'ListCompetitions', {}, { root })),
  );

  expect(replies.map(({ status }) => status)).toEqual([200, 200]);
  expect(replies[0]?.body).toEqual(replies[1]?.body);
});

test('bearer and basic credentials are both good', async () => {
  const arena = await anArena();
  const basic = `Basic ${Buffer.from(`${username}:${key}`).toString('base64')}`;

  const replies = await Promise.all(
    [`Bearer ${token}`, basic].map((authorization) =>
      call(arena, 'ListCompetitions', {}, { headers: { authorization } }),
    ),
  );

  expect(replies.map(({ status }) => status)).toEqual([200, 200]);
});

test.each([
  ['no credential', {}],
  ['a wrong token', { authorization: 'Bearer wrong' }],
  ['a wrong key', { authorization: `Basic ${Buffer.from(`${username}:wrong`).toString('base64')}` }],
  ['another scheme', { authorization: `Digest ${token}` }],
])('%s is answered 401 in the nested shape', async (_what, headers) => {
  const arena = await anArena();

  const reply = await call(arena, 'ListCompetitions', {}, { headers });

  expect(reply).toMatchObject({ status: 401, body: nested401 });
});

test('a session cookie that comes back makes a good token worthless', async () => {
  const arena = await anArena();

  const first = await call(arena, 'ListCompetitions');
  const [cookie = ''] = first.headers.getSetCookie();
  const second = await call(
    arena,
    'ListCompetitions',
    {},
    { headers: { ...bearer, cookie: cookie.split(';')[0] ?? '' } },
  );

  expect(cookie).toMatch(/^ka_sessionid=/);
  expect(second).toMatchObject({ status: 401, body: nested401 });
});

test('every answer sets the cookie, refusals too', async () => {
  const arena = await anArena();

  const reply = await call(arena, 'NoSuchMethod');

  expect(reply.headers.getSetCookie().join()).toContain('ka_sessionid=');
});

test.each([
  ['an unknown method', '/v1/competitions.CompetitionApiService/NoSuchMethod', 'POST'],
  ['an unknown service', '/v1/nobody.NoService/ListCompetitions', 'POST'],
  ['a name that every object has', '/v1/competitions.CompetitionApiService/constructor', 'POST'],
  ['another verb', '/v1/competitions.CompetitionApiService/ListCompetitions', 'GET'],
])('%s is not found', async (_what, path, method) => {
  const arena = await anArena();

  const response = await fetch(`${arena.apiUrl}${path}`, { method, headers: bearer });

  expect(response.status).toBe(404);
  expect(await response.json()).toEqual({ error: { code: 404, message: 'NotFound', status: 'NOT_FOUND' } });
});

test('a body that is no JSON, and a field of the wrong type, are invalid arguments', async () => {
  const arena = await anArena();

  const noJson = await call(arena, 'ListCompetitions', '{');
  const wrongType = await call(arena, 'ListCompetitions', { search: 7 });

  for (const reply of [noJson, wrongType]) {
    expect(reply).toMatchObject({ status: 400, body: { error: { code: 400, status: 'INVALID_ARGUMENT' } } });
  }
});

test('fields in snake case are ignored, which reads as a refusal', async () => {
  const arena = await anArena();

  const reply = await call(arena, 'GetCompetition', { competition_name: 'even-numbers' });

  expect(reply).toMatchObject({
    status: 403,
    body: { error: { message: "Permission 'competitions.get' was denied" } },
  });
});

test('single methods can answer the flat shape or an empty body', async () => {
  const arena = await anArena({
    behaviour: { errorShapes: { GetCompetition: 'flat', ListDataFiles: 'empty' } },
  });

  const flat = await call(arena, 'GetCompetition', { competitionName: 'nobody' });
  const empty = await call(arena, 'ListDataFiles', { competitionName: 'nobody' });
  const other = await call(arena, 'GetLeaderboard', { competitionName: 'nobody' });

  expect(flat).toMatchObject({
    status: 403,
    body: { code: 403, message: "Permission 'competitions.get' was denied" },
  });
  expect(empty).toMatchObject({ status: 403, text: '' });
  expect(other.body.error.status).toBe('PERMISSION_DENIED');
});

test('a token can be asked whose it is', async () => {
  const arena = await anArena();
  const service = 'security.OAuthService';

  const own = await call(arena, 'IntrospectToken', { token }, { service });
  const foreign = await call(arena, 'IntrospectToken', { token: 'KGAT_other' }, { service });

  expect(own.body).toMatchObject({
    active: true,
    username,
    userId: expect.any(Number),
    exp: expect.any(Number),
  });
  expect(own.body).not.toHaveProperty('clientId');
  expect(foreign).toMatchObject({ status: 200, body: {} });
});

test('an address that others can reach is refused', async () => {
  const arena = await anArena();

  const start = startArena({ ...arena.options, host: '0.0.0.0' });

  await expect(start).rejects.toMatchObject({ kind: 'configuration', code: 'arena.not_loopback' });
});

test('a port in use is one sentence, and the other port is free again', async () => {
  const arena = await anArena();
  const port = Number(new URL(arena.apiUrl).port);

  const start = startArena({ ...arena.options, stateFolder: `${arena.options.stateFolder}/other`, port });

  await expect(start).rejects.toMatchObject({
    kind: 'configuration',
    code: 'arena.port_in_use',
    message: expect.stringContaining(`${port}`),
  });
});
