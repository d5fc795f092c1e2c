import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import type { Offer } from '../../../src/providers/compute/contract.ts';
import { createLocalCompute } from '../../../src/providers/compute/local.ts';
import type { RunnerEnd } from '../../../src/providers/compute/local-runs.ts';
import type { Card } from '../../../src/providers/compute/nvidia-cards.ts';
import { birthMarkOf } from '../../../src/providers/compute/process-table.ts';
import { anOffer, anOfferRequest, aStartSpec } from '../../support/compute.ts';
import {
  aJobServer,
  aSheet,
  type JobServer,
  processesWith,
  publishSheet,
  runnerPath,
  trainingPython,
  writeSubmission,
} from '../../support/runner-kit.ts';
import { tempFolder } from '../../support/temp-folder.ts';

const python = trainingPython();
const localTest = test.skipIf(python === '');
const signal = AbortSignal.timeout(300_000);
const request = anOfferRequest();

async function aCompute({ slots = 2, hiddenPaths = [] as string[], folder = '', cards = [] as Card[] } = {}) {
  const scratchFolder = folder === '' ? join(await tempFolder(), 'scratch') : folder;
  const ends: RunnerEnd[] = [];
  const compute = createLocalCompute({
    name: 'local',
    scratchFolder,
    runnerPath,
    python,
    slots,
    cards,
    cpuCores: 4,
    memoryBytes: 8_000_000_000,
    hiddenPaths,
    stopPatienceMs: 20_000,
    now: () => new Date(),
    onEnd: (end) => ends.push(end),
  });
  onTestFinished(async () => void (await compute.close()));
  return { compute, scratchFolder, ends };
}

async function aStart(server: JobServer, key: string, script: string) {
  const jobSheetUrl = await publishSheet(server, await aSheet(server, script));
  return aStartSpec({ key, offer: anOffer({ provider: 'local', name: 'this-machine' }), jobSheetUrl });
}

const sleeper = (marker: string) => `
import os, subprocess, sys
subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)", "${marker}"], start_new_session=True)
subprocess.run([sys.executable, "-c", "import time; time.sleep(600)", "${marker}"])
`;

localTest('a run is started, listed while it lasts, and clears up after itself', async () => {
  const server = await aJobServer();
  const { compute, scratchFolder, ends } = await aCompute();

  const started = await compute.start(await aStart(server, 'run-1', writeSubmission), { signal });

  expect(started.instanceId).toBe('run-1');
  expect(await compute.list({ signal })).toMatchObject([
    { id: 'run-1', key: 'run-1', provider: 'local', state: 'running', pricePerHourUsd: 0 },
  ]);
  await expect.poll(() => ends, { timeout: 20_000 }).toEqual([{ key: 'run-1', exitCode: 0, errors: '' }]);
  expect(await server.result()).toMatchObject({ exitClass: 'ok' });
  expect(await compute.list({ signal })).toEqual([]);
  expect(existsSync(join(scratchFolder, 'run-1'))).toBe(false);
  expect(existsSync(join(scratchFolder, 'run-1.run.json'))).toBe(false);
});

localTest('the same key twice, and twice at once, is one run', async () => {
  const server = await aJobServer();
  const marker = randomUUID();
  const { compute } = await aCompute();
  const spec = await aStart(server, 'run-1', sleeper(marker));

  const starts = await Promise.all([compute.start(spec, { signal }), compute.start(spec, { signal })]);
  const again = await compute.start(spec, { signal });

  expect(new Set([...starts, again].map(({ startedAt }) => startedAt.getTime())).size).toBe(1);
  expect(await compute.list({ signal })).toHaveLength(1);
  // An agent that stops has to say whose runs it ended.
  expect(await compute.close()).toEqual(['run-1']);
});

localTest('slots bound the runs at one time', async () => {
  const server = await aJobServer();
  const { compute } = await aCompute({ slots: 1 });

  expect(await compute.offers(request, { signal })).toMatchObject([
    { provider: 'local', pricePerHourUsd: 0, gpu: null, cpuCores: 4 },
  ]);
  expect(await compute.offers({ ...request, gpu: { minMemoryBytes: 1 } }, { signal })).toEqual([]);
  expect(await compute.offers({ ...request, minCpuCores: 5 }, { signal })).toEqual([]);
  await compute.start(await aStart(server, 'run-1', sleeper(randomUUID())), { signal });
  expect(await compute.offers(request, { signal })).toEqual([]);
  await expect(compute.start(await aStart(server, 'run-2', ''), { signal })).rejects.toMatchObject({
    kind: 'transient',
    code: 'compute.no_capacity',
  });
  await compute.stop('run-1', { signal });
  expect(await compute.offers(request, { signal })).toHaveLength(1);
});

const cards = ['a', 'b'].map((name) => {
  return { uuid: `GPU-00000000-${name}`, name: `Card ${name}`, memoryBytes: 8 * 2 ** 30 };
});

localTest('each card is given to one run at a time, beside the slots, and no other run sees it', async () => {
  const server = await aJobServer();
  const { compute, scratchFolder } = await aCompute({ slots: 1, cards });
  const wantsCard = anOfferRequest({ gpu: { minMemoryBytes: 8e9 } });
  const script =
    'import os, time; print("sees", repr(os.environ["CUDA_VISIBLE_DEVICES"]), flush=True); time.sleep(600)\n';
  const limits = { memoryBytes: 2 ** 30 };
  const jobSheetUrl = await publishSheet(
    server,
    await aSheet(
      server,
      `import resource
print("addresses", resource.getrlimit(resource.RLIMIT_DATA)[0])
${script}`,
      { limits },
    ),
  );
  const begin = (key: string, offer: Offer) =>
    compute.start(aStartSpec({ key, offer, jobSheetUrl }), { signal });

  const [first = anOffer(), second = anOffer()] = await compute.offers(wantsCard, { signal });
  expect([first, second]).toMatchObject(
    cards.map(({ name, memoryBytes }) => ({ gpu: { name, memoryBytes } })),
  );
  expect(await compute.offers({ ...wantsCard, gpu: { minMemoryBytes: 9e9 } }, { signal })).toEqual([]);
  const [one, two] = await Promise.allSettled([begin('run-1', first), begin('run-2', first)]);
  expect([one.status, two.status]).toEqual(['fulfilled', 'rejected']);
  expect(await compute.offers(wantsCard, { signal })).toMatchObject([{ name: second.name }]);
  // Another agent of the same folder sees that it is taken.
  const beside = await aCompute({ folder: scratchFolder, cards });
  expect(await beside.compute.offers(wantsCard, { signal })).toMatchObject([{ name: second.name }]);
  await vi.waitFor(async () => expect(await logOf(server)).toContain(`sees '${cards[0]?.uuid}'`), patience);
  // A driver's addresses are no memory.
  expect(await logOf(server)).toContain('addresses -1');
  await compute.stop('run-1', { signal });

  const [slot = anOffer()] = await compute.offers(request, { signal });
  await begin('run-3', slot);
  await vi.waitFor(async () => expect(await logOf(server)).toContain("sees ''"), patience);
  expect(await logOf(server)).toContain(`addresses ${2 ** 30}`);
  expect(await compute.offers(wantsCard, { signal })).toHaveLength(2);
});

const patience = { timeout: 20_000 };

async function logOf(server: JobServer): Promise<string> {
  return JSON.parse(await server.readText('heartbeat.json')).logTail;
}

localTest(
  'stopping ends the script and all its helpers, lets the runner report, and is done twice in peace',
  async () => {
    const server = await aJobServer();
    const marker = randomUUID();
    const { compute, scratchFolder } = await aCompute();
    await compute.start(await aStart(server, 'run-1', sleeper(marker)), { signal });
    await expect.poll(() => processesWith(marker), { timeout: 20_000 }).toHaveLength(2);

    await Promise.all([compute.stop('run-1', { signal }), compute.stop('run-1', { signal })]);
    await compute.stop('run-1', { signal });
    await compute.stop('never-was', { signal });

    expect(await processesWith(marker)).toEqual([]);
    expect(await server.result()).toMatchObject({ exitClass: 'cancelled' });
    expect(await compute.list({ signal })).toEqual([]);
    expect(existsSync(join(scratchFolder, 'run-1'))).toBe(false);
  },
);

localTest('a run that outlives its longest life is ended', async () => {
  const server = await aJobServer();
  const { compute, ends } = await aCompute();
  const spec = await aStart(server, 'run-1', 'import time; time.sleep(600)\n');

  await compute.start({ ...spec, maxLifeSeconds: 1 }, { signal });

  await expect.poll(() => ends, { timeout: 20_000 }).toHaveLength(1);
  expect(await server.result()).toMatchObject({ exitClass: 'cancelled' });
});

localTest('an agent that is killed leaves no process, and its successor finds no run', async () => {
  const server = await aJobServer();
  const marker = randomUUID();
  const jobSheetUrl = await publishSheet(server, await aSheet(server, sleeper(marker)));
  const scratchFolder = join(await tempFolder(), 'scratch');
  const fixture = join(import.meta.dirname, 'agent-fixture.ts');
  const agent = spawn(process.execPath, [fixture, scratchFolder, runnerPath, python, jobSheetUrl], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void agent.kill('SIGKILL'));
  await once(agent.stdout, 'data');
  await expect.poll(() => processesWith(marker), { timeout: 20_000 }).toHaveLength(2);

  agent.kill('SIGKILL');

  await expect.poll(() => processesWith(marker), { timeout: 20_000 }).toEqual([]);
  await expect.poll(() => processesWith(scratchFolder), { timeout: 20_000 }).toEqual([]);
  const { compute } = await aCompute({ folder: scratchFolder });
  expect(await compute.list({ signal })).toEqual([]);
  expect(existsSync(join(scratchFolder, 'run-of-the-dead'))).toBe(false);
});

localTest('a runner that outlived its agent is killed when it is found', async () => {
  const { compute, scratchFolder } = await aCompute();
  const home = join(scratchFolder, 'run-9', 'home');
  await mkdir(home, { recursive: true });
  const script =
    'import subprocess, sys; subprocess.run([sys.executable, "-c", "import time; time.sleep(600)"])';
  const orphan = spawn(python, ['-c', script], { detached: true, stdio: 'ignore', env: { HOME: home } });
  onTestFinished(() => void orphan.kill('SIGKILL'));
  const pid = orphan.pid ?? 0;
  const owner = { pid, birthMark: 'of-an-agent-that-is-gone' };
  await writeRecord(scratchFolder, { key: 'run-9', pid, birthMark: (await birthMarkOf(pid)) ?? '', owner });

  expect(await compute.list({ signal })).toEqual([]);

  expect(await birthMarkOf(pid)).toBeNull();
  expect(existsSync(join(scratchFolder, 'run-9'))).toBe(false);
});

localTest("another living agent's run is listed and left alone", async () => {
  const { compute, scratchFolder } = await aCompute();
  const other = spawn(python, ['-c', 'import time; time.sleep(600)'], { detached: true, stdio: 'ignore' });
  onTestFinished(() => void other.kill('SIGKILL'));
  const pid = other.pid ?? 0;
  const owner = { pid: process.pid, birthMark: (await birthMarkOf(process.pid)) ?? '' };
  await mkdir(scratchFolder, { recursive: true });
  await writeRecord(scratchFolder, { key: 'run-8', pid, birthMark: (await birthMarkOf(pid)) ?? '', owner });

  expect(await compute.list({ signal })).toMatchObject([{ id: 'run-8' }]);
  expect(await birthMarkOf(pid)).not.toBeNull();

  await compute.stop('run-8', { signal });
  expect(await birthMarkOf(pid)).toBeNull();
});

localTest('a number that now belongs to another process is not killed', async () => {
  const { compute, scratchFolder } = await aCompute();
  const innocent = spawn(python, ['-c', 'import time; time.sleep(600)'], { detached: true, stdio: 'ignore' });
  onTestFinished(() => void innocent.kill('SIGKILL'));
  const pid = innocent.pid ?? 0;
  const mark = await birthMarkOf(pid);
  const owner = { pid: 1, birthMark: 'of-an-agent-that-is-gone' };
  await mkdir(scratchFolder, { recursive: true });
  await writeRecord(scratchFolder, { key: 'run-7', pid, birthMark: 'of-an-earlier-process', owner });

  await compute.stop('run-7', { signal });

  expect(await compute.list({ signal })).toEqual([]);
  expect(await birthMarkOf(pid)).toBe(mark);
});

localTest('the signed URL of the sheet is in no process list', async () => {
  const server = await aJobServer();
  const { compute, scratchFolder } = await aCompute();

  await compute.start(await aStart(server, 'run-1', 'import time; time.sleep(600)\n'), { signal });

  await expect.poll(() => server.has('heartbeat.json'), { timeout: 20_000 }).toBe(true);
  for (const pid of await processesWith(scratchFolder)) {
    expect(await readFile(`/proc/${pid}/cmdline`, 'utf8')).not.toContain('signature');
  }
});

localTest('a Python that does not exist is a matter of configuration', async () => {
  const server = await aJobServer();
  const { compute } = await aCompute();
  const broken = createLocalCompute({
    name: 'local',
    scratchFolder: await tempFolder(),
    runnerPath,
    python: '/none/python',
    slots: 1,
    cpuCores: 1,
    memoryBytes: 1,
    hiddenPaths: [],
    stopPatienceMs: 1_000,
    now: () => new Date(),
  });

  await expect(broken.start(await aStart(server, 'run-1', ''), { signal })).rejects.toMatchObject({
    kind: 'configuration',
    code: 'python.not_startable',
  });
  expect(await compute.list({ signal })).toEqual([]);
});

async function writeRecord(
  folder: string,
  record: { key: string; pid: number; birthMark: string; owner: { pid: number; birthMark: string } },
) {
  const whole = { schema: 1, startedAt: new Date().toISOString(), ...record };
  await writeFile(join(folder, `${record.key}.run.json`), JSON.stringify(whole));
}
