import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import type { ArenaOptions } from '../../../src/arena/server.ts';
import { createKaggleClient } from '../../../src/providers/kaggle/client.ts';
import type { KaggleClient } from '../../../src/providers/kaggle/contract.ts';
import type { NewNotebook } from '../../../src/providers/kaggle/notebooks-contract.ts';
import { kaggleOptions, testUsername } from '../../support/arena-kit.ts';
import {
  aCodeCompetitionFolder,
  aNotebook,
  notebookPython,
  rightNotebook,
} from '../../support/arena-notebooks.ts';
import { aPracticeArena } from '../../support/kaggle.ts';
import { tempFolder } from '../../support/temp-folder.ts';
import { sendJson, startTinyServer } from '../../support/tiny-server.ts';

const signal = new AbortController().signal;
const slug = 'over-three';
const findPython = notebookPython();
const patience = { timeout: 20_000, interval: 50 };
const ref = { owner: testUsername, slug: 'ka-one' };

const notebook = (changes: Partial<NewNotebook> = {}): NewNotebook => ({
  ...ref,
  title: 'ka one',
  text: rightNotebook,
  accelerator: 'none',
  hasInternet: false,
  timeLimitSeconds: 600,
  competitions: [slug],
  notebooks: [],
  ...changes,
});

async function practice(options: Partial<ArenaOptions> = {}, fields: Record<string, unknown> = {}) {
  const arena = await aPracticeArena({
    folders: [await aCodeCompetitionFolder(fields)],
    ...(findPython === null ? {} : { findPython }),
    ...options,
  });
  return { arena, client: createKaggleClient(kaggleOptions(arena.apiUrl)) };
}

async function ended(client: KaggleClient, which = ref) {
  return await vi.waitFor(async () => {
    const state = await client.notebookStatus(which, { signal });
    expect(['complete', 'failed', 'cancelled']).toContain(state.status);
    return state;
  }, patience);
}

const handedIn = { notebook: ref, versionNumber: 1, fileName: 'submission.csv', description: 'ka-key a way' };

test.skipIf(findPython === null)('a notebook is pushed, watched, read and handed in', async () => {
  const { client } = await practice();
  await expect(client.findNotebook(ref, { signal })).resolves.toBeNull();

  const saved = await client.saveNotebook(notebook(), { signal });

  expect(saved).toEqual({ ...ref, versionNumber: 1, url: 'https://www.kaggle.com/code/alice/ka-one' });
  // Just after the push nobody knows a session of it.
  await expect(client.notebookStatus(ref, { signal })).resolves.toEqual({
    status: 'missing',
    failureMessage: null,
  });
  await expect(ended(client)).resolves.toMatchObject({ status: 'complete' });
  await expect(client.findNotebook(ref, { signal })).resolves.toEqual(saved);
  const output = await client.notebookOutput(ref, { signal });
  expect(output.fileNames).toEqual(['submission.csv']);
  expect(output.log.map(({ text }) => text).join('')).toContain('rows 3');
  const path = join(await tempFolder(), 'got.csv');
  const { sizeBytes } = await client.downloadNotebookFile(ref, 'submission.csv', path, { signal });
  const text = await readFile(path, 'utf8');
  expect(text.split('\n')).toHaveLength(5);
  expect(sizeBytes).toBe(text.length);
  await expect(client.downloadNotebookFile(ref, 'model.bin', path, { signal })).rejects.toMatchObject({
    code: 'kaggle.not_found',
  });

  const { ref: number } = await client.createCodeSubmission(slug, handedIn, { signal });

  const found = await client.findSubmissionByDescription(slug, 'ka-key', { signal });
  expect(found).toMatchObject({ ref: number, duplicateRefs: [] });
  await vi.waitFor(async () => {
    const [submission] = await client.listSubmissions(slug, { signal });
    expect(submission).toMatchObject({ status: 'complete' });
    expect(Number(submission?.publicScore)).toBe(1);
  }, patience);
});

test.skipIf(findPython === null)('a run that fails tells its words and its log', async () => {
  const { client } = await practice();
  await client.saveNotebook(
    notebook({ text: aNotebook('print("so far")\nraise ValueError("no such column")') }),
    {
      signal,
    },
  );

  await expect(ended(client)).resolves.toMatchObject({ status: 'failed' });

  const { log } = await client.notebookOutput(ref, { signal });
  expect(log.map(({ text }) => text).join('')).toContain('ValueError: no such column');
  await expect(client.createCodeSubmission(slug, handedIn, { signal })).rejects.toMatchObject({
    code: 'kaggle.notebook_missing',
  });
});

test('a notebook without its data is no success: the rules are not accepted', async () => {
  const { client, arena } = await practice();
  arena.changeCompetition(slug, { rulesAccepted: false });

  await expect(client.saveNotebook(notebook(), { signal })).rejects.toMatchObject({
    kind: 'business',
    code: 'kaggle.rules_not_accepted',
  });
});

test('an input that is no notebook of ours is told', async () => {
  const { client } = await practice();

  await expect(
    client.saveNotebook(notebook({ notebooks: ['alice/never-was'] }), { signal }),
  ).rejects.toMatchObject({ code: 'kaggle.notebook_inputs', details: { dropped: ['alice/never-was'] } });
});

test("the account's GPU hours are told, and a GPU that it has no hours for is refused", async () => {
  const { client } = await practice({ behaviour: { gpuSecondsUsed: 108_000 } });

  const quota = await client.acceleratorQuota({ signal });

  expect(quota.gpu).toMatchObject({ usedSeconds: 108_000, totalSeconds: 108_000 });
  expect(quota.refreshAt?.getTime()).toBeGreaterThan(Date.now());
  const wanted = notebook({ accelerator: 'gpu' });
  await expect(client.saveNotebook(wanted, { signal })).rejects.toMatchObject({
    kind: 'transient',
    code: 'kaggle.gpu_quota_used',
  });
});

test.each([
  ['before', null],
  ['after', 1],
] as const)(
  'a push whose answer is lost %s its effect is not repeated, but found',
  async (when, versionNumber) => {
    const { client } = await practice({
      faults: [{ method: 'SaveKernel', times: 'always', action: { kind: 'drop', when } }],
    });

    await expect(client.saveNotebook(notebook(), { signal })).rejects.toMatchObject({
      kind: 'transient',
      code: 'kaggle.outcome_unknown',
    });

    const found = await client.findNotebook(ref, { signal });
    expect(found?.versionNumber ?? null).toBe(versionNumber);
  },
);

/** A vendor that answers every call alike. */
async function aVendor(status: number, body: unknown) {
  const server = await startTinyServer((_request, response) => sendJson(response, status, body));
  return { server, client: createKaggleClient(kaggleOptions(server.url)) };
}

test('a push says all that Kaggle has to know, and leaves out the inputs that it has none of', async () => {
  const { client, server } = await aVendor(200, { ref: '/code/alice/ka-one', url: '', versionNumber: 2 });

  await client.saveNotebook(notebook({ accelerator: 'gpu' }), { signal });

  const [request] = server.requests;
  expect(request?.path).toBe('/v1/kernels.KernelsApiService/SaveKernel');
  expect(JSON.parse(`${request?.body}`)).toEqual({
    slug: 'alice/ka-one',
    newTitle: 'ka one',
    text: rightNotebook,
    language: 'python',
    kernelType: 'notebook',
    isPrivate: true,
    enableGpu: true,
    enableTpu: false,
    enableInternet: false,
    sessionTimeoutSeconds: 600,
    machineShape: 'NvidiaTeslaT4',
    competitionDataSources: [slug],
  });
});

test.each([
  ['Maximum batch GPU session count of 2 reached.', 'transient', 'kaggle.notebook_sessions_full'],
  ['Maximum weekly GPU quota of 30.00 hours reached.', 'transient', 'kaggle.gpu_quota_used'],
  ['The title is too short.', 'business', 'kaggle.notebook_refused'],
])(
  'a push that is answered with success and "%s" has failed, and is not repeated',
  async (error, kind, code) => {
    const { client, server } = await aVendor(200, { error });

    await expect(client.saveNotebook(notebook(), { signal })).rejects.toMatchObject({ kind, code });

    expect(server.requests).toHaveLength(1);
  },
);

test.each([
  [
    'Notebook is still running. Did not find provided Notebook Output File.',
    'transient',
    'kaggle.notebook_not_ready',
  ],
  ['Did not find provided Notebook Output File.', 'business', 'kaggle.notebook_missing'],
  [
    "Your Notebook's runtime of 233 minutes exceeds this competition's GPU max of 120 minutes.",
    'business',
    'kaggle.notebook_too_slow',
  ],
  [
    'Your team has used its daily Submission allowance (1) today, please try again tomorrow UTC (9 hours from now).',
    'business',
    'kaggle.daily_limit',
  ],
  ['Something new.', 'business', 'kaggle.submission_refused'],
])('a refused hand-in is told apart: %s', async (text, kind, code) => {
  const { client } = await aVendor(400, {
    error: { code: 400, message: `Submission not allowed:  ${text}`, status: 'FAILED_PRECONDITION' },
  });

  await expect(client.createCodeSubmission(slug, handedIn, { signal })).rejects.toMatchObject({ kind, code });
});

test.each([
  [{}, 'queued'],
  [{ status: 'KERNEL_WORKER_STATUS_RUNNING' }, 'running'],
  [{ status: 'complete' }, 'complete'],
  [{ status: 3, failureMessage: 'out of memory' }, 'failed'],
  [{ status: 'CANCEL_ACKNOWLEDGED' }, 'cancelled'],
  [{ status: 'SOMETHING_NEW' }, 'running'],
])('the status %j is %s', async (body, status) => {
  const { client } = await aVendor(200, body);

  await expect(client.notebookStatus(ref, { signal })).resolves.toMatchObject({ status });
});

test.each([403, 404, 500])('a status that is answered with %d says nothing of the run', async (status) => {
  const { client, server } = await aVendor(status, {});

  await expect(client.notebookStatus(ref, { signal })).resolves.toEqual({
    status: 'missing',
    failureMessage: null,
  });

  expect(server.requests).toHaveLength(1);
});

test('a log that is plain text is read as well, and no files are no trouble', async () => {
  const { client } = await aVendor(200, { files: null, log: 'just text' });

  await expect(client.notebookOutput(ref, { signal })).resolves.toEqual({
    fileNames: [],
    log: [{ stream: 'stdout', seconds: 0, text: 'just text' }],
  });
});
