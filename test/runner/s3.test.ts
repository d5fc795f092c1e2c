import { randomUUID } from 'node:crypto';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { runResultSchema } from '../../src/domain/run-contract.ts';
import {
  type JobServer,
  runScript,
  sha256Of,
  trainingPython,
  writeSubmission,
} from '../support/runner-kit.ts';
import { aBucket } from '../support/s3/a-bucket.ts';

const python = trainingPython();
const runnerTest = test.skipIf(python === '');

/** As the job server of a folder, over a bucket. */
async function aJobBucket() {
  const { server, store, unfinished } = await aBucket();
  const readText = async (name: string) => await text(await store.get(`job/${name}`));
  const jobs: JobServer = {
    store,
    secret: randomUUID(),
    url: () => server.url,
    readText,
    has: async (name) => (await store.head(`job/${name}`)) !== null,
    result: async () => runResultSchema.parse(JSON.parse(await readText('result.json'))),
    link: (name, method, maxBytes = 100_000_000) =>
      store.signedUrl(`job/${name}`, { method, expiresInSeconds: 600, maxBytes }),
  };
  return { server, jobs, unfinished };
}

runnerTest('a run fetches and brings everything by presigned links, and holds no key', async () => {
  const { server, jobs } = await aJobBucket();

  const { exitCode } = await runScript(python, jobs, `${writeSubmission}print("trained")\n`);

  const result = await jobs.result();
  expect({ exitCode, exitClass: result.exitClass }).toEqual({ exitCode: 0, exitClass: 'ok' });
  expect(await jobs.readText('submission.csv')).toBe('id,y\n1,0\n');
  expect(await jobs.readText('run.log')).toContain('trained');
  expect(await jobs.has('heartbeat.json')).toBe(true);
  for (const file of result.files) {
    expect(await jobs.store.head(`job/${file.name}`)).toMatchObject({ sha256: file.sha256 });
  }
  const ofTheRun = server.requests.filter(({ query }) => query.has('X-Amz-Signature'));
  expect(ofTheRun.length).toBeGreaterThan(5);
});

runnerTest('a download by link that breaks off goes on, and a busy storage is tried again', async () => {
  const { server, jobs } = await aJobBucket();
  const body = Buffer.alloc(3_000_000, 'data,');
  await jobs.store.put('job/big.csv', body);
  const url = await jobs.link('big.csv', 'GET');
  const seen = { cut: 0, busy: 0 };
  server.faults.push(({ method, path, query }) => {
    if (!query.has('X-Amz-Signature')) return null;
    if (method === 'GET' && path.endsWith('big.csv') && seen.cut < 2) {
      seen.cut += 1;
      return { cutAfterBytes: 1_000_000 };
    }
    if (method === 'PUT' && path.endsWith('submission.csv') && seen.busy < 1) {
      seen.busy += 1;
      return { status: 503, code: 'SlowDown' };
    }
    return null;
  });

  await runScript(python, jobs, writeSubmission, {
    data: [{ name: 'big.csv', url, sha256: sha256Of(body), sizeBytes: body.length }],
  });

  expect(await jobs.result()).toMatchObject({ exitClass: 'ok' });
  expect(seen).toEqual({ cut: 2, busy: 1 });
});

runnerTest('a result that is larger than its link would allow never leaves the machine', async () => {
  const { jobs } = await aJobBucket();
  const url = await jobs.link('submission.csv', 'PUT');

  await runScript(python, jobs, writeSubmission, {
    outputs: [{ name: 'submission.csv', url, required: true, maxBytes: 3 }],
  });

  expect((await jobs.result()).exitClass).not.toBe('ok');
  expect(await jobs.has('submission.csv')).toBe(false);
});
