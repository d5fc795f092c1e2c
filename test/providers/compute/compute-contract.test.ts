import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { createSecret } from '../../../src/config/secret.ts';
import { createLocalCompute } from '../../../src/providers/compute/local.ts';
import { anOfferRequest, aStartSpec } from '../../support/compute.ts';
import { aJobServer, aSheet, publishSheet, runnerPath, trainingPython } from '../../support/runner-kit.ts';
import { aKey, saladcloudAt } from '../../support/saladcloud/a-saladcloud.ts';
import { aSpec } from '../../support/saladcloud/a-start.ts';
import { startSaladcloud } from '../../support/saladcloud/start-saladcloud.ts';
import { tempFolder } from '../../support/temp-folder.ts';
import { aGpuJob, aStart, labelPrefix, vastAt } from '../../support/vast/a-vast.ts';
import { aHost } from '../../support/vast/settings.ts';
import { startVast } from '../../support/vast/start-vast.ts';
import { computeContract } from './compute-contract.ts';

const python = trainingPython();
const gib = 2 ** 30;
const manyBytes = 500e9;
const othersPrefix = 'ka-ffffffff-';

computeContract('SaladCloud', async () => {
  const saladcloud = await startSaladcloud({ killSeconds: [1, 2] });
  const changes = { timeoutMs: 5_000, stopPatienceMs: 300 };
  const compute = saladcloudAt(saladcloud, changes);
  const request = anOfferRequest({ gpu: { minMemoryBytes: 10 * gib }, minDiskBytes: 5 * gib });
  return {
    compute,
    request,
    tooLarge: { ...request, minMemoryBytes: manyBytes },
    absentId: aKey('never-was'),
    spec: (job) => aSpec(compute, { key: aKey(job) }),
    async foreign() {
      const other = saladcloudAt(saladcloud, { labelPrefix: othersPrefix });
      const { instanceId } = await other.start(await aSpec(other, { key: `${othersPrefix}1` }), {
        signal: AbortSignal.timeout(20_000),
      });
      return { key: instanceId, id: instanceId };
    },
    standing: () => saladcloud.groups().map(({ prototype }) => prototype.name),
    billedUsd: () => saladcloud.meter.usd(aKey('a1')),
    vendor: {
      withKey: (key) => saladcloudAt(saladcloud, { ...changes, apiKey: createSecret(key) }),
      apiKey: saladcloud.apiKey,
      calls: () => saladcloud.records.length,
      hang() {
        saladcloud.outage = 'hang';
      },
      answerAll(status, text) {
        saladcloud.outage = { status, text };
      },
    },
  };
});

computeContract('Vast.ai', async () => {
  const hosts = [1, 2, 3].map((machineId) => aHost({ machineId }));
  // Nothing is to run here.
  const vast = await startVast({ hosts, provisionMs: 600_000 });
  const compute = vastAt(vast);
  const request = aGpuJob();
  const keyOf = (prefix: string, job: string) => `${prefix}gpu-${job}-1`;
  return {
    compute,
    request,
    tooLarge: aGpuJob({ minMemoryBytes: manyBytes }),
    absentId: '77',
    spec: (job) => aStart(compute, { key: keyOf(labelPrefix, job) }),
    async foreign() {
      const other = vastAt(vast, { labelPrefix: othersPrefix });
      const key = keyOf(othersPrefix, 'b1');
      const { instanceId: id } = await other.start(await aStart(other, { key }), {
        signal: AbortSignal.timeout(20_000),
      });
      return { key, id };
    },
    standing: () => vast.alive().map(({ label }) => label ?? ''),
    billedUsd: () =>
      vast
        .bills()
        .filter(({ label }) => label?.startsWith(labelPrefix))
        .reduce((sum, { usd }) => sum + usd, 0),
    vendor: {
      withKey: (key) => vastAt(vast, { key }),
      apiKey: vast.apiKey,
      calls: () => vast.records.of('request').length + vast.records.of('refused').length,
      hang: () => vast.setOutage({ kind: 'hang' }),
      answerAll: (status, body) => vast.setOutage({ kind: 'status', status, body }),
    },
  };
});

const openLocal = async () => {
  const server = await aJobServer();
  const compute = createLocalCompute({
    name: 'local',
    scratchFolder: join(await tempFolder(), 'scratch'),
    runnerPath,
    python,
    slots: 2,
    cpuCores: 4,
    memoryBytes: 8e9,
    hiddenPaths: [],
    stopPatienceMs: 20_000,
    now: () => new Date(),
  });
  onTestFinished(async () => void (await compute.close()));
  const jobSheetUrl = await publishSheet(server, await aSheet(server, 'import time; time.sleep(600)\n'));
  const request = anOfferRequest({ minCpuCores: 2 });
  return {
    compute,
    request,
    tooLarge: { ...request, minMemoryBytes: manyBytes },
    absentId: 'never-was',
    async spec(job: string) {
      const [offer] = await compute.offers(request, { signal: AbortSignal.timeout(20_000) });
      if (offer === undefined) throw new Error('this machine has no room');
      return aStartSpec({ key: job, offer, jobSheetUrl });
    },
    foreign: null,
    standing: async () =>
      (await compute.list({ signal: AbortSignal.timeout(20_000) })).map(({ key }) => key ?? ''),
    billedUsd: () => 0,
    vendor: null,
  };
};
computeContract('this machine', python === '' ? null : openLocal);
