import { expect, onTestFinished, test } from 'vitest';
import { createPatientFetch } from '../../src/infra/patient-fetch.ts';
import { startTinyServer } from '../support/tiny-server.ts';

test('an answer may be silent for as long as it is told, and no longer', async () => {
  const server = await startTinyServer((_, response) => {
    response.writeHead(200);
    response.write('some');
  });
  const short = createPatientFetch({ connectTimeoutMs: 1_000, silenceMs: 50 });
  onTestFinished(() => short.close());

  const response = await short.fetch(server.url);

  await expect(response.text()).rejects.toMatchObject({ cause: { code: 'UND_ERR_BODY_TIMEOUT' } });
});

test('everything else is as with the built-in one', async () => {
  const server = await startTinyServer((request, response) => {
    response.end(`${request.method} ${request.headers['x-a']} ${request.body.toString()}`);
  });
  const patient = createPatientFetch({ connectTimeoutMs: 1_000, silenceMs: 10_000 });
  onTestFinished(() => patient.close());

  const response = await patient.fetch(new URL(server.url), {
    method: 'POST',
    headers: { 'x-a': '1' },
    body: 'b',
  });

  expect(await response.text()).toBe('POST 1 b');
  expect(response).toBeInstanceOf(Response);
});
