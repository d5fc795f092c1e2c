import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { lookAtMetrics } from '../../src/app/doctor-ops.ts';
import { createSecret } from '../../src/config/secret.ts';
import { anOpsServer, someMetrics } from '../ops/ops-kit.ts';

const long = createSecret('a password that is long enough');

function look(url: string, opsPassword: ReturnType<typeof createSecret> | null = null) {
  const { hostname, port } = new URL(url);
  const http = { host: hostname, port: Number(port), opsPassword };
  return lookAtMetrics(http, AbortSignal.timeout(20_000));
}

/** Somebody else's program on a port. */
async function aStranger(): Promise<string> {
  const server = createServer((_request, response) => response.end('{"status":"ok"}'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

test('the doctor reads the metrics of the agent that runs', async () => {
  const { url } = await anOpsServer();

  expect(await look(url)).toEqual({
    status: 'ok',
    message: `${url}/metrics answers, for this machine alone`,
    next: null,
  });
});

test('the doctor says which part does not answer the agent', async () => {
  const metrics = someMetrics();
  metrics.watchFigures(() => Promise.reject(new Error('away')));
  const { url } = await anOpsServer({ metrics });

  expect(await look(url)).toMatchObject({
    status: 'warn',
    message: expect.stringContaining('database does not answer'),
  });
});

test('the doctor notices another password, and one that is easy to guess', async () => {
  const { url } = await anOpsServer({ password: long });
  const guessable = createSecret('hunter2');
  const weak = await anOpsServer({ password: guessable });

  expect(await look(url, long)).toMatchObject({
    status: 'ok',
    message: expect.stringContaining('the password'),
  });
  expect(await look(url, createSecret('another password of length'))).toMatchObject({
    status: 'error',
    next: expect.stringContaining('restart the agent'),
  });
  const found = await look(weak.url, guessable);
  expect(found).toMatchObject({ status: 'warn', next: expect.stringContaining('KAGGLE_AGENT_OPS_PASSWORD') });
  expect(found.message).not.toContain('hunter2');
});

test('the doctor tells a port of another program from a free one', async () => {
  const stranger = await aStranger();
  const free = await anOpsServer();
  await free.close();

  expect(await look(stranger)).toMatchObject({ status: 'error', next: expect.stringContaining('PORT=') });
  expect(await look(free.url)).toMatchObject({
    status: 'ok',
    message: expect.stringContaining('when the agent runs'),
  });
  expect(await look(`http://192.0.2.1:${new URL(free.url).port}`)).toMatchObject({
    status: 'error',
    message: expect.stringContaining('KAGGLE_AGENT_HOST is 192.0.2.1'),
  });
});
