import { spawnSync } from 'node:child_process';
import { chmod, cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { beforeAll, expect, onTestFinished, test } from 'vitest';
import { z } from 'zod';
import { expectNoProcess } from './after-run.ts';
import {
  aFolder,
  type Ended,
  portSettings,
  projectRoot,
  python,
  runAgent,
  startAgent,
} from './agent-process.ts';

const shipped = join(projectRoot, 'data/competitions/wine-cultivars');

/** One competition for each way to be faulty, made from a good one. */
const faults: Record<string, (folder: string) => Promise<void>> = {
  'rules-open': (folder) =>
    change(folder, 'competition.json', (text) => text.replace('{', '{"rulesAccepted": false,')),
  'malformed-train': (folder) =>
    change(folder, 'public/train.csv', (text) => text.replace('\n', '\n1,"2"3,4\n')),
  'empty-test': (folder) => change(folder, 'public/test.csv', () => ''),
  'no-test-rows': (folder) => change(folder, 'public/test.csv', (text) => `${text.split('\n', 1)[0]}\n`),
  'no-target': (folder) =>
    change(folder, 'public/train.csv', (text) => text.replace(',cultivar\n', ',grape\n')),
  'no-solution': (folder) => rm(join(folder, 'private/solution.csv')),
  'foreign-sample': (folder) =>
    change(folder, 'public/sample_submission.csv', (text) => text.replaceAll(/^(?=\d)/gm, '9000')),
};

async function change(folder: string, name: string, edit: (text: string) => string): Promise<void> {
  const path = join(folder, name);
  await writeFile(path, edit(await readFile(path, 'utf8')));
}

async function faultyCompetitions(): Promise<string> {
  const parent = await aFolder();
  for (const [slug, spoil] of Object.entries(faults)) {
    const folder = join(parent, slug);
    await cp(shipped, folder, { recursive: true });
    await change(folder, 'competition.json', (text) => text.replace('"wine-cultivars"', `"${slug}"`));
    await spoil(folder);
  }
  return parent;
}

test.skipIf(python === null)(
  'a competition that cannot be worked on ends in one sentence that says why, with nothing submitted',
  async () => {
    const [arena, dataFolder] = [await faultyCompetitions(), await aFolder()];
    const run = async (slug: string) =>
      await runAgent(['run', slug, '--json', '--arena', arena, '--data', dataFolder]);

    expectRefusal(
      await run('wine-cultivar'),
      2,
      /no competition wine-cultivar .+ Did you mean wine-cultivars\?/,
    );
    expectRefusal(await run('rules-open'), 4, /rules of .+ are not accepted yet, .+ Open http.+rules/);
    expectRefusal(await run('no-solution'), 3, /solution\.csv/);
    expectGivenUp(await run('malformed-train'), /train\.csv is no well-formed CSV file \(line 2\)/);
    expectGivenUp(await run('empty-test'), /test\.csv is empty/);
    expectGivenUp(await run('no-test-rows'), /test\.csv has a header but no rows/);
    expectGivenUp(await run('no-target'), /sample asks for .+ but only grape is in train\.csv alone/);
    expectGivenUp(
      await run('foreign-sample'),
      /sample_submission\.csv asks for id 9000\d+, which test\.csv does not have/,
    );
    await expectNoProcess(dataFolder);
  },
);

/** Refused before anything began. */
function expectRefusal({ code, stdout, stderr }: Ended, exitCode: number, message: RegExp): void {
  const { error } = z.object({ error: z.object({ message: z.string() }) }).parse(JSON.parse(stdout));
  expect([code, error.message]).toEqual([exitCode, expect.stringMatching(message)]);
  expectNoStack(stderr);
}

/** Begun, found to be impossible, and given up as nobody could be asked. */
function expectGivenUp({ code, stdout, stderr }: Ended, message: RegExp): void {
  const document = z
    .object({
      status: z.string(),
      best: z.null(),
      submissions: z.array(z.unknown()),
      error: z.object({ message: z.string() }),
    })
    .parse(JSON.parse(stdout));
  expect(document).toMatchObject({ status: 'abandoned', submissions: [] });
  expect([code, document.error.message]).toEqual([1, expect.stringMatching(message)]);
  expect(stderr).toMatch(/nobody can answer here, so: .*Give up \(the default\)/);
  expectNoStack(stderr);
}

function expectNoStack(text: string): void {
  expect(text).not.toMatch(/^\s+at .+:\d+/m);
}

test('a Python without scikit-learn is refused with what to install', async () => {
  const folder = await aFolder();
  const bare = join(folder, 'python');
  await writeFile(bare, '#!/bin/sh\necho "ModuleNotFoundError: No module named sklearn" >&2\nexit 1\n');
  await chmod(bare, 0o755);

  const ended = await runAgent(['run', 'wine-cultivars', '--data', join(folder, 'data')], {
    env: { KAGGLE_AGENT_PYTHON: bare },
  });

  expectSentence(ended, 3, /KAGGLE_AGENT_PYTHON|scikit-learn/);
});

test.each(['PORT', 'KAGGLE_AGENT_PAGE_PORT'])(
  'a port that another program has is named, with exit 7: %s',
  async (name) => {
    const settings = await portSettings();
    const server = createServer();
    await new Promise<void>((done) => server.listen(Number(settings[name]), '127.0.0.1', done));
    onTestFinished(() => new Promise<void>((done) => server.close(() => done())));
    const dataFolder = await aFolder();

    const ended = await runAgent(['up', '--data', dataFolder], { env: settings });

    expectSentence(ended, 7, new RegExp(`[Pp]ort ${settings[name]}`));
    await expectNoProcess(dataFolder);
  },
);

const isRoot = process.getuid?.() === 0;

test('a data folder that cannot be written is named, with exit 3', async () => {
  const folder = await aFolder();
  // Root may write everywhere but where a file stands in the way.
  const dataFolder = join(folder, 'file', 'data');
  if (isRoot) await writeFile(join(folder, 'file'), '');
  else {
    await mkdir(join(folder, 'file'));
    await chmod(join(folder, 'file'), 0o500);
  }

  expectSentence(await runAgent(['run', 'wine-cultivars', '--data', dataFolder]), 3, /cannot be written/);
});

test('every fault of a settings file is told at once, with exit 3', async () => {
  const cwd = await aFolder();
  await writeFile(join(cwd, '.env'), 'PORT=many\nKAGGLE_AGENT_MAX_ROUND=3\n');

  const { code, stderr } = await runAgent(['doctor'], { cwd });

  expect(code).toBe(3);
  expect(stderr).toMatch(/PORT/);
  expect(stderr).toMatch(/KAGGLE_AGENT_MAX_ROUND\b.*KAGGLE_AGENT_MAX_ROUNDS/s);
  expectNoStack(stderr);
});

test('a settings file that cannot be parsed is named with its line', async () => {
  const cwd = await aFolder();
  await writeFile(join(cwd, '.env'), 'PORT=4777\nthis is no setting\n');

  const ended = await runAgent(['doctor'], { cwd });

  expectSentence(ended, 3, /\.env.*(line 2|:2)/);
});

let tmpfs: string | null = null;

beforeAll(() => {
  if (!isRoot || process.platform !== 'linux') return;
  const made = spawnSync('mktemp', ['-d', '/tmp/kaggle-agent-e2e-full-XXXXXX'], {
    encoding: 'utf8',
  }).stdout.trim();
  const { status } = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=90m', 'tmpfs', made]);
  tmpfs = status === 0 ? made : null;
  return () => {
    if (tmpfs !== null) spawnSync('umount', ['-l', made]);
    spawnSync('rmdir', [made]);
  };
});

test.skipIf(python === null)(
  'a full disk ends in one sentence that names it, and leaves no process',
  async (context) => {
    // Only root can make a small disk.
    if (tmpfs === null) return context.skip('no small disk can be mounted here');
    spawnSync('dd', ['if=/dev/zero', `of=${join(tmpfs, 'ballast')}`, 'bs=1M', 'count=80']);
    const dataFolder = join(tmpfs, 'data');

    const ended = await runAgent(['run', 'wine-cultivars', '--data', dataFolder]);

    expectSentence(ended, 70, /disk|space/i);
    await expectNoProcess(dataFolder);
  },
);

test.skipIf(python === null)(
  'Ctrl-C during a run says that nothing is lost, and the same command goes on',
  async () => {
    const dataFolder = await aFolder();
    const run = () =>
      startAgent(['run', 'wine-cultivars', '--json', '--max-rounds', '1', '--data', dataFolder], {
        env: { KAGGLE_AGENT_APPROACHES_PER_ROUND: '1' },
      });
    const first = run();
    await expect.poll(() => first.stderr(), { timeout: 120_000 }).toMatch(/^run +training/m);
    first.signal('SIGINT');

    const stopped = await first.ended;
    expect([stopped.code, stopped.stdout]).toEqual([130, '']);
    expect(stopped.stderr).toMatch(/nothing is lost/);
    await expectNoProcess(dataFolder);
    const { code, stdout } = await run().ended;
    expect([code, JSON.parse(stdout)]).toEqual([
      0,
      expect.objectContaining({ status: 'completed', rounds: 1 }),
    ]);
  },
);

/** One cause, one sentence, and what to do; never a stack. */
function expectSentence({ code, stdout, stderr }: Ended, exitCode: number, message: RegExp): void {
  expect([code, stdout, stderr]).toEqual([exitCode, '', expect.stringMatching(message)]);
  expect(stderr.match(/^error/gm)).toHaveLength(1);
  expectNoStack(stderr);
}
