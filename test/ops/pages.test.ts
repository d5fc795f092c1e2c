import { connect } from 'node:net';
import { expect, onTestFinished, test, vi } from 'vitest';
import type { Health } from '../../src/domain/health.ts';
import { heartbeatWorker } from '../../src/state/stage-runs.ts';
import { recordingLog } from '../support/silent-log.ts';
import { aHealth, anOpsServer, figuresOf, opsKey, someMetrics, someQueues } from './ops-kit.ts';

const withKey = { headers: { authorization: `Bearer ${opsKey}` } };
const asPage = { headers: { ...withKey.headers, accept: 'text/html,*/*;q=0.8' } };

async function bodyOf(url: string): Promise<{ status: number; body: unknown }> {
  const response = await fetch(url, withKey);
  return { status: response.status, body: await response.json() };
}

test('it lives whatever else does, and is ready when what is critical is healthy', async () => {
  let health: Health[] = [];
  let isStopping = false;
  const { url } = await anOpsServer({ health: () => health, isStopping: () => isStopping });
  const ready = () => bodyOf(`${url}/readyz`);

  expect(await bodyOf(`${url}/healthz`)).toEqual({
    status: 200,
    body: { status: 'ok', service: 'kaggle-agent' },
  });
  expect(await ready()).toEqual({
    status: 503,
    body: { status: 'not_ready', reasons: [{ name: 'health', code: 'starting' }] },
  });
  health = [aHealth('state'), aHealth('kaggle', { priority: 'medium', failures: 3 })];
  expect(await ready()).toEqual({ status: 200, body: { status: 'ready' } });
  health = [aHealth('state', { failures: 3 }), aHealth('queue')];
  expect(await ready()).toEqual({
    status: 503,
    body: { status: 'not_ready', reasons: [{ name: 'state', code: 'state.unreachable' }] },
  });
  const closed = { reason: 'emergency', message: 'The disk is full.' } as const;
  health = [aHealth('state'), aHealth('research', { kind: 'module', priority: 'medium', closed })];
  expect((await ready()).body).toMatchObject({ reasons: [{ name: 'research', code: 'emergency' }] });
  health = [aHealth('state')];
  isStopping = true;
  expect((await ready()).body).toMatchObject({ reasons: [{ name: 'process', code: 'stopping' }] });
  expect((await bodyOf(`${url}/healthz`)).status).toBe(200);
});

test('the status tells machines of modules, services, queues and processes', async () => {
  const { db, queues } = await someQueues();
  await heartbeatWorker(db.state, { id: 'w1', role: 'all', host: 'here', pid: 42 });
  await queues.add('research', 'research.plan', {}, { jobId: 'one' });
  const metrics = someMetrics();
  metrics.watchFigures(() => figuresOf(db.state));
  const health = [
    aHealth('state'),
    aHealth('kaggle', { priority: 'medium', failures: 3 }),
    aHealth('research', {
      kind: 'module',
      priority: 'medium',
      closed: { reason: 'isolated', message: 'It kept failing.' },
    }),
  ];
  const { url } = await anOpsServer({ queues, metrics, health: () => health });

  const { body } = await bodyOf(`${url}/ops/status`);

  expect(body).toMatchObject({
    status: 'degraded',
    version: '1.2.3',
    roles: ['bot', 'worker'],
    modules: [{ name: 'research', closed: { reason: 'isolated', message: 'It kept failing.' } }],
    services: [
      { name: 'state', status: 'healthy' },
      { name: 'kaggle', status: 'unhealthy', inARow: 3, failure: { code: 'kaggle.unreachable' } },
    ],
    queues: { research: { waiting: 1 } },
    processes: [{ role: 'all', host: 'here', pid: 42 }],
    outbox: { waiting: 0 },
    alerts: {},
  });
});

test('the status answers while database and queues are away', async () => {
  const metrics = someMetrics();
  metrics.watchFigures(() => Promise.reject(new Error('away')));
  metrics.watchQueues(() => Promise.reject(new Error('away')));
  const { url } = await anOpsServer({ metrics, health: () => [aHealth('state', { failures: 3 })] });

  const page = await (await fetch(`${url}/ops/status`, asPage)).text();

  expect((await bodyOf(`${url}/ops/status`)).body).toMatchObject({
    status: 'unhealthy',
    queues: null,
    processes: null,
  });
  expect(page).toContain('The queues do not answer.');
  expect(page).toContain('The database does not answer.');
});

test('the page of the status shows what others said as text', async () => {
  const hostile = '<script>alert("1")</script> & \'more\'';
  const health = [
    { ...aHealth('state', { failures: 3 }), failure: { code: 'x.<y>', message: hostile } },
    aHealth('research', { kind: 'module', closed: { reason: 'safe_mode', message: hostile } }),
  ];
  const { url } = await anOpsServer({ health: () => health });

  const response = await fetch(`${url}/ops/status`, asPage);
  const page = await response.text();

  expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
  expect(response.headers.get('content-security-policy')).toContain("default-src 'none'");
  expect(page).not.toContain('<script');
  expect(page.split('&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt; &amp; &#39;more&#39;')).toHaveLength(
    3,
  );
  expect(page).toContain('safe mode');
});

test('the queues can be looked at with the key, and changed by nobody', async () => {
  const { queues } = await someQueues();
  await queues.add('gpu', 'gpu.train', { a: 1 }, { jobId: 'one', delay: 60_000 });
  const { url, queuesUrl } = await anOpsServer({ queues });

  const closed = await fetch(`${url}/ops/queues`, { headers: { accept: 'text/html' } });
  const page = await fetch(`${url}/ops/queues`, asPage);
  const html = await page.text();
  const api = await fetch(
    `${url}/ops/queues/api/queues?activeQueue=gpu&status=delayed&page=1&jobsPerPage=10`,
    withKey,
  );
  const listed = await api.text();
  const script = /src="(static\/js\/main[^"]+)"/.exec(html)?.[1] ?? '';

  expect([closed.status, (await fetch(`${url}/ops/queues/api/queues`)).status]).toEqual([403, 403]);
  expect(new URL(queuesUrl).pathname).toBe('/ops/queues');
  expect(page.status).toBe(200);
  // Nothing of the page comes from elsewhere.
  expect(html).not.toMatch(/(?:src|href)="https?:/);
  expect((await fetch(`${url}/ops/queues/${script}`, withKey)).status).toBe(200);
  expect((await fetch(`${url}/ops/queues/${script}`)).status).toBe(403);
  expect(JSON.parse(listed)).toMatchObject({
    queues: expect.arrayContaining([expect.objectContaining({ name: 'gpu', readOnlyMode: true })]),
  });
  for (const [method, path] of [
    ['PUT', 'gpu/one/promote'],
    ['PUT', 'gpu/one/clean'],
    ['PUT', 'gpu/pause'],
    ['PUT', 'gpu/empty'],
    ['POST', 'gpu/add'],
  ] as const) {
    const response = await fetch(`${url}/ops/queues/api/queues/${path}`, { method, ...withKey });
    expect([path, response.status]).toEqual([path, 405]);
  }
  expect((await queues.counts()).gpu).toMatchObject({ delayed: 1 });
});

test('a process without the role serves no page of the queues', async () => {
  const { url } = await anOpsServer();

  expect((await fetch(`${url}/ops/queues`, withKey)).status).toBe(404);
  expect(await (await fetch(`${url}/ops/status`, asPage)).text()).not.toContain('/ops/queues');
});

test('a port that is taken and an address of another machine are told by their settings', async () => {
  const { url } = await anOpsServer();

  const taken = anOpsServer({ port: Number(new URL(url).port) });
  await expect(taken).rejects.toMatchObject({ code: 'http.port_in_use' });
  const elsewhere = anOpsServer({ host: '192.0.2.1' });
  await expect(elsewhere).rejects.toMatchObject({
    code: 'http.bad_host',
    message: expect.stringContaining('KAGGLE_AGENT_HOST is 192.0.2.1'),
  });
});

test('what is no request is refused, and no page tells of our insides', async () => {
  const { log, lines } = recordingLog();
  const metrics = someMetrics();
  metrics.watchBreaker('kaggle', () => {
    throw new Error('a secret of our insides');
  });
  const { url } = await anOpsServer({ metrics, log });

  const failed = await fetch(`${url}/metrics?key=in-the-address`);
  expect([failed.status, await failed.text()]).toEqual([500, expect.not.stringContaining('insides')]);
  expect(lines).toMatchObject([{ level: 'error', fields: { path: '/metrics' } }]);
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  onTestFinished(() => void socket.destroy());
  let answer = '';
  socket.on('data', (chunk: Buffer) => {
    answer += chunk.toString();
  });
  socket.write('NONSENSE\r\n\r\n');
  await vi.waitFor(() => expect(answer).toContain('400 Bad Request'), { timeout: 20_000 });
});
