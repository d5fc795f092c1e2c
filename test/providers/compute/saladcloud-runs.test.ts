import { dirname, resolve } from 'node:path';
import { expect, test, vi } from 'vitest';
import type { ComputeProvider } from '../../../src/providers/compute/contract.ts';
import { packRunner } from '../../../src/providers/compute/runner-archive.ts';
import { packTarGz } from '../../../src/providers/compute/tar-archive.ts';
import { anOfferRequest, aStartSpec } from '../../support/compute.ts';
import {
  aJobServer,
  aSheet,
  type JobServer,
  publishSheet,
  runnerPath,
  trainingPython,
  writeSubmission,
} from '../../support/runner-kit.ts';
import { aKey, saladcloudAt } from '../../support/saladcloud/a-saladcloud.ts';
import { startSaladcloud } from '../../support/saladcloud/start-saladcloud.ts';

const python = trainingPython();
const call = { signal: new AbortController().signal };

/** A job whose files lie behind signed links, a vendor that really runs containers, and our client. */
async function aRentedJob(script: string, { archive }: { archive?: Buffer } = {}) {
  const server = await aJobServer();
  const saladcloud = await startSaladcloud({ pythonFolder: dirname(python), killSeconds: [1, 4] });
  const compute = saladcloudAt(saladcloud);
  await server.store.put('job/runner.tar.gz', archive ?? (await packRunner(dirname(runnerPath))));
  const jobSheetUrl = await publishSheet(server, await aSheet(server, script));
  const [offer] = await compute.offers(anOfferRequest({ gpu: { minMemoryBytes: 1 } }), call);
  if (offer === undefined) throw new Error('there is no offer');
  const spec = aStartSpec({
    key: aKey('a1'),
    offer,
    jobSheetUrl,
    runnerUrl: await server.link('runner.tar.gz', 'GET'),
    resultUrl: await server.link('result.json', 'GET'),
    image: 'docker.io/library/python:3.12',
    maxLifeSeconds: 600,
  });
  await compute.start(spec, call);
  const texts = () => saladcloud.lines.map(({ text }) => text);
  return { server, saladcloud, compute, spec, texts, group: () => saladcloud.group(spec.key) };
}

const hasResult = async (server: JobServer) =>
  await vi.waitFor(async () => expect(await server.has('result.json')).toBe(true), 20_000);
const goneFor = async (compute: ComputeProvider, key: string) => {
  await compute.stop(key, call);
  return await compute.list(call);
};

test.skipIf(python === '')(
  'a job runs on a rented machine to its result, and its container, started again, does not train twice',
  async () => {
    const { server, saladcloud, compute, spec, group, texts } = await aRentedJob(writeSubmission);

    await hasResult(server);
    const first = await server.readText('result.json');
    group()?.recreate();
    await vi.waitFor(() => expect(texts()).toContain('[stay] This job has its result already.'), 20_000);

    expect(await server.result()).toMatchObject({ exitClass: 'ok', token: 'token-1' });
    expect(await server.readText('result.json')).toBe(first);
    expect(saladcloud.runs).toHaveLength(2);
    expect(texts().join('\n')).not.toContain('signature');
    expect(await goneFor(compute, spec.key)).toEqual([]);
    expect(saladcloud.runs.every(({ toMs }) => toMs !== null)).toBe(true);
  },
);

test.skipIf(python === '')(
  'a machine that goes offline in the middle is changed for another one, on which the job ends',
  async () => {
    const endless = 'import time\nprint("begun", flush=True)\ntime.sleep(60)';
    const { server, saladcloud, group } = await aRentedJob(endless);
    await vi.waitFor(async () => expect(await server.readText('heartbeat.json')).toContain('begun'), 20_000);

    await server.store.put(
      'job/sheet.json',
      Buffer.from(JSON.stringify(await aSheet(server, writeSubmission))),
    );
    group()?.move('Instance Interrupted (Node Offline)');
    await hasResult(server);

    const [first, second] = saladcloud.runs;
    expect(second?.machineId).not.toBe(first?.machineId);
    expect(first?.toMs).toBeLessThanOrEqual(second?.fromMs ?? 0);
    expect(await server.result()).toMatchObject({ exitClass: 'ok' });
  },
);

test.skipIf(python === '')(
  'a container that cannot even begin is told of once it has ended three times',
  async () => {
    const archive = await packTarGz([['nothing.py', Buffer.from('')]]);
    const { compute, spec, server } = await aRentedJob(writeSubmission, { archive });

    await vi.waitFor(
      async () =>
        expect(await compute.list(call)).toMatchObject([
          {
            state: 'running',
            trouble: { code: 'compute.keeps_ending', message: expect.stringContaining('status 2') },
          },
        ]),
      20_000,
    );

    expect(await goneFor(compute, spec.key)).toEqual([]);
    expect(await server.has('result.json')).toBe(false);
  },
);

test.skipIf(python === '')(
  'a machine that lies about its state goes on being billed until it is ended',
  async () => {
    const { saladcloud, compute, spec, server, group } = await aRentedJob('import time\ntime.sleep(60)');
    await vi.waitFor(async () => expect(await server.has('heartbeat.json')).toBe(true), 20_000);

    await group()?.lie();
    const before = saladcloud.meter.usd();
    await vi.waitFor(() => expect(saladcloud.meter.usd()).toBeGreaterThan(before));

    expect(await compute.list(call)).toMatchObject([{ state: 'running', trouble: null }]);
    expect(await goneFor(compute, spec.key)).toEqual([]);
    const after = saladcloud.meter.usd();
    expect(saladcloud.meter.usd()).toBe(after);
  },
);

test('the runner packs to the same bytes each time', async () => {
  const folder = resolve(dirname(runnerPath));
  const [one, other] = await Promise.all([packRunner(folder), packRunner(folder)]);

  expect(one.equals(other)).toBe(true);
});
