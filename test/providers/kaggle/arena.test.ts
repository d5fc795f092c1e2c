import { existsSync } from 'node:fs';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { ArenaOptions } from '../../../src/arena/server.ts';
import { createSecret } from '../../../src/config/secret.ts';
import { createArenaJudge } from '../../../src/providers/kaggle/arena-judge.ts';
import { createKaggleClient } from '../../../src/providers/kaggle/client.ts';
import { kaggleOptions, testKey, testUsername } from '../../support/arena-kit.ts';
import { downloadTo } from '../../support/download-to.ts';
import { aCompetitionFolder, aPracticeArena, aSubmissionFile } from '../../support/kaggle.ts';
import { tempFolder } from '../../support/temp-folder.ts';

const signal = new AbortController().signal;
const slug = 'odd-or-even';

async function practice(arenaOptions: Partial<ArenaOptions> = {}, fields: Record<string, unknown> = {}) {
  const arena = await aPracticeArena({ folders: [await aCompetitionFolder(fields)], ...arenaOptions });
  const settings = kaggleOptions(
    arena.apiUrl,
    arenaOptions.now === undefined ? {} : { now: arenaOptions.now },
  );
  return { arena, client: createKaggleClient(settings), judge: createArenaJudge(settings) };
}

type Client = Awaited<ReturnType<typeof practice>>['client'];

async function submit(client: Client, path: string, description: string) {
  const session = await client.startUpload(slug, { path, fileName: 'submission.csv' }, { signal });
  await client.uploadFile(session, path, { signal });
  return client.createSubmission(slug, { token: session.token, description }, { signal });
}

test('a whole competition, from who we are to the last score', async () => {
  const { client, judge } = await practice();

  await expect(client.whoAmI({ signal })).resolves.toMatchObject({ username: testUsername });
  const competition = await client.findCompetition(slug, { signal });
  expect(competition).toMatchObject({ slug, title: 'Odd or even', hasEntered: true, maxDailySubmissions: 3 });
  const listed = await client.listCompetitions({}, { signal });
  expect(listed.map((found) => found.slug)).toContain(slug);
  const pages = await client.listPages(slug, { signal });
  expect(pages.map(({ name }) => name.toLowerCase())).toEqual(
    expect.arrayContaining(['evaluation', 'rules']),
  );
  const files = await client.listFiles(slug, { signal });
  expect(files.map(({ name }) => name).sort()).toEqual(['sample_submission.csv', 'test.csv', 'train.csv']);

  const folder = join(await tempFolder(), 'data');
  const local = await downloadTo(client, slug, folder);
  expect(local.map(({ name }) => name)).toEqual(['sample_submission.csv', 'test.csv', 'train.csv']);
  expect(await readFile(join(folder, 'train.csv'), 'utf8')).toMatch(/^id,x,y\n0,0,0\n1,1,1\n/);

  await expect(client.submissionLimits(slug, { signal })).resolves.toMatchObject({
    remainingToday: 3,
    usedToday: 0,
  });
  const { ref } = await submit(client, await aSubmissionFile(), 'ka-1-submit-1');
  await expect
    .poll(async () => (await client.listSubmissions(slug, { signal }))[0])
    .toMatchObject({ ref, status: 'complete', publicScore: '1.00000', privateScore: null });
  await expect(client.findSubmissionByDescription(slug, 'ka-1-submit-1', { signal })).resolves.toMatchObject({
    ref,
  });
  await expect(client.submissionLimits(slug, { signal })).resolves.toMatchObject({
    remainingToday: 2,
    usedToday: 1,
  });

  const board = await client.leaderboard(slug, { signal });
  expect(board).toContainEqual(expect.objectContaining({ rank: 1, score: '1.00000' }));
  const whole = await client.downloadLeaderboard(slug, { signal });
  expect(whole[0]).toMatchObject({ rank: 1, score: '1.00000', memberUsernames: [testUsername] });

  const result = await judge.closePractice(slug, { signal, ref });
  expect(result.submissions).toMatchObject([
    { ref, publicScore: 1, privateScore: 1, overallScore: 1, rank: 1 },
  ]);
  expect(result.board).toMatchObject({
    chosenRef: ref,
    rankOfTeam: 1,
    entrants: [{ kind: 'own', score: 1 }],
  });
  await expect(client.listSubmissions(slug, { signal })).resolves.toMatchObject([
    { privateScore: '1.00000' },
  ]);
  await expect(submit(client, await aSubmissionFile(), 'ka-1-submit-2')).rejects.toMatchObject({
    code: 'kaggle.deadline_passed',
  });

  await judge.openPractice(slug, { signal });
  await expect(client.listSubmissions(slug, { signal })).resolves.toEqual([]);
});

test('a legacy key works as well as a token', async () => {
  const { arena } = await practice();
  const credentials = { kind: 'basic', username: testUsername, key: createSecret(testKey) } as const;
  const client = createKaggleClient(kaggleOptions(arena.apiUrl, { credentials }));

  await expect(client.whoAmI({ signal })).resolves.toEqual({ username: testUsername, userId: null });
  await expect(client.listFiles(slug, { signal })).resolves.toHaveLength(3);
});

test('a wrong token is a configuration failure', async () => {
  const { arena } = await practice();
  const credentials = { kind: 'bearer', token: createSecret('KGAT_wrong-token-1') } as const;
  const client = createKaggleClient(kaggleOptions(arena.apiUrl, { credentials }));

  await expect(client.whoAmI({ signal })).rejects.toMatchObject({ kind: 'configuration' });
  await expect(client.listCompetitions({}, { signal })).rejects.toMatchObject({
    code: 'kaggle.unauthorized',
  });
});

test.each([
  ['downloading', (client: Client, folder: string) => downloadTo(client, 'odd-or-evne', folder)],
  ['listing submissions', (client: Client) => client.listSubmissions('odd-or-evne', { signal })],
  ['asking for the allowance', (client: Client) => client.submissionLimits('odd-or-evne', { signal })],
  ['reading the board', (client: Client) => client.leaderboard('odd-or-evne', { signal })],
  ['reading its pages', (client: Client) => client.listPages('odd-or-evne', { signal })],
])('a mistyped slug is named with the nearest one when %s', async (_name, act) => {
  const { client } = await practice();

  await expect(act(client, join(await tempFolder(), 'data'))).rejects.toMatchObject({
    kind: 'business',
    code: 'kaggle.unknown_competition',
    message: expect.stringContaining('did you mean odd-or-even'),
  });
});

test('rules that nobody has accepted are told with the page where they can be', async () => {
  const { client } = await practice({}, { rulesAccepted: false });
  const path = await aSubmissionFile();
  const expected = {
    code: 'kaggle.rules_not_accepted',
    details: { rulesUrl: `https://www.kaggle.com/competitions/${slug}/rules` },
  };

  await expect(downloadTo(client, slug, join(await tempFolder(), 'data'))).rejects.toMatchObject(expected);
  await expect(client.startUpload(slug, { path, fileName: 'a.csv' }, { signal })).rejects.toMatchObject(
    expected,
  );
  await expect(client.listSubmissions(slug, { signal })).rejects.toMatchObject(expected);
});

test.each([
  [{ isKernelsOnly: true }, 'kaggle.code_competition'],
  [{ submissionsDisabled: true }, 'kaggle.submissions_disabled'],
  [{ deadline: '2020-01-01T00:00:00Z' }, 'kaggle.deadline_passed'],
])('a competition with %j refuses a submission as %s', async (fields, code) => {
  const { client } = await practice({}, fields);

  await expect(submit(client, await aSubmissionFile(), 'ka-1')).rejects.toMatchObject({
    kind: 'business',
    code,
  });
});

test('the daily limit is told with its end, and the next UTC day is free again', async () => {
  let nowMs = Date.parse('2026-03-01T22:00:00Z');
  const { client } = await practice({ now: () => new Date(nowMs) }, { dailySubmissions: 2 });
  await submit(client, await aSubmissionFile(), 'one');
  await submit(client, await aSubmissionFile(1), 'two');

  await expect(submit(client, await aSubmissionFile(2), 'three')).rejects.toMatchObject({
    code: 'kaggle.daily_limit',
    details: { resetAt: '2026-03-02T00:00:00.000Z' },
  });
  nowMs += 2 * 3_600_000;

  await expect(submit(client, await aSubmissionFile(2), 'three')).resolves.toMatchObject({
    ref: expect.any(Number),
  });
});

test('a submission whose answer was lost is found by its key, and exists once', async () => {
  const { client } = await practice({
    faults: [{ method: 'CreateSubmission', action: { kind: 'drop', when: 'after' } }],
  });

  await expect(submit(client, await aSubmissionFile(), 'ka-7-submit-1')).rejects.toMatchObject({
    code: 'kaggle.outcome_unknown',
  });

  const found = await client.findSubmissionByDescription(slug, 'ka-7-submit-1', { signal });
  expect(found).toMatchObject({ description: 'ka-7-submit-1', duplicateRefs: [] });
});

test('a token that was spent once is refused by name', async () => {
  const { client } = await practice();
  const path = await aSubmissionFile();
  const session = await client.startUpload(slug, { path, fileName: 'submission.csv' }, { signal });
  await client.uploadFile(session, path, { signal });
  await client.createSubmission(slug, { token: session.token, description: 'one' }, { signal });

  await expect(
    client.createSubmission(slug, { token: session.token, description: 'two' }, { signal }),
  ).rejects.toMatchObject({ kind: 'business', code: 'kaggle.submission_refused' });
});

test('a submission that Kaggle cannot read ends in an error with its reason', async () => {
  const { client } = await practice();
  const path = join(await tempFolder(), 'bad.csv');
  await writeFile(path, 'id,z\n1,2\n');

  const { ref } = await submit(client, path, 'bad');

  await expect
    .poll(async () => (await client.listSubmissions(slug, { signal }))[0])
    .toMatchObject({ ref, status: 'error', errorDescription: expect.stringMatching(/./), publicScore: null });
});

test('an upload that is cut off goes on where it stopped', async () => {
  const { client } = await practice({
    faults: [
      { method: 'storage.PUT', action: { kind: 'drop', afterBytes: 100 } },
      { method: 'storage.PUT', skip: 1, action: { kind: 'answer', status: 503 } },
    ],
  });
  const path = await aSubmissionFile();

  const { ref } = await submit(client, path, 'cut');

  await expect
    .poll(async () => (await client.listSubmissions(slug, { signal }))[0])
    .toMatchObject({ ref, status: 'complete', publicScore: '1.00000' });
});

test('another process can finish an upload, also one that is finished already', async () => {
  const { client } = await practice();
  const path = await aSubmissionFile();
  const session = await client.startUpload(slug, { path, fileName: 'submission.csv' }, { signal });

  await client.uploadFile(session, path, { signal, resume: true });
  await client.uploadFile(session, path, { signal, resume: true });

  await expect(
    client.createSubmission(slug, { token: session.token, description: 'resumed' }, { signal }),
  ).resolves.toMatchObject({ ref: expect.any(Number) });
});

test('an expired upload must start again', async () => {
  let nowMs = Date.now();
  const { client } = await practice({ now: () => new Date(nowMs) });
  const path = await aSubmissionFile();
  const session = await client.startUpload(slug, { path, fileName: 'submission.csv' }, { signal });
  nowMs += 8 * 86_400_000;

  await expect(client.uploadFile(session, path, { signal })).rejects.toMatchObject({
    kind: 'transient',
    code: 'kaggle.upload_expired',
  });
});

test('a download survives a cut, a failing storage and a dead link', async () => {
  const { arena, client } = await practice({
    faults: [
      { method: 'storage.GET', action: { kind: 'drop', afterBytes: 200 } },
      { method: 'storage.GET', action: { kind: 'answer', status: 403, shape: 'empty' } },
      { method: 'storage.GET', action: { kind: 'answer', status: 503 } },
    ],
  });
  const folder = join(await tempFolder(), 'data');

  const files = await downloadTo(client, slug, folder);

  expect(files).toHaveLength(3);
  expect(arena.competitions).toContain(slug);
});

test('a storage that answers with the bytes at once is fine too', async () => {
  const { client } = await practice({ behaviour: { hasDirectDownloads: true } });

  await expect(downloadTo(client, slug, join(await tempFolder(), 'data'))).resolves.toHaveLength(3);
});

test('a failed download hands nothing on, and a good one leaves nothing of its own', async () => {
  const { arena, client } = await practice();
  const folder = join(await tempFolder(), 'data');
  arena.inject({ method: 'storage.GET', times: 3, action: { kind: 'answer', status: 500 } });

  await expect(downloadTo(client, slug, folder)).rejects.toMatchObject({ kind: 'transient' });
  expect(existsSync(folder)).toBe(false);
  await downloadTo(client, slug, folder);

  expect((await readdir(folder)).sort()).toEqual(['sample_submission.csv', 'test.csv', 'train.csv']);
  expect(await readdir(join(folder, '..'))).toEqual(['data']);
});

test('older servers without allowances and single look-ups are served as well', async () => {
  const { client } = await practice({ behaviour: { hasSubmissionLimits: false, hasGetCompetition: false } });
  await submit(client, await aSubmissionFile(), 'one');

  await expect(client.findCompetition(slug, { signal })).resolves.toMatchObject({ slug });
  await expect(client.findCompetition('odd-or-evne', { signal })).resolves.toBeNull();
  await expect(client.submissionLimits(slug, { signal })).resolves.toMatchObject({
    usedToday: 1,
    remainingToday: 2,
  });
});

test('a 429 with and without Retry-After is waited out', async () => {
  const { client } = await practice({
    faults: [
      {
        method: 'ListCompetitions',
        action: { kind: 'answer', status: 429, headers: { 'retry-after': '0.05' } },
      },
      { method: 'ListCompetitions', action: { kind: 'answer', status: 429, shape: 'flat' } },
    ],
  });

  const found = await client.listCompetitions({}, { signal });

  expect(found.map((competition) => competition.slug)).toContain(slug);
});

test('an unknown practice is refused by the judge', async () => {
  const { judge } = await practice();

  await expect(judge.closePractice('no-such-thing', { signal })).rejects.toMatchObject({
    code: 'kaggle.unknown_competition',
  });
});

const sharedData = join(import.meta.dirname, '../../../../shared/data');
const hasSharedData = existsSync(join(sharedData, 'titanic/competition.json'));
if (!hasSharedData)
  console.warn('no ../shared/data beside the repository: the client is not tried on Titanic');

test.skipIf(!hasSharedData)('Titanic is fetched, submitted and scored as on Kaggle', async () => {
  const arena = await aPracticeArena({ folders: [join(sharedData, 'titanic')] });
  const client = createKaggleClient(kaggleOptions(arena.apiUrl));
  const folder = join(await tempFolder(), 'data');

  await downloadTo(client, 'titanic', folder);
  const path = join(folder, 'gender_submission.csv');
  const session = await client.startUpload('titanic', { path, fileName: 'gender.csv' }, { signal });
  await client.uploadFile(session, path, { signal });
  const { ref } = await client.createSubmission(
    'titanic',
    { token: session.token, description: 'gender' },
    { signal },
  );
  const judge = createArenaJudge(kaggleOptions(arena.apiUrl));
  const result = await judge.closePractice('titanic', { signal, ref });
  const board = await client.leaderboard('titanic', { signal, maxRows: 250 });

  expect(result.submissions[0]?.overallScore).toBeCloseTo(0.76555, 5);
  expect(result.board.entrantCount).toBeGreaterThan(15_000);
  expect(board).toHaveLength(250);
});
