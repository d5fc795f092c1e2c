import { request } from 'node:http';
import { text } from 'node:stream/consumers';
import { expect, test, vi } from 'vitest';
import { aNotebook, bareNotebookPython } from '../support/arena-notebooks.ts';
import {
  aCompetitionFolder,
  anArena,
  aSubmission,
  bearer,
  type Json,
  type TestArena,
  token,
} from './support.ts';

// Each starts processes of its own, which a busy machine takes its time with.
vi.setConfig({ testTimeout: 120_000 });

// Requests of the vendor's own Python client (kaggle 2.2.3), as a logging server recorded them: exact bodies and headers.

const recordedHeaders = {
  'content-type': 'application/json',
  accept: '*/*',
  'accept-encoding': 'gzip, deflate, br',
  'user-agent': '',
  connection: 'keep-alive',
};

type Answer = { status: number; headers: Record<string, string | string[] | undefined>; text: string };

/** Bytes on the wire as given: fetch would add headers of its own. */
async function send(
  method: string,
  url: string,
  headers: Record<string, string>,
  body: string | null = null,
): Promise<Answer> {
  return await new Promise((resolve, reject) => {
    const length: Record<string, number> = body === null ? {} : { 'content-length': Buffer.byteLength(body) };
    const sent = request(url, { method, headers: { ...headers, ...length } }, (response) => {
      text(response).then(
        (content) => resolve({ status: response.statusCode ?? 0, headers: response.headers, text: content }),
        reject,
      );
    });
    sent.once('error', reject);
    sent.end(body);
  });
}

const kernels = 'kernels.KernelsApiService';

async function rpc(
  arena: TestArena,
  method: string,
  body: string,
  service = 'competitions.CompetitionApiService',
) {
  const url = `${arena.apiUrl}/v1/${service}/${method}`;
  const answer = await send('POST', url, { ...recordedHeaders, ...bearer }, body);
  return { ...answer, json: (): Json => JSON.parse(answer.text) };
}

const aTitanicArena = async (changes: Parameters<typeof anArena>[0] = {}) =>
  await anArena({
    folders: [await aCompetitionFolder({ fields: { slug: 'titanic', title: 'Titanic' } })],
    ...changes,
  });

test('the recorded file submission goes through: list, upload, create, track', async () => {
  const arena = await aTitanicArena();

  const who = await rpc(arena, 'IntrospectToken', JSON.stringify({ token }), 'security.OAuthService');
  expect(who.json()).toMatchObject({ active: true, username: 'alice' });
  const listed = await rpc(
    arena,
    'ListCompetitions',
    '{"group":"COMPETITION_LIST_TAB_EVERYTHING","category":"HOST_SEGMENT_UNSPECIFIED","sortBy":"COMPETITION_SORT_BY_BEST","search":""}',
  );
  expect(listed.json().competitions).toHaveLength(1);
  const content = aSubmission();
  const started = await rpc(
    arena,
    'StartSubmissionUpload',
    `{"competitionName":"titanic","contentLength":${content.length},"lastModifiedEpochSeconds":1700000000,"fileName":"submission.csv"}`,
  );
  // The client sends neither a credential nor a content type here.
  const put = await send('PUT', started.json().createUrl, { accept: '*/*', 'user-agent': '' }, content);
  expect(put.status).toBe(200);
  const created = await rpc(
    arena,
    'CreateSubmission',
    `{"competitionName":"titanic","blobFileTokens":"${started.json().token}","submissionDescription":"hello"}`,
  );
  expect(created.json()).toEqual({ message: 'Successfully submitted to Titanic', ref: 60_000_001 });
  const own = await rpc(arena, 'ListSubmissions', '{"competitionName":"titanic","page":-1}');
  expect(own.json().submissions).toEqual([
    expect.objectContaining({ ref: 60_000_001, description: 'hello' }),
  ]);
});

test('the recorded download is a redirect to another origin, which wants neither credential nor content type', async () => {
  const arena = await aTitanicArena();

  const asked = await rpc(arena, 'DownloadDataFiles', '{"competitionName":"titanic"}');
  expect(asked.status).toBe(302);
  const location = String(asked.headers.location);
  expect(new URL(location).origin).not.toBe(arena.apiUrl);
  expect((await send('GET', location, { accept: '*/*' })).status).toBe(200);
  expect((await send('GET', location, bearer)).status).toBe(401);
  const withType = await send('GET', location, { 'content-type': 'application/json' });
  expect([withType.status, withType.text]).toEqual([403, expect.stringContaining('SignatureDoesNotMatch')]);
});

test.skipIf(bareNotebookPython() === null)('the recorded push and code submission go through', async () => {
  const findPython = bareNotebookPython();
  const arena = await aTitanicArena(findPython === null ? {} : { findPython });
  const source = aNotebook(`open('submission.csv', 'w').write(${JSON.stringify(aSubmission())})`);

  const pushed = await rpc(
    arena,
    'SaveKernel',
    `{"slug":"alice/k-one","newTitle":"k one","text":${JSON.stringify(source)},"language":"python","kernelType":"notebook","datasetDataSources":["alice/ds"],"competitionDataSources":["titanic"],"isPrivate":true,"enableGpu":true,"enableInternet":false,"enableTpu":false,"sessionTimeoutSeconds":3600,"machineShape":"NvidiaTeslaT4"}`,
    kernels,
  );
  expect(pushed.json()).toMatchObject({
    url: 'https://www.kaggle.com/code/alice/k-one',
    versionNumber: 1,
    // The arena has no datasets: pushed, and the input dropped.
    invalidDatasetSources: ['alice/ds'],
  });
  const which = '{"userName":"alice","kernelSlug":"k-one"}';
  await vi.waitFor(
    async () =>
      expect((await rpc(arena, 'GetKernelSessionStatus', which, kernels)).json().status).toBe('COMPLETE'),
    { timeout: 20_000, interval: 50 },
  );
  const handedIn = await rpc(
    arena,
    'CreateCodeSubmission',
    '{"competitionName":"titanic","kernelOwner":"alice","kernelSlug":"k-one","kernelVersion":1,"fileName":"submission.csv","submissionDescription":"code"}',
  );
  expect(handedIn.json().ref).toBe(60_000_001);
  const log = await send('GET', `${arena.apiUrl}/v1/kernels/logs/stream/alice/k-one`, {
    ...bearer,
    accept: 'text/event-stream, */*',
    'user-agent': '',
  });
  expect([log.status, JSON.parse(log.text)]).toEqual([200, expect.any(Array)]);
});
