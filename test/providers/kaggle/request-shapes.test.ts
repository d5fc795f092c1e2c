import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import { expect, test, vi } from 'vitest';
import { createKaggleClient } from '../../../src/providers/kaggle/client.ts';
import type { KaggleClient } from '../../../src/providers/kaggle/contract.ts';
import { kaggleOptions, testUsername } from '../../support/arena-kit.ts';
import { aCodeCompetitionFolder, bareNotebookPython, rightNotebook } from '../../support/arena-notebooks.ts';
import { aCompetitionFolder, aPracticeArena, aSubmissionFile } from '../../support/kaggle.ts';
import { tempFolder } from '../../support/temp-folder.ts';

// Each starts processes of its own, which a busy machine takes its time with.
vi.setConfig({ testTimeout: 120_000 });

// What our client really sends, held against the vendor's request types.

type Recorded = { method: string; url: URL; headers: Headers; body: string | null };

/** Fields that each method knows. Those with a mark after them may be sent with a default value (`opt` at the vendor). */
const shapes: Readonly<Record<string, readonly string[]>> = {
  IntrospectToken: ['token'],
  ListCompetitions: ['group?', 'category?', 'sortBy?', 'search?', 'page?', 'pageToken?', 'pageSize?'],
  GetCompetition: ['competitionName'],
  ListCompetitionPages: ['competitionName', 'pageName?'],
  ListCompetitionTopics: ['competitionName', 'sortBy?', 'page?'],
  ListTopicMessages: ['competitionName', 'topicId', 'sortBy?', 'pageSize?'],
  ListDataFiles: ['competitionName', 'pageSize?', 'pageToken?'],
  ListDataTreeFiles: ['competitionName', 'path?', 'pageSize?', 'pageToken?'],
  GetCompetitionDataFilesSummary: ['competitionName'],
  DownloadDataFiles: ['competitionName'],
  DownloadDataFile: ['competitionName', 'fileName'],
  GetSubmissionLimits: ['competitionName'],
  StartSubmissionUpload: ['competitionName', 'contentLength', 'lastModifiedEpochSeconds', 'fileName'],
  CreateSubmission: ['competitionName', 'blobFileTokens', 'submissionDescription?'],
  CreateCodeSubmission: [
    'competitionName',
    'kernelOwner',
    'kernelSlug',
    'kernelVersion?',
    'fileName?',
    'submissionDescription?',
  ],
  ListSubmissions: ['competitionName', 'sortBy', 'group', 'page?', 'pageToken?', 'pageSize?'],
  GetSubmission: ['ref'],
  GetLeaderboard: ['competitionName', 'pageSize?', 'pageToken?', 'overridePublic?'],
  DownloadLeaderboard: ['competitionName'],
  SaveKernel: [
    'id?',
    'slug?',
    'newTitle?',
    'text?',
    'language?',
    'kernelType?',
    'isPrivate?',
    'enableGpu?',
    'enableTpu?',
    'enableInternet?',
    'machineShape?',
    'sessionTimeoutSeconds?',
    'datasetDataSources',
    'competitionDataSources',
    'kernelDataSources',
    'modelDataSources',
    'categoryIds',
    'dockerImage?',
    'dockerImagePinningType?',
    'kernelExecutionType?',
  ],
  GetKernel: ['userName', 'kernelSlug'],
  ListKernels: ['competition?', 'group?', 'user?', 'search?', 'sortBy?', 'page?', 'pageSize?', 'pageToken?'],
  GetKernelSessionStatus: ['userName', 'kernelSlug'],
  ListKernelSessionOutput: ['userName', 'kernelSlug', 'pageSize?', 'pageToken?'],
  ListKernelFiles: ['userName', 'kernelSlug', 'pageSize?', 'pageToken?'],
  DownloadKernelOutput: ['ownerSlug', 'kernelSlug', 'filePath?', 'versionNumber?'],
  GetAcceleratorQuotaStatistics: [],
};

/** First values of the enums, which are left out on the wire. */
const defaultEnums: readonly string[] = ['SUBMISSION_SORT_BY_DATE', 'SUBMISSION_GROUP_ALL'];

function recording(): { calls: Recorded[]; fetch: typeof fetch } {
  const calls: Recorded[] = [];
  return {
    calls,
    fetch: async (input, init) => {
      const sent = new Request(input, { ...init, body: null });
      const body = typeof init?.body === 'string' ? init.body : null;
      calls.push({ method: sent.method, url: new URL(sent.url), headers: sent.headers, body });
      return await fetch(input, init);
    },
  };
}

/** @returns what is wrong with a call of the API; null: nothing */
function faultOf({ method, url, headers, body }: Recorded): string | null {
  const match =
    /^\/v1\/(competitions\.CompetitionApiService|kernels\.KernelsApiService|security\.OAuthService)\/(\w+)$/.exec(
      url.pathname,
    );
  const name = match?.[2] ?? '';
  const shape = shapes[name];
  if (method !== 'POST' || shape === undefined) return `${method} ${url.pathname} is no method of the API`;
  if (headers.get('content-type') !== 'application/json') return `${name} is not sent as JSON`;
  if (!/^(Bearer|Basic) \S+$/.test(headers.get('authorization') ?? '')) return `${name} has no credential`;
  if (headers.has('cookie')) return `${name} carries a cookie`;
  const fields: unknown = JSON.parse(body ?? 'null');
  if (typeof fields !== 'object' || fields === null) return `${name} has no body`;
  for (const [field, value] of Object.entries(fields)) {
    const isOptional = shape.includes(`${field}?`);
    if (!isOptional && !shape.includes(field)) return `${name} has no field ${field}`;
    if (value === null || (!isOptional && isDefault(value))) return `${name} sends the default of ${field}`;
  }
  return null;
}

function isDefault(value: unknown): boolean {
  if (Array.isArray(value)) return value.length === 0;
  return value === '' || value === 0 || value === false || defaultEnums.includes(String(value));
}

const signal = new AbortController().signal;

async function submitFile(client: KaggleClient, slug: string): Promise<void> {
  const path = await aSubmissionFile();
  const session = await client.startUpload(slug, { path, fileName: 'submission.csv' }, { signal });
  await client.uploadFile(session, path, { signal });
  await client.createSubmission(slug, { token: session.token, description: 'ka-key one' }, { signal });
  await client.listSubmissions(slug, { signal });
  await client.findSubmissionByDescription(slug, 'ka-key', { signal });
}

async function submitNotebook(client: KaggleClient): Promise<void> {
  const ref = { owner: testUsername, slug: 'ka-one' };
  await client.findNotebook(ref, { signal });
  const saved = await client.saveNotebook(
    {
      ...ref,
      title: 'ka one',
      text: rightNotebook,
      accelerator: 'none',
      hasInternet: false,
      timeLimitSeconds: 600,
      competitions: ['over-three'],
      notebooks: [],
    },
    { signal },
  );
  await vi.waitFor(
    async () => expect((await client.notebookStatus(ref, { signal })).status).toBe('complete'),
    { timeout: 20_000, interval: 50 },
  );
  await client.notebookOutput(ref, { signal });
  await client.downloadNotebookFile(ref, 'submission.csv', join(await tempFolder(), 'out.csv'), { signal });
  await client.acceleratorQuota({ signal });
  const { versionNumber } = saved;
  const handedIn = { notebook: ref, versionNumber, fileName: 'submission.csv', description: 'ka-key code' };
  await client.createCodeSubmission('over-three', handedIn, { signal });
}

test('every call of our client has the shape that the vendor’s requests have', async () => {
  const findPython = bareNotebookPython();
  const arena = await aPracticeArena({
    folders: [await aCompetitionFolder(), await aCodeCompetitionFolder()],
    ...(findPython === null ? {} : { findPython }),
  });
  const slug = 'odd-or-even';
  const { calls, fetch: recordingFetch } = recording();
  const client = createKaggleClient(kaggleOptions(arena.apiUrl, { fetch: recordingFetch }));

  await client.whoAmI({ signal });
  await client.listCompetitions({ search: slug }, { signal });
  await client.findCompetition(slug, { signal });
  await client.listPages(slug, { signal });
  await client.listTopics(slug, { signal });
  await client.topicPosts(slug, 500_001, { signal, maxItems: 5 }).catch(() => undefined);
  await client.listFiles(slug, { signal });
  await client.dataSummary(slug, { signal });
  await client.submissionLimits(slug, { signal });
  await submitFile(client, slug);
  await client.leaderboard(slug, { signal });
  await client.downloadLeaderboard(slug, { signal });
  await client.downloadData(slug, {
    folder: await tempFolder(),
    take: (_, body) => finished(body.resume()),
    signal,
  });
  if (findPython !== null) await submitNotebook(client);

  const [api, storage] = [arena.apiUrl, arena.storageUrl].map((origin) =>
    calls.filter(({ url }) => url.origin === origin),
  );
  expect(api?.map(faultOf).filter((fault) => fault !== null)).toEqual([]);
  const named = new Set(api?.map(({ url }) => url.pathname.split('/').at(-1)));
  const steps = [
    'IntrospectToken',
    'ListCompetitions',
    'StartSubmissionUpload',
    'CreateSubmission',
    'DownloadDataFiles',
  ];
  expect(steps.filter((step) => !named.has(step))).toEqual([]);
  expect(storage?.length).toBeGreaterThan(1);
  expect((api?.length ?? 0) + (storage?.length ?? 0)).toBe(calls.length);
  for (const { headers, method } of storage ?? []) {
    expect([headers.get('authorization'), headers.get('cookie')]).toEqual([null, null]);
    if (method === 'GET') expect(headers.get('content-type')).toBeNull();
  }
});
