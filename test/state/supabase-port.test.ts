import { inspect } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import { z } from 'zod';
import { createSupabasePort } from '../../src/state/supabase-port.ts';
import { freshDatabase, freshState } from '../support/database.ts';
import { startPostgrestStandIn } from '../support/postgrest.ts';
import { keyFor } from '../support/supabase-keys.ts';
import { type Handler, sendJson, startTinyServer } from '../support/tiny-server.ts';

const secretKey = (value: string) => ({ reveal: () => value });

async function aProject(options: { empty?: boolean } = {}) {
  const { adminConnectionString } =
    options.empty === true ? await freshDatabase({ empty: true }) : await freshState();
  const server = await startPostgrestStandIn({ connectionString: adminConnectionString });
  onTestFinished(() => server.close());
  const port = (key: string) => createSupabasePort({ url: server.url, key: secretKey(key) });
  return { ...server, port };
}

/** What a call meets where something answers that is no PostgREST. */
async function failureAt(handler: Handler, options: { timeoutMs?: number } = {}): Promise<unknown> {
  const { url } = await startTinyServer(handler);
  const port = createSupabasePort({ url, key: secretKey('sb_secret_x'), ...options });
  return await port.ping().catch((error: unknown) => error);
}

const html = '<!doctype html><title>Welcome</title>';

test('keys of both kinds are taken, and sent with every call in both headers', async () => {
  const { port, requests } = await aProject();

  for (const key of [keyFor('service_role'), 'sb_secret_of_the_tests']) {
    expect(await port(key).ping()).toBeGreaterThan(0);
    expect(requests.at(-1)?.headers).toMatchObject({ apikey: key, authorization: `Bearer ${key}` });
  }
});

test('a key that was rotated is used from the next call on', async () => {
  const { url } = await aProject();
  const current = { value: 'sb_secret_of_yesterday' };
  const port = createSupabasePort({ url, key: { reveal: () => current.value } });
  await expect(port.ping()).rejects.toMatchObject({ code: 'state.login_refused' });

  current.value = 'sb_secret_of_the_tests';

  expect(await port.ping()).toBeGreaterThan(0);
});

test('a key that is wrong, too weak, foreign or expired is told with its setting, and never shown', async () => {
  const { port } = await aProject();
  const keys = [
    'nonsense',
    'sb_publishable_of_the_tests',
    keyFor('anon'),
    keyFor('authenticated'),
    keyFor('service_role', { secret: 'of-another-project-with-another-secret' }),
    keyFor('service_role', { livesSeconds: -60 }),
  ];

  for (const key of keys) {
    const failure = await port(key)
      .ping()
      .catch((error: unknown) => error);
    expect([key, failure]).toMatchObject([
      key,
      {
        kind: 'configuration',
        code: 'state.login_refused',
        message: expect.stringContaining('SUPABASE_SERVICE_ROLE_KEY'),
      },
    ]);
    expect(inspect(failure, { depth: 9 })).not.toContain(key);
  }
});

test('a project without our tables says how they are made', async () => {
  const { port } = await aProject({ empty: true });

  await expect(port('sb_secret_of_the_tests').ping()).rejects.toMatchObject({
    kind: 'configuration',
    code: 'state.not_migrated',
    message: expect.stringMatching(/kaggle-agent migrate .*DATABASE_URL.*supabase db push/),
  });
});

test('a project whose API does not show our schema says where that is switched on', async () => {
  const failure = await failureAt((_, response) =>
    sendJson(response, 406, {
      code: 'PGRST106',
      message: 'Invalid schema: public',
      details: null,
      hint: null,
    }),
  );

  expect(failure).toMatchObject({
    code: 'state.not_migrated',
    message: expect.stringContaining('Exposed schemas'),
  });
});

test('an address where something else answers is told apart from a project that is away', async () => {
  const page = { 'content-type': 'text/html' };
  const answers: { status: number; headers?: Record<string, string>; body?: string }[] = [
    { status: 200, headers: page, body: html },
    { status: 404, headers: page, body: html },
    { status: 404 },
    { status: 404, body: '[]' },
    { status: 405, body: 'Method Not Allowed' },
    { status: 301, headers: { location: '/elsewhere' } },
  ];

  for (const answer of answers) {
    const failure = await failureAt(({ path }, response) => {
      const { status, headers = {}, body } = path === '/elsewhere' ? { status: 200, body: html } : answer;
      response.writeHead(status, headers).end(body);
    });
    expect([answer, failure]).toMatchObject([
      answer,
      {
        kind: 'configuration',
        code: 'state.wrong_address',
        message: expect.stringContaining('SUPABASE_URL (127.0.0.1:'),
      },
    ]);
  }
});

test('a paused project is a matter for people', async () => {
  const failure = await failureAt((_, response) => sendJson(response, 540, { message: 'Project paused' }));

  expect(failure).toMatchObject({
    kind: 'configuration',
    code: 'state.paused',
    message: expect.stringMatching(/SUPABASE_URL .*restore/),
  });
});

test('a gateway in trouble, too many calls and silence are transient', async () => {
  for (const status of [429, 500, 502, 503, 504, 520, 522]) {
    const failure = await failureAt((_, response) => void response.writeHead(status).end('upstream'));
    expect([status, failure]).toMatchObject([status, { kind: 'transient', code: 'state.unreachable' }]);
  }
  const nulls = await failureAt((_, response) => void response.writeHead(503).end('null'));
  expect(nulls).toMatchObject({ code: 'state.unreachable' });
  const silence = await failureAt(() => undefined, { timeoutMs: 50 });
  expect(silence).toMatchObject({ kind: 'transient', code: 'state.unreachable' });
  const cut = await failureAt((_, response) => void response.destroy());
  expect(cut).toMatchObject({ kind: 'transient', code: 'state.unreachable' });
});

test('a host that is not there is transient, and named', async () => {
  const port = createSupabasePort({ url: 'http://127.0.0.1:1', key: secretKey('sb_secret_x') });

  await expect(port.ping()).rejects.toMatchObject({
    kind: 'transient',
    code: 'state.unreachable',
    message: 'The Supabase project in SUPABASE_URL (127.0.0.1:1) does not answer; trying again.',
  });
});

test('a call is made once unless the database says that it did nothing', async () => {
  const { url, requests } = await startTinyServer((_, response) => void response.writeHead(503).end());
  const port = createSupabasePort({ url, key: secretKey('sb_secret_x') });

  await expect(port.call('claim_events', {}, z.unknown())).rejects.toThrow('does not answer');

  expect(requests).toHaveLength(1);
});
