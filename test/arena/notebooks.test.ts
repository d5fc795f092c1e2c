import { expect, test, vi } from 'vitest';
import {
  aCodeCompetitionFolder,
  aNotebook,
  bareNotebookPython,
  rightNotebook,
} from '../support/arena-notebooks.ts';
import { anArena, call, type Json, type Reply, type TestArena } from './support.ts';

// Each starts processes of its own, which a busy machine takes its time with.
vi.setConfig({ testTimeout: 120_000 });

const findPython = bareNotebookPython();
const patience = { timeout: 20_000, interval: 50 };

type Changes = Parameters<typeof anArena>[0];

async function aNotebookArena(changes: Changes = {}): Promise<TestArena> {
  return await anArena({
    folders: [await aCodeCompetitionFolder()],
    ...(findPython === null ? {} : { findPython }),
    ...changes,
  });
}

function ask(arena: TestArena, method: string, body: unknown): Promise<Reply> {
  return call(arena, method, body, { service: 'kernels.KernelsApiService' });
}

const which = { userName: 'alice', kernelSlug: 'over-three-one' };

function push(arena: TestArena, text: string, changes: Record<string, unknown> = {}): Promise<Reply> {
  return ask(arena, 'SaveKernel', {
    slug: 'alice/over-three-one',
    newTitle: 'over three one',
    text,
    language: 'python',
    kernelType: 'notebook',
    competitionDataSources: ['over-three'],
    isPrivate: true,
    enableInternet: false,
    ...changes,
  });
}

async function ended(arena: TestArena, kernel = which): Promise<Json> {
  return await vi.waitFor(async () => {
    const { body } = await ask(arena, 'GetKernelSessionStatus', kernel);
    expect(['COMPLETE', 'ERROR', 'CANCEL_ACKNOWLEDGED']).toContain(body.status);
    return body;
  }, patience);
}

async function settled(arena: TestArena): Promise<Json> {
  return await vi.waitFor(async () => {
    const { body } = await call(arena, 'ListSubmissions', { competitionName: 'over-three', page: -1 });
    const [newest] = body.submissions;
    expect(['COMPLETE', 'ERROR']).toContain(newest.status);
    return newest;
  }, patience);
}

const handIn = {
  competitionName: 'over-three',
  kernelOwner: 'alice',
  kernelSlug: 'over-three-one',
  kernelVersion: 1,
  fileName: 'submission.csv',
  submissionDescription: 'code',
};

test.skipIf(findPython === null)(
  'a pushed notebook runs on the visible data, and its version is scored on the hidden test set',
  async () => {
    const arena = await aNotebookArena();

    const pushed = await push(arena, rightNotebook);
    expect(pushed.body).toMatchObject({
      url: 'https://www.kaggle.com/code/alice/over-three-one',
      versionNumber: 1,
    });
    expect((await ask(arena, 'GetKernelSessionStatus', which)).status).toBe(404);
    expect(await ended(arena)).toEqual({ status: 'COMPLETE' });
    const output = await ask(arena, 'ListKernelSessionOutput', which);
    const [file] = output.body.files;
    expect(file.fileName).toBe('submission.csv');
    expect((await (await fetch(file.url)).text()).trim().split('\n')).toHaveLength(4);
    const log: Json[] = JSON.parse(output.body.log);
    expect(log.find((entry) => entry.data === 'rows 3\n')).toMatchObject({ stream_name: 'stdout' });

    const created = await call(arena, 'CreateCodeSubmission', handIn);
    expect(created.body).toEqual({ message: 'Successfully submitted to Over three', ref: 60_000_001 });
    expect(await settled(arena)).toMatchObject({
      status: 'COMPLETE',
      publicScore: '1.00000',
      description: 'code',
      fileName: 'submission.csv',
    });
  },
);

test.skipIf(findPython === null)(
  'a notebook that fails says why, and one that only works on the visible test set fails when it is handed in',
  async () => {
    const arena = await aNotebookArena();

    await push(arena, aNotebook('print(1)', 'raise ValueError("no such column")'));
    expect(await ended(arena)).toEqual({ status: 'ERROR', failureMessage: 'ValueError: no such column' });
    const refused = await call(arena, 'CreateCodeSubmission', handIn);
    expect(refused.status).toBe(400);
    expect(refused.body.error.message).toContain('Did not find provided Notebook Output File.');

    const onlyVisible = `${JSON.parse(rightNotebook).cells[0].source}\nassert len(rows) == 3`;
    await push(arena, aNotebook(onlyVisible, JSON.parse(rightNotebook).cells[1].source));
    expect(await ended(arena)).toEqual({ status: 'COMPLETE' });
    await call(arena, 'CreateCodeSubmission', { ...handIn, kernelVersion: 2 });
    expect(await settled(arena)).toMatchObject({
      status: 'ERROR',
      errorDescription: 'Notebook Threw Exception',
    });
  },
);

test.skipIf(findPython === null)(
  'another notebook finds the output of an attached one, and neither writes to its input',
  async () => {
    const arena = await aNotebookArena();
    await push(arena, aNotebook("open('model.txt', 'w').write('42')"));
    await ended(arena);

    const reader = aNotebook(
      `import os
root = os.environ.get('KAGGLE_INPUT_DIR', '/kaggle/input')
print('model', open(os.path.join(root, 'over-three-one', 'model.txt')).read())
print(sorted(os.listdir(root)))`,
    );
    const second = { userName: 'alice', kernelSlug: 'reads-a-model' };
    const pushed = await push(arena, reader, {
      slug: 'alice/reads-a-model',
      newTitle: 'Reads a model',
      kernelDataSources: ['alice/over-three-one', 'bob/unknown'],
    });
    expect(pushed.body.invalidKernelSources).toEqual(['bob/unknown']);
    expect(await ended(arena, second)).toEqual({ status: 'COMPLETE' });
    const { log } = (await ask(arena, 'ListKernelSessionOutput', second)).body;
    expect(log).toContain('model 42');
    expect(log).toContain("['over-three', 'over-three-one']");
  },
);

test.skipIf(findPython === null)(
  'a session that is cancelled or too long ends, and what follows it in the queue runs',
  async () => {
    const arena = await aNotebookArena({ behaviour: { notebooksAtOnce: 1 } });
    const sleeps = aNotebook('import time', 'print("up", flush=True)', 'time.sleep(600)');
    await push(arena, sleeps, { sessionTimeoutSeconds: 2 });
    const second = { userName: 'alice', kernelSlug: 'second-one' };
    await push(arena, rightNotebook, { slug: 'alice/second-one', newTitle: 'Second one' });

    expect(await ended(arena)).toEqual({
      status: 'ERROR',
      failureMessage: 'Your notebook ran longer than its limit of 2 seconds.',
    });
    expect(await ended(arena, second)).toEqual({ status: 'COMPLETE' });

    await push(arena, sleeps);
    const stream = await fetch(`${arena.apiUrl}/v1/kernels/logs/stream/alice/over-three-one`, {
      headers: { authorization: `Bearer ${arena.options.token}`, accept: 'text/event-stream, */*' },
    });
    expect(stream.headers.get('content-type')).toBe('text/event-stream');
    const told = stream.text();
    const [, , third] = [1, 2, 3].map((offset) => 330_000_000 + offset);
    expect((await ask(arena, 'CancelKernelSession', { kernelSessionId: third })).body).toEqual({});
    expect(await ended(arena)).toEqual({ status: 'CANCEL_ACKNOWLEDGED' });
    expect(await told).toContain('data: END_OF_LOG');
  },
);

const curious = aNotebook(
  `import json, os, socket
def tried(act):
    try:
        act()
        return True
    except OSError:
        return False
root = os.environ['KAGGLE_INPUT_DIR']
print(json.dumps({
    'root': root,
    'sees_plain_path': os.path.isdir('/kaggle/input/over-three'),
    'writes_input': tried(lambda: open(os.path.join(root, 'over-three', 'new.csv'), 'w')),
    'writes_output': tried(lambda: open('result.txt', 'w')),
    'reads_labels': tried(lambda: open('SOLUTION')),
    'reaches_arena': tried(lambda: socket.create_connection(('127.0.0.1', PORT), timeout=2)),
    'names': sorted(name for name in os.environ if 'TOKEN' in name or 'SECRET' in name),
}))`,
);

/** What a notebook sees of its surroundings. */
async function facts(arena: TestArena): Promise<Json> {
  const labels = `${arena.options.folders[0]}/private/solution.csv`;
  const text = curious.replace('SOLUTION', labels).replace('PORT', new URL(arena.apiUrl).port);
  await push(arena, text);
  expect(await ended(arena)).toEqual({ status: 'COMPLETE' });
  const log: Json[] = JSON.parse((await ask(arena, 'ListKernelSessionOutput', which)).body.log);
  return JSON.parse(log[0].data);
}

test.skipIf(findPython === null)(
  'behind walls a notebook finds Kaggle’s own paths, and neither labels nor network',
  async ({ skip }) => {
    const warned: string[] = [];
    const log = { info() {}, warn: (_: unknown, message: string) => void warned.push(message), error() {} };
    const seen = await facts(await aNotebookArena({ log }));

    if (warned.length > 0) return skip('this system gives ordinary users no namespaces');
    expect(seen).toEqual({
      root: '/kaggle/input',
      sees_plain_path: true,
      writes_input: false,
      writes_output: true,
      reads_labels: false,
      reaches_arena: false,
      names: [],
    });
  },
);

test.skipIf(findPython === null)(
  'without walls a notebook finds its folders by their variables, and the log tells of it',
  async () => {
    const warned: string[] = [];
    const log = { info() {}, warn: (_: unknown, message: string) => void warned.push(message), error() {} };
    const seen = await facts(await aNotebookArena({ log, behaviour: { hasNotebookWalls: false } }));

    expect(seen).toMatchObject({ sees_plain_path: false, writes_output: true, names: [] });
    expect(seen.root).toContain('input');
    expect(warned).toEqual([expect.stringContaining('without walls')]);
  },
);

test('a push refuses what the account may not do with status 200, and saves nothing', async () => {
  const arena = await aNotebookArena({
    behaviour: { gpuSecondsUsed: 30 * 3600 },
    folders: [await aCodeCompetitionFolder({ rulesAccepted: false })],
  });

  const overQuota = await push(arena, rightNotebook, { enableGpu: true });
  expect(overQuota.status).toBe(200);
  expect(overQuota.body).toEqual({ error: 'Maximum weekly GPU quota of 30.00 hours reached.' });
  const short = await push(arena, rightNotebook, { newTitle: 'abc' });
  expect(short.body.error).toContain('at least five characters');
  expect((await ask(arena, 'GetKernel', which)).body.error.message).toBe(
    "Permission 'kernels.get' was denied",
  );

  const saved = await push(arena, rightNotebook, {
    kernelExecutionType: 'QUICK_SAVE',
    newTitle: 'Other Name!',
  });
  expect(saved.body).toMatchObject({
    url: 'https://www.kaggle.com/code/alice/other-name',
    invalidCompetitionSources: ['over-three'],
  });
  expect((await push(arena, rightNotebook, { newTitle: 'Other Name!' })).body.error).toContain(
    'already in use',
  );
});

test('a push is held to the vendor’s shapes', async () => {
  const arena = await aNotebookArena();
  const listOfLines = JSON.stringify({
    cells: [{ cell_type: 'code', source: ['print(1)'], outputs: [] }],
    nbformat: 4,
    nbformat_minor: 4,
  });

  expect((await push(arena, listOfLines)).status).toBe(400);
  expect((await push(arena, rightNotebook, { slug: 'over-three-one' })).status).toBe(400);
  expect((await push(arena, rightNotebook, { slug: 'bob/over-three-one' })).status).toBe(403);
  expect((await push(arena, rightNotebook, { machineShape: 'Abacus' })).status).toBe(400);
  const snake = await ask(arena, 'GetKernelSessionStatus', { user_name: 'alice', kernel_slug: 'x' });
  expect(snake.body.error.message).toBe("Permission 'kernelSessions.get' was denied");
});

test.skipIf(findPython === null)(
  'GPU time is accounted by the arena’s clock and comes back on Saturday',
  async () => {
    const arena = await aNotebookArena();
    const waits = aNotebook('import time', 'time.sleep(600)');
    await push(arena, waits, { enableGpu: true });
    await push(arena, waits, { enableGpu: true, slug: 'alice/second-one', newTitle: 'Second one' });
    const third = await push(arena, waits, {
      machineShape: 'NvidiaTeslaT4',
      slug: 'alice/x',
      newTitle: 'Third one',
    });
    expect(third.body).toEqual({ error: 'Maximum batch GPU session count of 2 reached.' });

    arena.advanceClock(3600_000);
    await ask(arena, 'CancelKernelSession', { kernelSessionId: 330_000_001 });
    await ended(arena);
    const quota = (await ask(arena, 'GetAcceleratorQuotaStatistics', {})).body;
    expect(quota.gpuQuota).toEqual({ timeUsed: '3600s', timeReserved: '3600s', totalTimeAllowed: '108000s' });
    expect(Date.parse(quota.quotaRefreshTime)).toBe(Date.parse('2026-11-28T00:00:00Z'));

    arena.advanceClock(7 * 24 * 3600_000);
    const later = (await ask(arena, 'GetAcceleratorQuotaStatistics', {})).body;
    expect(later.gpuQuota.timeUsed).toBe('0s');
  },
);

test.skipIf(findPython === null)('what ran when the arena stopped runs again with the next one', async () => {
  const first = await aNotebookArena();
  await push(first, rightNotebook);
  await ended(first);
  await call(first, 'CreateCodeSubmission', handIn);
  await first.close();

  const { folders, stateFolder } = first.options;
  const second = await aNotebookArena({ folders, stateFolder });
  expect(await settled(second)).toMatchObject({ publicScore: '1.00000' });
});
