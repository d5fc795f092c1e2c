import { createServer } from 'node:http';
import { expect, onTestFinished, test, vi } from 'vitest';
import { createSecret } from '../../src/config/secret.ts';
import { startHeartbeat } from '../../src/infra/heartbeat.ts';

const everyMs = 20;
const waiting = { timeout: 20_000, interval: 10 };

/** A service outside that listens for the beat, and answers as told. */
async function aListener() {
  const heard: string[] = [];
  const answer = { status: 200, hangs: false };
  const server = createServer((request, response) => {
    heard.push(request.url ?? '');
    if (!answer.hangs) response.writeHead(answer.status).end('ok');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return { heard, answer, url: `http://127.0.0.1:${port}/ping/very-secret-id` };
}

function aLog() {
  const lines: string[] = [];
  const write = (level: string) => (fields: object, message: string) =>
    void lines.push(`${level} ${message} ${JSON.stringify(fields)}`);
  return {
    lines,
    log: { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') },
  };
}

function beating(url: string, options: Partial<Parameters<typeof startHeartbeat>[0]> = {}) {
  const { lines, log } = aLog();
  const heartbeat = startHeartbeat({
    url: createSecret(url),
    isWell: async () => 1,
    log,
    everyMs,
    timeoutMs: 10_000,
    ...options,
  });
  onTestFinished(() => heartbeat.stop());
  return { lines };
}

test('the address is called at once, and again and again', async () => {
  const { heard, url } = await aListener();

  const { lines } = beating(url);

  await vi.waitFor(() => expect(heard.length).toBeGreaterThan(3), waiting);
  expect(new Set(heard)).toEqual(new Set(['/ping/very-secret-id']));
  expect(lines).toEqual([]);
});

test('nobody is called while our ground does not answer, whether it refuses or hangs', async () => {
  const { heard, url } = await aListener();
  let asked = 0;
  const answers: (() => Promise<unknown>)[] = [
    () => Promise.reject(new Error('the database is away')),
    () => new Promise(() => undefined),
  ];

  beating(url, {
    timeoutMs: 30,
    isWell: () => {
      const next = answers[asked++];
      return next === undefined ? Promise.resolve() : next();
    },
  });

  await vi.waitFor(() => expect(heard.length).toBeGreaterThan(0), waiting);
  expect(asked).toBeGreaterThan(2);
});

test('an address that refuses or hangs is complained of once, without the address, until it works again', async () => {
  const { heard, answer, url } = await aListener();
  answer.status = 503;

  const { lines } = beating(url, { timeoutMs: 500 });
  await vi.waitFor(() => expect(heard.length).toBeGreaterThan(3), waiting);
  answer.hangs = true;
  const before = heard.length;
  await vi.waitFor(() => expect(heard.length).toBeGreaterThan(before + 1), waiting);
  answer.hangs = false;
  answer.status = 200;
  await vi.waitFor(() => expect(lines).toHaveLength(2), waiting);

  expect(lines).toEqual([
    'warn the heartbeat address was not reached {"reason":"it answered with HTTP 503"}',
    'info the heartbeat address is reached again {}',
  ]);
});

test('an address that nobody serves is named by its error alone', async () => {
  const { lines } = beating('http://127.0.0.1:1/ping/very-secret-id');

  await vi.waitFor(() => expect(lines).toHaveLength(1), waiting);
  expect(lines.join()).not.toContain('very-secret-id');
  expect(lines[0]).toMatch(/^warn the heartbeat address was not reached \{"reason":"\w+"\}$/);
});
