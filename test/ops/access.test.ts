import { request as httpRequest } from 'node:http';
import { expect, test } from 'vitest';
import { createSecret } from '../../src/config/secret.ts';
import { createLoginLimit } from '../../src/ops/login-limit.ts';
import { recordingLog } from '../support/silent-log.ts';
import { anOpsServer, opsKey, sampleOf, someMetrics } from './ops-kit.ts';

const password = 'correct horse battery staple';
const withPassword = { password: createSecret(password) };

type Asked = { method?: string; headers?: Record<string, string> };

/** As sent: fetch would set Host and the Sec-Fetch headers itself. */
async function ask(base: string, path: string, { method = 'GET', headers = {} }: Asked = {}) {
  return await new Promise<{ status: number; headers: NodeJS.Dict<string | string[]>; body: string }>(
    (done, failed) => {
      const request = httpRequest(`${base}${path}`, { method, headers, agent: false }, (response) => {
        let body = '';
        response.on('data', (chunk: Buffer) => {
          body += chunk.toString();
        });
        response.on('end', () => done({ status: response.statusCode ?? 0, headers: response.headers, body }));
      });
      request.on('error', failed).end();
    },
  );
}

const basic = (user: string, given: string) => ({
  authorization: `Basic ${Buffer.from(`${user}:${given}`).toString('base64')}`,
});
const bearer = (given: string) => ({ authorization: `Bearer ${given}` });

test('with no password this machine reads metrics as it is, and the pages with the key', async () => {
  const { url } = await anOpsServer();
  const status = async (path: string, asked?: Asked) => (await ask(url, path, asked)).status;

  expect(await status('/metrics')).toBe(200);
  expect(await status('/ops/status')).toBe(403);
  expect(await status('/ops/status', { headers: bearer(opsKey) })).toBe(200);
  expect(await status(`/ops/status?key=${opsKey}`)).toBe(200);
  expect(await status(`/ops/status?key=${opsKey}x`)).toBe(403);
  expect(await status(`/ops/status?key=${opsKey}&key=${opsKey}`)).toBe(403);
  expect(await status('/ops/status', { headers: basic('ops', '') })).toBe(403);
  expect(await status('/ops/status', { headers: bearer('') })).toBe(403);
});

test('the printed address becomes a cookie, and loses its key', async () => {
  const { url, statusUrl } = await anOpsServer();
  const { pathname, search, port } = new URL(statusUrl);

  const first = await ask(url, `${pathname}${search}&x=1`, { headers: { accept: 'text/html' } });
  const cookie = String(first.headers['set-cookie']);
  const second = await ask(url, String(first.headers.location), {
    headers: { accept: 'text/html', cookie: cookie.split(';')[0] ?? '' },
  });

  expect(first.status).toBe(303);
  expect(first.headers.location).toBe('/ops/status?x=1');
  expect(cookie).toMatch(new RegExp(`^kaggle_agent_ops_${port}=.*; HttpOnly; SameSite=Lax; Path=/$`));
  expect(second.status).toBe(200);
  expect(second.body).not.toContain(opsKey);
  expect((await ask(url, '/ops/status', { headers: { cookie: `kaggle_agent_ops_${port}=x` } })).status).toBe(
    403,
  );
});

test('the key is told to nobody who does not have it', async () => {
  const open = await anOpsServer();
  const closed = await anOpsServer(withPassword);
  const headers = { accept: 'text/html' };
  const answers = [
    await ask(open.url, '/metrics?key=wrong', { headers }),
    await ask(open.url, '/ops/status?key=wrong', { headers }),
    await ask(closed.url, '/ops/status?key=wrong', { headers: { ...headers, ...bearer(password) } }),
    await ask(closed.url, '/ops/status?key=wrong', { headers: { ...headers, host: 'agent.example.org' } }),
  ];

  expect(answers.map(({ status }) => status)).toEqual([200, 403, 200, 401]);
  expect(JSON.stringify(answers)).not.toContain(opsKey);
});

test('a page of the web gets nothing, whatever name it gives this machine', async () => {
  const { url } = await anOpsServer();
  const { host } = new URL(url);
  const key = bearer(opsKey);
  const status = async (path: string, headers: Record<string, string>) =>
    (await ask(url, path, { headers })).status;

  expect(await status('/metrics', { host: 'evil.example' })).toBe(403);
  expect(await status('/metrics', { host: `evil.example:${new URL(url).port}` })).toBe(403);
  expect(await status('/metrics', { origin: 'http://evil.example' })).toBe(403);
  expect(await status('/metrics', { origin: 'null' })).toBe(403);
  expect(await status('/metrics', { origin: 'http://localhost:1' })).toBe(403);
  expect(await status('/metrics', { origin: `http://${host}` })).toBe(200);
  expect(
    await status('/ops/status', { ...key, 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' }),
  ).toBe(403);
  expect(
    await status('/ops/status', { ...key, 'sec-fetch-site': 'same-site', 'sec-fetch-mode': 'cors' }),
  ).toBe(403);
  expect(
    await status('/ops/status', { ...key, 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' }),
  ).toBe(200);
  expect(await status('/ops/status', { ...key, host: `localhost:${new URL(url).port}` })).toBe(200);
});

test('with a password everything but the probes wants it', async () => {
  const { url } = await anOpsServer(withPassword);
  const status = async (path: string, headers: Record<string, string> = {}) =>
    (await ask(url, path, { headers })).status;

  expect(await status('/healthz')).toBe(200);
  expect(await status('/metrics')).toBe(401);
  expect((await ask(url, '/ops/status')).headers['www-authenticate']).toBe(
    'Basic realm="Kaggle Agent", charset="UTF-8"',
  );
  for (const path of ['/metrics', '/ops/status']) {
    expect(await status(path, basic('ops', password))).toBe(200);
    expect(await status(path, bearer(password))).toBe(200);
    // From elsewhere it goes by another name.
    expect(await status(path, { ...bearer(password), host: 'agent.example.org' })).toBe(200);
    expect(await status(path, basic('admin', password))).toBe(401);
    expect(await status(path, basic('ops', `${password} `))).toBe(401);
  }
  // The key is for this machine by its own name.
  expect(await status(`/ops/status?key=${opsKey}`)).toBe(200);
  expect(await status(`/ops/status?key=${opsKey}`, { host: 'agent.example.org' })).toBe(401);
  expect(await status('/ops/status', { ...bearer(password), origin: 'http://evil.example' })).toBe(403);
});

test('a password that is renewed counts from the next request', async () => {
  let current = 'the old password';
  const { url } = await anOpsServer({ password: { reveal: () => current } });
  const status = async (given: string) => (await ask(url, '/ops/status', { headers: bearer(given) })).status;

  expect(await status('the old password')).toBe(200);
  current = 'the new password';
  expect([await status('the old password'), await status('the new password')]).toEqual([401, 200]);
});

test('who guesses passwords is made to wait, is counted, and is told nothing', async () => {
  const { log, lines } = recordingLog();
  const metrics = someMetrics();
  const { url } = await anOpsServer({ ...withPassword, metrics, log });
  const answers: number[] = [];
  for (let count = 0; count < 12; count += 1) {
    answers.push((await ask(url, '/ops/status', { headers: bearer(`guess ${count}`) })).status);
  }
  const right = await ask(url, '/ops/status', { headers: bearer(password) });
  const nothingGiven = await ask(url, '/ops/status');

  expect(answers).toEqual([...Array.from({ length: 10 }, () => 401), 429, 429]);
  // Else the answer would say which guess is right.
  expect(right.status).toBe(429);
  expect(Number(right.headers['retry-after'])).toBeGreaterThan(0);
  expect(nothingGiven.status).toBe(401);
  expect(sampleOf(await metrics.render(), 'kaggle_agent_http_logins_refused_total')).toBe(10);
  expect(JSON.stringify(lines)).not.toContain('guess');
});

test('one guesser does not lock others out, and one network is one guesser', () => {
  let nowMs = 0;
  const limit = createLoginLimit(() => nowMs);
  for (let count = 0; count < 10; count += 1) limit.failed('2001:db8:0:1::5');

  expect(limit.waitSeconds('2001:db8:0:1::6')).toBe(6);
  expect([limit.waitSeconds('2001:db8:0:2::5'), limit.waitSeconds('10.0.0.1')]).toEqual([0, 0]);
  nowMs += 6_000;
  expect(limit.waitSeconds('2001:db8:0:1::6')).toBe(0);
  limit.failed('2001:db8:0:1::6');
  expect(limit.waitSeconds('2001:db8:0:1::5')).toBe(6);
  nowMs += 60_000;
  for (let count = 0; count < 9; count += 1) limit.failed('::ffff:10.0.0.1');
  expect(limit.waitSeconds('10.0.0.1')).toBe(0);
  limit.failed('10.0.0.1');
  expect(limit.waitSeconds('::ffff:10.0.0.1')).toBe(6);
});

test('who is refused in a browser is told what to do', async () => {
  const { url } = await anOpsServer();

  const { status, headers, body } = await ask(url, '/ops/status', { headers: { accept: 'text/html' } });

  expect(status).toBe(403);
  expect(body).toContain('open the address that Kaggle Agent printed');
  expect(headers['content-security-policy']).toContain("default-src 'none'");
  expect(headers['cache-control']).toBe('no-store');
});
