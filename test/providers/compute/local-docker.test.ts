import { spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { containerOptions } from '../../../src/providers/compute/container-options.ts';
import { createLocalCompute } from '../../../src/providers/compute/local.ts';
import {
  createLocalContainers,
  type LocalContainersOptions,
} from '../../../src/providers/compute/local-containers.ts';
import type { Card } from '../../../src/providers/compute/nvidia-cards.ts';
import { anOffer, anOfferRequest, aStartSpec } from '../../support/compute.ts';
import { aLocalDocker } from '../../support/docker/local-docker.ts';
import {
  aJobServer,
  aSheet,
  processesWith,
  publishSheet,
  runnerPath,
  trainingPython,
  writeSubmission,
} from '../../support/runner-kit.ts';
import { tempFolder } from '../../support/temp-folder.ts';

const python = trainingPython();
const signal = AbortSignal.timeout(300_000);
const image = 'local/train:1';
const images = { [image]: python };

/** A daemon of this machine with an image that has Python: named by the two variables, or there is none to test with. */
const { DOCKER_HOST: realHost = '', KAGGLE_AGENT_TEST_IMAGE: realImage = '' } = process.env;
const hasDaemon =
  realImage !== '' &&
  spawnSync('docker', ['image', 'inspect', realImage], { env: { ...process.env } }).status === 0;
const standInTest = test.skipIf(python === '');
const daemonTest = test.skipIf(python === '' || !hasDaemon);

type Setup = Partial<LocalContainersOptions> & { program: string; cards?: Card[]; folder?: string };

async function aCompute({ cards = [], folder = '', ...changes }: Setup) {
  const scratchFolder = folder === '' ? join(await tempFolder(), 'scratch') : folder;
  const told: { inContainer: boolean; reason: string }[] = [];
  const containers = createLocalContainers({
    mode: 'auto',
    host: null,
    searchPath: '/usr/local/bin:/usr/bin:/bin',
    image,
    packages: [],
    scratchFolder,
    cpuCores: 1,
    user: { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 },
    ...changes,
  });
  const ends: string[] = [];
  const compute = createLocalCompute({
    name: 'local',
    scratchFolder,
    runnerPath,
    python,
    slots: 1,
    cards,
    cpuCores: 1,
    memoryBytes: 8_000_000_000,
    hiddenPaths: [],
    stopPatienceMs: 20_000,
    now: () => new Date(),
    onEnd: ({ key, errors }) => ends.push(`${key}${errors}`),
    onIsolation: (isolation) => told.push(isolation),
    containers,
  });
  onTestFinished(async () => void (await compute.close()));
  return { compute, scratchFolder, told, ends, containers };
}

async function aRun(script: string, changes: Parameters<typeof aSheet>[2] = {}) {
  const server = await aJobServer();
  const jobSheetUrl = await publishSheet(server, await aSheet(server, script, changes));
  return { server, spec: aStartSpec({ key: 'run-1', offer: anOffer({ provider: 'local' }), jobSheetUrl }) };
}

const card = {
  uuid: 'GPU-5c9e7f0a-1111-2222-3333-444455556666',
  name: 'NVIDIA RTX A4000',
  memoryBytes: 2 ** 34,
};
const limits = { memoryBytes: 500_000_000, processes: 64, cpuSeconds: 60, fileSizeBytes: 50_000_000 };
const withNvidia = {
  ServerVersion: '28.2.2',
  OSType: 'linux',
  SecurityOptions: [],
  Runtimes: { nvidia: {} },
};

standInTest('a script runs in a container with its card, behind every wall, and nothing stays', async () => {
  const docker = await aLocalDocker(python, { images, daemon: withNvidia });
  const { compute, told, ends, scratchFolder } = await aCompute({ ...docker, cards: [card] });
  const { server, spec } = await aRun(
    `${writeSubmission}\nprint("sees", os.environ["CUDA_VISIBLE_DEVICES"], os.environ["HOME"])\n`,
    { limits },
  );
  const [offer = anOffer()] = await compute.offers(
    { ...anOfferRequest(), gpu: { minMemoryBytes: 1 } },
    { signal },
  );

  await compute.start({ ...spec, offer }, { signal });

  await expect.poll(() => ends, { timeout: 20_000 }).toEqual(['run-1']);
  expect(told).toMatchObject([{ inContainer: true, reason: `docker 28.2.2, ${image}` }]);
  expect(await server.result()).toMatchObject({
    exitClass: 'ok',
    isolation: { network: true, processes: true, files: true },
  });
  expect(await server.readText('run.log')).toContain(`sees ${card.uuid} ${scratchFolder}/run-1/home`);
  const run = (await docker.calls()).find((call) => call.includes('--interactive'));
  expect(run?.join(' ')).toContain(`--gpus device=${card.uuid}`);
  expect(run?.join(' ')).toContain('--memory 500000000 --memory-swap 500000000');
  expect(run?.join(' ')).toContain('--network none');
  expect(await docker.containers()).toEqual([]);
});

standInTest('a container is asked to end, and its script still saves what it has', async () => {
  const docker = await aLocalDocker(python, { images });
  const { compute, ends } = await aCompute(docker);
  const marker = randomUUID();
  const script = `
import signal, subprocess, sys, time
subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)", "${marker}"], start_new_session=True)
def save(*_):
    global os
${writeSubmission.replaceAll(/^/gm, '    ')}
    sys.exit(0)
signal.signal(signal.SIGTERM, save)
print("ready", flush=True)
time.sleep(600)
`;
  const { server, spec } = await aRun(script, { limits, timeLimitSeconds: 1, graceSeconds: 20 });

  await compute.start(spec, { signal });

  await expect.poll(() => ends, { timeout: 20_000 }).toEqual(['run-1']);
  expect(await server.result()).toMatchObject({
    exitClass: 'time_limit',
    files: [{ name: 'submission.csv' }],
  });
  expect(await processesWith(marker)).toEqual([]);
  expect(await docker.containers()).toEqual([]);
});

standInTest('a container that docker ended for its memory ran out of memory', async () => {
  const docker = await aLocalDocker(python, { images, end: { OOMKilled: true, ExitCode: 137 } });
  const { compute, ends } = await aCompute(docker);
  const { server, spec } = await aRun('print("over")\n', { limits });

  await compute.start(spec, { signal });

  await expect.poll(() => ends, { timeout: 20_000 }).toEqual(['run-1']);
  expect(await server.result()).toMatchObject({ exitClass: 'out_of_memory' });
});

standInTest('a runner that is killed leaves no container, and what has no record is swept up', async () => {
  const docker = await aLocalDocker(python, { images });
  const { compute, scratchFolder, ends, containers } = await aCompute(docker);
  const [, mark] = /^kaggle-agent-([0-9a-f]+)-left$/.exec(containers.nameOf('left')) ?? [];
  const left = { Status: 'exited', Pid: 0, Home: null, Labels: [`kaggle-agent.scratch=${mark}`] };
  const leftFile = join(docker.folder, `${containers.nameOf('left')}.container`);
  await writeFile(leftFile, JSON.stringify(left));
  const others = join(docker.folder, 'kaggle-agent-0000-left.container');
  await writeFile(others, JSON.stringify({ ...left, Labels: ['kaggle-agent.scratch=0000'] }));
  const { spec } = await aRun('import time; time.sleep(600)\n', { limits });
  await compute.start(spec, { signal });
  await expect.poll(() => docker.containers(), { timeout: 20_000 }).toHaveLength(3);

  expect(await compute.list({ signal })).toMatchObject([{ id: 'run-1' }]);
  expect((await docker.containers()).sort()).toEqual(
    [`${containers.nameOf('run-1')}.container`, basename(others)].sort(),
  );

  const { pid } = JSON.parse(await readFile(join(scratchFolder, 'run-1.run.json'), 'utf8'));
  process.kill(pid, 'SIGKILL');
  await expect.poll(() => ends, { timeout: 20_000 }).toEqual(['run-1']);
  expect(await docker.containers()).toEqual([basename(others)]);
  expect(await processesWith(`${scratchFolder}/run-1/code/train.py`)).toEqual([]);
});

standInTest('without a daemon, an image or its packages a process does, and the reason is told', async () => {
  const lacking = await aLocalDocker(python, { images });
  const cases: [Setup, string][] = [
    [{ program: '/none/docker' }, 'there is no docker program'],
    [await aLocalDocker(python, { daemon: null }), 'no docker daemon answers'],
    [{ ...lacking, host: 'tcp://elsewhere:2375' }, 'is on another machine'],
    [{ ...lacking, image: null }, 'no image is configured'],
    [{ ...lacking, image: 'other:1' }, 'the image other:1 is not there (docker pull other:1)'],
    [{ ...lacking, packages: ['no-such-package'] }, `the image ${image} lacks no-such-package`],
  ];
  for (const [setup, reason] of cases) {
    const folder = join(await tempFolder(), 'scratch');
    const all = {
      mode: 'auto' as const,
      host: null,
      searchPath: '/usr/bin:/bin',
      image,
      packages: [],
      scratchFolder: folder,
      cpuCores: 1,
      user: { uid: 0, gid: 0 },
    };
    const wanted = { image: null, card: null };
    expect(await createLocalContainers({ ...all, ...setup }).choose(wanted, signal)).toEqual({
      container: null,
      reason: expect.stringContaining(reason),
    });
    const strict = createLocalContainers({ ...all, ...setup, mode: 'docker' });
    if (setup.packages === undefined) {
      await expect(strict.choose(wanted, signal)).rejects.toMatchObject({
        kind: 'configuration',
        code: 'compute.no_container',
      });
    }
  }
  // The script's own image comes first, where this machine has it.
  const built = `ghcr.io/somebody/kaggle-agent@sha256:${'0'.repeat(64)}`;
  const { containers } = await aCompute(
    await aLocalDocker(python, { images: { ...images, [built]: python } }),
  );
  const chosen = await containers.choose({ image: built, card: null }, signal);
  expect(chosen.container).toMatchObject({ image: built, python: 'python3' });
});

test('a container of a rootless daemon is root inside, one that maps users is told not to', () => {
  const plain = { version: '28', isRootless: false, remapsUsers: false, hasSelinux: false, hasNvidia: true };
  const optionsOf = (daemon: Partial<typeof plain>) =>
    containerOptions({
      daemon: { ...plain, ...daemon },
      user: { uid: 1000, gid: 100 },
      cpuCores: 2,
      card: null,
      labels: ['a=b'],
    }).join(' ');

  expect(optionsOf({})).toContain(
    '--user 1000:100 --cap-drop ALL --security-opt no-new-privileges --log-driver',
  );
  expect(optionsOf({ isRootless: true })).toContain('--user 0:0');
  expect(optionsOf({ remapsUsers: true })).toContain('--userns host');
  expect(optionsOf({ hasSelinux: true })).toContain('--security-opt label=disable');
});

daemonTest('the real docker keeps a script in, kills it for memory, and is left empty', async () => {
  const setup = { program: 'docker', host: realHost === '' ? null : realHost, image: realImage };
  const { compute, told, ends } = await aCompute(setup);
  const { server, spec } = await aRun(
    `${writeSubmission}
import socket
print("groups", os.getuid(), open("/proc/self/status").read().split("CapEff:")[1].split()[0])
for path in ("/usr/new", "/tmp/new", os.path.expanduser("~/new")):
    try: open(path, "w").close(); print("written", path)
    except OSError as error: print("not written", path)
try: socket.create_connection(("127.0.0.1", 22), timeout=2)
except OSError as error: print("no network", sorted(os.listdir("/sys/class/net")))
`,
    { limits },
  );
  await compute.start(spec, { signal });
  await expect.poll(() => ends, { timeout: 60_000 }).toEqual(['run-1']);
  expect(told).toMatchObject([{ inContainer: true }]);
  expect(await server.result()).toMatchObject({ exitClass: 'ok' });
  const log = await server.readText('run.log');
  expect(log).toContain('not written /usr/new');
  expect(log).toMatch(/^written .*\/home\/new$/m);
  expect(log).toContain("no network ['lo']");
  expect(log).toContain('0000000000000000');

  const hungry = await aRun('held = [bytearray(10**8) for _ in range(20)]\n', { limits });
  await compute.start({ ...hungry.spec, key: 'run-2' }, { signal });
  await expect.poll(() => ends, { timeout: 60_000 }).toEqual(['run-1', 'run-2']);
  expect(await hungry.server.result()).toMatchObject({ exitClass: 'out_of_memory' });

  const slow = await aRun('import time; time.sleep(600)\n', { limits });
  await compute.start({ ...slow.spec, key: 'run-3' }, { signal });
  await expect.poll(() => slow.server.has('heartbeat.json'), { timeout: 20_000 }).toBe(true);
  await compute.stop('run-3', { signal });
  expect(await slow.server.result()).toMatchObject({ exitClass: 'cancelled' });
  const left = spawnSync('docker', ['ps', '--all', '--quiet', '--filter', 'label=kaggle-agent.scratch']);
  expect(left.stdout.toString()).toBe('');
});
