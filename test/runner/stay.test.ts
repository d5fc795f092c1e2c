import { execFile, spawn } from 'node:child_process';
import { access, readFile, rm, utimes } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { expect, onTestFinished, test, vi } from 'vitest';
import { groupRequest } from '../../src/providers/compute/saladcloud-group.ts';
import { aStartSpec } from '../support/compute.ts';
import {
  aJobServer,
  aSheet,
  type JobServer,
  publishSheet,
  runnerPath,
  trainingPython,
  writeSubmission,
} from '../support/runner-kit.ts';
import { tempFolder } from '../support/temp-folder.ts';

const python = trainingPython();
const run = promisify(execFile);

/** `stay.py` as a container runs it, with an empty disk. */
async function stay(variables: Record<string, string>) {
  const disk = await tempFolder();
  const child = spawn(python, [join(dirname(runnerPath), 'stay.py')], {
    env: { PATH: '/usr/bin:/bin', HOME: disk, TMPDIR: disk, PYTHONDONTWRITEBYTECODE: '1', ...variables },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    errors += chunk;
  });
  const ended = new Promise<number | null>((done) => child.once('exit', (code) => done(code)));
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await ended;
  });
  return { child, disk, ended, errors: () => errors };
}

async function sheetUrl(server: JobServer, script: string): Promise<string> {
  return await publishSheet(server, await aSheet(server, script));
}

/** Of the processes that it started itself, as far as they can be read. */
async function environmentsBelow(pid = 0): Promise<string> {
  const children = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => '');
  const texts = children.split(' ').map((id) => readFile(`/proc/${id}/environ`, 'utf8').catch(() => ''));
  return (await Promise.all(texts)).join();
}

test.skipIf(python === '')('runs once and sleeps until it is told to end', async () => {
  const server = await aJobServer();
  const url = await sheetUrl(server, writeSubmission);
  const half = Math.floor(url.length / 2);

  const { child, ended } = await stay({ KA_SHEET_URL: url.slice(0, half), KA_SHEET_URL_2: url.slice(half) });
  await vi.waitFor(async () => expect(await server.has('result.json')).toBe(true), 20_000);

  expect(child.exitCode).toBeNull();
  child.kill('SIGTERM');
  await ended;
  expect(await server.result()).toMatchObject({ exitClass: 'ok' });
});

test.skipIf(python === '')(
  'does not run a job that has its result, and may be told to end then',
  async () => {
    const server = await aJobServer();
    await server.store.put('job/result.json', Buffer.from('{}'));
    const variables = {
      KA_SHEET_URL: await sheetUrl(server, writeSubmission),
      KA_RESULT_URL: await server.link('result.json', 'GET'),
      KA_AFTER: 'exit',
    };

    const { ended, errors } = await stay(variables);

    expect(await ended).toBe(0);
    expect(errors()).toContain('has its result already');
    expect(await server.has('heartbeat.json')).toBe(false);
  },
);

test.skipIf(python === '')('does not begin when its time is over, and ends a run at that time', async () => {
  const server = await aJobServer();
  const KA_SHEET_URL = await sheetUrl(server, 'import time\nprint("begun", flush=True)\ntime.sleep(60)');
  const nowSeconds = Date.now() / 1_000;

  const late = await stay({ KA_SHEET_URL, KA_UNTIL: String(nowSeconds - 1), KA_AFTER: 'exit' });
  expect(await late.ended).toBe(0);
  expect(await server.has('heartbeat.json')).toBe(false);
  const short = await stay({ KA_SHEET_URL, KA_UNTIL: String(Date.now() / 1_000 + 3), KA_AFTER: 'exit' });

  expect(await short.ended).toBe(0);
});

test.skipIf(python === '')('an end from outside ends the run, which leaves no result', async () => {
  const server = await aJobServer();
  const { child, ended } = await stay({
    KA_SHEET_URL: await sheetUrl(server, 'import time\ntime.sleep(60)'),
  });
  await vi.waitFor(
    async () => expect(await server.readText('heartbeat.json')).toContain('"running"'),
    20_000,
  );
  // What the runner starts, as to look at the card, inherits what it has.
  expect(await environmentsBelow(child.pid)).not.toContain('KA_SHEET_URL');

  child.kill('SIGTERM');

  expect(await ended).toBe(0);
  // Where the vendor starts it again, it goes on.
  expect(await server.has('result.json')).toBe(false);
});

test.skipIf(python === '')(
  'the probe of the vendor is content with a file that is young, or that it cannot find',
  async () => {
    const spec = aStartSpec({
      key: 'ka-0123abcd-gpu-1-1',
      jobSheetUrl: 'https://objects.example/s',
      image: 'an-image',
    });
    const { liveness_probe: probe } = groupRequest(
      spec,
      { classId: 'class', priority: 'batch', countries: [] },
      new Date(),
    );
    const [program, ...args] = probe.exec.command;
    const { disk } = await stay({ KA_UNTIL: '0' });
    const ask = async () =>
      await run(program, args, { env: { TMPDIR: disk, PATH: '/usr/bin:/bin' } }).then(
        () => 'alive',
        () => 'not alive',
      );

    await vi.waitFor(() => access(join(disk, 'ka-alive')), 20_000);
    expect(await ask()).toBe('alive');
    const longAgo = Date.now() / 1_000 - 700;
    await utimes(join(disk, 'ka-alive'), longAgo, longAgo);

    expect(await ask()).toBe('not alive');
    await rm(join(disk, 'ka-alive'));
    expect(await ask()).toBe('alive');
  },
);
