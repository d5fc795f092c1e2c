import { spawnSync } from 'node:child_process';
import { copyFile, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { z } from 'zod';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../../src/embedded/postgres.ts';
import { findLivePostmaster } from '../../src/embedded/postmaster.ts';
import { rowsOf } from '../support/database.ts';
import { silentLog } from '../support/silent-log.ts';
import { databaseOf, expectNoProcess } from './after-run.ts';
import { type AgentProcess, aFolder, portSettings, python, runAgent, startAgent } from './agent-process.ts';

const readyWithinMs = 60_000;
const patience = { timeout: 60_000, interval: 100 };
const signal = new AbortController().signal;

/** A database of one's own, that can go away and come back at the same address. */
async function aServer() {
  const folder = await aFolder();
  let server: EmbeddedPostgres | null = await startEmbeddedPostgres({
    dataFolder: folder,
    log: silentLog,
    signal,
  });
  const { connectionString, port } = server;
  const goAway = async () => {
    await server?.stop();
    server = null;
  };
  onTestFinished(goAway);
  return {
    connectionString,
    goAway,
    async comeBack() {
      server = await startEmbeddedPostgres({ dataFolder: folder, log: silentLog, signal, port });
    },
  };
}

async function ready(agent: AgentProcess): Promise<void> {
  await vi.waitFor(() => expect(agent.stdout()).toMatch(/is ready/), {
    timeout: readyWithinMs,
    interval: 50,
  });
}

/** Types a line at the prompt until its answer is there, behind what had been shown at `from`. */
async function askUntil(
  agent: AgentProcess,
  line: string,
  answer: RegExp,
  from = agent.stdout().length,
): Promise<void> {
  await vi.waitFor(
    async () => {
      agent.type(`${line}\r`);
      await vi.waitFor(() => expect(agent.stdout().slice(from)).toMatch(answer), { timeout: 2_000 });
    },
    { timeout: 60_000, interval: 100 },
  );
}

const markerSchema = z.object({ code: z.string(), message: z.string(), diagnostics: z.string() });

/** The marker of an emergency, and the diagnostics that it names; both for nobody else to read. */
async function emergencyOf(dataFolder: string): Promise<{ code: string; diagnostics: string }> {
  const file = join(dataFolder, 'EMERGENCY');
  const marker = markerSchema.parse(JSON.parse(await readFile(file, 'utf8')));
  for (const path of [file, marker.diagnostics]) expect((await stat(path)).mode & 0o777).toBe(0o600);
  const diagnostics = await readFile(marker.diagnostics, 'utf8');
  expect(JSON.parse(diagnostics)).toMatchObject({
    code: marker.code,
    causes: expect.arrayContaining([expect.objectContaining({ stack: expect.any(String) })]),
    versions: { node: process.version, agent: expect.any(String) },
    lastLines: expect.any(Array),
    health: expect.any(Array),
  });
  return { code: marker.code, diagnostics };
}

/** Every further start is refused until a person says that it may go on. */
async function expectRefused(dataFolder: string, env: Record<string, string>): Promise<void> {
  const { code, stderr } = await runAgent(['run', 'wine-cultivars', '--data', dataFolder], { env });
  expect([code, stderr]).toEqual([3, expect.stringMatching(/emergency stop[\s\S]+--after-emergency/)]);
}

async function expectGoesOn(dataFolder: string, env: Record<string, string>): Promise<void> {
  const agent = startAgent(['up', '--after-emergency', '--data', dataFolder], { env });
  await ready(agent);
  await vi.waitFor(async () => expect(await readdir(dataFolder)).not.toContain('EMERGENCY'), patience);
  // Started without a terminal, as by a service manager, it still shows its cards.
  expect(await readFile(logOf(dataFolder), 'utf8')).not.toMatch(/register_chat/);
  agent.signal('SIGINT');
  expect((await agent.ended).code).toBe(130);
}

test.skipIf(python === null)(
  'a database that goes away in the middle of a run is waited for, and costs no job an attempt',
  async () => {
    const [server, dataFolder] = [await aServer(), await aFolder()];
    const args = ['run', 'wine-cultivars', '--json', '--max-rounds', '1', '--data', dataFolder];
    const agent = startAgent(args, {
      env: {
        DATABASE_URL: server.connectionString,
        KAGGLE_AGENT_APPROACHES_PER_ROUND: '1',
        KAGGLE_AGENT_HEALTH_EVERY_SECONDS: '10',
      },
    });
    await vi.waitFor(() => expect(agent.stderr()).toMatch(/^run +training/m), patience);

    await server.goAway();
    // Until somebody has asked for it in vain.
    await vi.waitFor(
      async () => expect(await readFile(logOf(dataFolder), 'utf8')).toMatch(/ECONNREFUSED/),
      patience,
    );
    await server.comeBack();

    const { code, stdout, stderr } = await agent.ended;
    expect([code, JSON.parse(stdout)]).toEqual([
      0,
      expect.objectContaining({ status: 'completed', rounds: 1 }),
    ]);
    expect(stderr).not.toMatch(/critical|emergency/);
    expect(
      await rowsOf(
        server.connectionString,
        `select job, item, status from stage_runs where status in ('failed', 'dead') or status = 'interrupted' and attempt > 1`,
      ),
    ).toEqual([]);
  },
);

function logOf(dataFolder: string): string {
  return join(dataFolder, 'logs', 'agent.log');
}

test.skipIf(python === null)(
  'a database that is gone for good ends in an emergency stop that is told at once, with diagnostics beside it',
  async () => {
    const [server, dataFolder] = [await aServer(), await aFolder()];
    const env = {
      ...(await portSettings()),
      DATABASE_URL: server.connectionString,
      KAGGLE_AGENT_HEALTH_EVERY_SECONDS: '1',
    };
    const wrong = new URL(server.connectionString);
    wrong.password = 'a-wrong-guess';
    const refused = await runAgent(['up', '--data', dataFolder], {
      env: { ...env, DATABASE_URL: wrong.href },
    });
    expect([refused.code, refused.stderr]).toEqual([3, expect.stringMatching(/^error .*DATABASE_URL/m)]);
    const agent = startAgent(['up', '--data', dataFolder], { env, terminal: true });
    await ready(agent);

    const shown = agent.stdout().length;
    await server.goAway();

    // Whoever asks meanwhile is answered with a sentence; the stop may be there before anybody could ask.
    await askUntil(agent, '/kaggle list', /does not answer|emergency stop/, shown);
    const { code, stdout } = await agent.ended;
    expect([code, stdout]).toEqual([70, expect.stringMatching(/critical: .+emergency stop/)]);
    const { diagnostics } = await emergencyOf(dataFolder);
    expect(diagnostics).not.toContain(new URL(server.connectionString).password);
    await expectNoProcess(dataFolder);
  },
);

test.skipIf(python === null || process.platform === 'win32')(
  'the built-in database that is killed is started again, and a killed agent is told of at the next start',
  async () => {
    const dataFolder = await aFolder();
    const env = await portSettings();
    const up = () => startAgent(['up', '--data', dataFolder], { env, terminal: true });
    const first = up();
    await ready(first);
    await askUntil(first, '/kaggle list', /Nothing is running|0 running/);
    const cluster = join(dataFolder, 'postgres', 'cluster');
    const postmaster = await findLivePostmaster(cluster);

    process.kill(postmaster?.pid ?? 0, 'SIGKILL');

    await vi.waitFor(async () => {
      const again = await findLivePostmaster(cluster);
      expect([again?.isReady, again?.port, again?.pid]).toEqual([
        true,
        postmaster?.port,
        expect.not.toSatisfy((pid) => pid === postmaster?.pid),
      ]);
    }, patience);
    await askUntil(first, '/kaggle list', /Nothing is running|0 running/);
    first.killGroup();
    await first.ended;

    const second = up();
    await ready(second);
    const address = await databaseOf(dataFolder);
    await vi.waitFor(async () => {
      const alerts = await rowsOf(
        address,
        `select kind, severity, details ->> 'code' as code from alerts where cleared_at is null`,
      );
      expect(alerts).toEqual([{ kind: 'process:all', severity: 'critical', code: 'process.crashed' }]);
    }, patience);
    second.signal('SIGINT');
    await second.ended;
    await expectNoProcess(dataFolder);
  },
);

test.skipIf(python === null)(
  'three crashes by errors of our own within an hour are an emergency stop, and the next start waits for a person',
  async () => {
    const [dataFolder, folder] = [await aFolder(), await aFolder()];
    const [preload, trigger] = [join(folder, 'crash.mjs'), join(folder, 'now')];
    // An error that nobody catches, once the test says so.
    await writeFile(
      preload,
      `import { existsSync } from 'node:fs';
       const look = () => { if (existsSync(${JSON.stringify(trigger)})) throw new Error('planted by the test'); };
       setInterval(look, 50).unref();`,
    );
    const env = await portSettings();
    const crashing = startAgent(['up', '--data', dataFolder], {
      env: { ...env, NODE_OPTIONS: `--import ${preload}` },
    });
    await ready(crashing);
    await writeFile(trigger, '');
    expect((await crashing.ended).code).toBe(70);
    const diagnostics = join(dataFolder, 'diagnostics');
    const note = z.string().parse((await readdir(diagnostics)).find((name) => name.startsWith('crash-')));
    expect(JSON.parse(await readFile(join(diagnostics, note), 'utf8'))).toMatchObject({
      pid: crashing.pid,
      message: 'planted by the test',
    });
    // The same happened twice before.
    for (const pid of [1, 2]) {
      await copyFile(join(diagnostics, note), join(diagnostics, note.replace(/-\d+\.json$/, `-${pid}.json`)));
    }

    const looping = await runAgent(['up', '--data', dataFolder], { env });

    expect([looping.code, looping.stderr]).toEqual([
      70,
      expect.stringMatching(/^critical: .+3 times within an hour .+planted by the test/m),
    ]);
    expect((await emergencyOf(dataFolder)).code).toBe('process.crash_loop');
    // The page's own messages are kept there.
    const chats = spawnSync('grep', ['-rl', 'times within an hour', join(dataFolder, 'chat')]);
    expect(chats.status).toBe(0);
    await expectRefused(dataFolder, env);
    await expectGoesOn(dataFolder, env);
    expect((await readdir(diagnostics)).filter((name) => name.startsWith('crash-'))).toEqual([]);
    await expectNoProcess(dataFolder);
  },
);

/** A small disk of the test's own; null where none can be mounted. */
function aSmallDisk(): string | null {
  if (process.getuid?.() !== 0 || process.platform !== 'linux') return null;
  const made = spawnSync('mktemp', ['-d', '/tmp/kaggle-agent-e2e-disk-XXXXXX'], { encoding: 'utf8' });
  const folder = made.stdout.trim();
  const { status } = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=200m', 'tmpfs', folder]);
  onTestFinished(() => {
    if (status === 0) spawnSync('umount', ['-l', folder]);
    spawnSync('rmdir', [folder]);
  });
  return status === 0 ? folder : null;
}

test.skipIf(python === null)(
  'a disk that becomes full while the agent works ends in an emergency stop that says so',
  async (context) => {
    const disk = aSmallDisk();
    if (disk === null) return context.skip('no small disk can be mounted here');
    const dataFolder = join(disk, 'data');
    const env = await portSettings();
    const agent = startAgent(['up', '--data', dataFolder], { env, terminal: true });
    await ready(agent);

    spawnSync('dd', ['if=/dev/zero', `of=${join(disk, 'ballast')}`, 'bs=64k']);
    agent.type('/kaggle start wine-cultivars rounds=1\r');

    const { code, stdout } = await agent.ended;
    expect([code, stdout]).toEqual([
      70,
      expect.stringMatching(/critical: .+emergency stop: The disk .*is full/),
    ]);
    expect((await emergencyOf(dataFolder)).code).toBe('disk.full');
    await expectNoProcess(dataFolder);
  },
);
