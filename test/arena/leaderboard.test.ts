import { buffer } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { parse } from 'csv-parse/sync';
import { expect, test } from 'vitest';
import { fromBuffer, type ZipFile } from 'yauzl';
import {
  aCompetitionFolder,
  anArena,
  aSubmission,
  bearer,
  call,
  competitionName,
  type Json,
  judge,
  listOf,
  submit,
} from './support.ts';

const entrants = JSON.stringify([
  { name: 'Reference: constant', public: 0.5, private: 0.5, overall: 0.5 },
  { name: 'Reference: linear model', public: 0.8, private: 0.75, overall: 0.78 },
]);
const leaderboard = 'Rank,Score\n1,0.90000\n2,0.70000\n3,0.10000\n';

const withRivals = () =>
  aCompetitionFolder({ files: { 'entrants.json': entrants, 'leaderboard.csv': leaderboard } });

const boardOf = async (arena: Parameters<typeof call>[0], request: object = {}) =>
  (await call(arena, 'GetLeaderboard', { competitionName, ...request })).body.submissions.map(
    (entry: Json) => [entry.teamName, entry.score],
  );

test('the board holds reference entrants, real teams and the account, best first and without ranks', async () => {
  const arena = await anArena({ folders: [await withRivals()], behaviour: { pendingPolls: 0 } });
  await submit(arena, aSubmission(3));
  await submit(arena, aSubmission(5));
  await listOf(arena);

  const { body } = await call(arena, 'GetLeaderboard', { competitionName });

  expect(await boardOf(arena)).toEqual([
    ['team-000001', '0.90000'],
    ['kaggle-agent', '0.83333'],
    ['Reference: linear model', '0.80000'],
    ['team-000002', '0.70000'],
    ['Reference: constant', '0.50000'],
    ['team-000003', '0.10000'],
  ]);
  expect(body.submissions[0]).toEqual({
    teamId: expect.any(Number),
    teamName: 'team-000001',
    submissionDate: expect.stringMatching(/Z$/),
    score: '0.90000',
  });
  expect((await call(arena, 'GetCompetition', { competitionName })).body).toMatchObject({
    userRank: 2,
    teamCount: 6,
  });
});

test('a pending submission is not on the board yet', async () => {
  const arena = await anArena({ folders: [await withRivals()] });

  await submit(arena, aSubmission());

  expect(await boardOf(arena)).toHaveLength(5);
});

test('the board comes in pages', async () => {
  const arena = await anArena({ folders: [await withRivals()] });

  const first = await call(arena, 'GetLeaderboard', { competitionName, pageSize: 3 });
  const second = await call(arena, 'GetLeaderboard', {
    competitionName,
    pageSize: 3,
    pageToken: first.body.nextPageToken,
  });

  expect(first.body.submissions).toHaveLength(3);
  expect(second.body.submissions).toHaveLength(2);
  expect(second.body).not.toHaveProperty('nextPageToken');
});

test('an empty board is an empty object', async () => {
  const arena = await anArena();

  expect((await call(arena, 'GetLeaderboard', { competitionName })).body).toEqual({});
});

test('with a metric to minimise the lowest score is best', async () => {
  const fields = { metric: { name: 'rmse' }, task: 'regression' };
  const files = { 'entrants.json': entrants, 'leaderboard.csv': leaderboard };
  const arena = await anArena({ folders: [await aCompetitionFolder({ fields, files })] });

  const board = await boardOf(arena);
  expect([board[0], board.at(-1)]).toEqual([
    ['team-000001', '0.10000'],
    ['team-000003', '0.90000'],
  ]);
});

test('the whole board comes as a zipped CSV with a byte order mark', async () => {
  const arena = await anArena({ folders: [await withRivals()], behaviour: { pendingPolls: 0 } });
  await submit(arena, aSubmission());
  await listOf(arena);

  const response = await fetch(`${arena.apiUrl}/v1/competitions.CompetitionApiService/DownloadLeaderboard`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...bearer },
    body: JSON.stringify({ competitionName }),
  });
  const zip = await promisify<Buffer, { lazyEntries: boolean }, ZipFile>(fromBuffer)(
    Buffer.from(await response.arrayBuffer()),
    { lazyEntries: true },
  );
  const content = new Promise<{ name: string; csv: Buffer }>((resolve, reject) => {
    zip.on('entry', (entry) =>
      zip.openReadStream(entry, (error, stream) =>
        error ? reject(error) : buffer(stream).then((csv) => resolve({ name: entry.fileName, csv }), reject),
      ),
    );
    zip.readEntry();
  });
  const { name, csv } = await content;

  expect(name).toBe('even-numbers-publicleaderboard-2026-11-22T10:00:00.123Z.csv');
  expect(csv.subarray(0, 3).toString('hex')).toBe('efbbbf');
  const rows: Record<string, string>[] = parse(csv, { bom: true, columns: true });
  expect(rows).toHaveLength(6);
  expect(rows[0]).toMatchObject({
    Rank: '1',
    TeamName: 'kaggle-agent',
    Score: '1.00000',
    TeamMemberUserNames: 'alice',
  });
});

test('closing practice shows every hidden score and the place among all entrants', async () => {
  const arena = await anArena({ folders: [await withRivals()] });
  const better = (await submit(arena, aSubmission(8))).body.ref;
  const worse = (await submit(arena, aSubmission(6))).body.ref;
  await submit(arena, 'nonsense');

  const { body } = await judge(arena, 'close');

  expect(body.submissions).toMatchObject([
    { ref: better, status: 'COMPLETE', publicScore: 1, privateScore: 0.5, overallScore: 0.8, rank: 2 },
    { ref: worse, publicScore: 1, privateScore: 0, overallScore: 0.6, rank: 4 },
    { status: 'ERROR', overallScore: null, rank: null },
  ]);
  expect(body.board).toMatchObject({ chosenRef: better, rankOfTeam: 2, entrantCount: 6 });
  expect(body.board.entrants.map(({ name, rank }: Json) => [rank, name])).toEqual([
    [1, 'team-000001'],
    [2, 'kaggle-agent'],
    [3, 'Reference: linear model'],
    [4, 'team-000002'],
    [5, 'Reference: constant'],
    [6, 'team-000003'],
  ]);
});

test('the team may name the submission that counts', async () => {
  const arena = await anArena({ folders: [await withRivals()] });
  await submit(arena, aSubmission(8));
  const chosen = (await submit(arena, aSubmission(6))).body.ref;

  const { body } = await judge(arena, 'close', { ref: chosen });

  expect(body.board).toMatchObject({ chosenRef: chosen, rankOfTeam: 4 });
});

test('closing again answers the same, and nothing can be submitted any more', async () => {
  const arena = await anArena({ folders: [await withRivals()] });
  await submit(arena, aSubmission(8));

  const first = await judge(arena, 'close');
  arena.clock.now = new Date(arena.clock.now.getTime() + 60_000);
  const late = await submit(arena, aSubmission());
  const second = await judge(arena, 'close');

  expect(late.status).toBe(400);
  expect(second.body).toEqual(first.body);
});

test('the private board shows once practice is closed, the public one on request', async () => {
  const arena = await anArena({ folders: [await withRivals()] });
  await submit(arena, aSubmission(8));
  await judge(arena, 'close');

  expect(await boardOf(arena)).toContainEqual(['kaggle-agent', '0.50000']);
  expect(await boardOf(arena)).toContainEqual(['Reference: linear model', '0.75000']);
  expect(await boardOf(arena, { overridePublic: true })).toContainEqual(['kaggle-agent', '1.00000']);
});

test('a new practice starts with nothing: no submissions, a whole allowance, a far deadline', async () => {
  const arena = await anArena({ folders: [await aCompetitionFolder({ fields: { dailySubmissions: 1 } })] });
  const old = (await submit(arena, aSubmission())).body.ref;
  await judge(arena, 'close');

  const opened = await judge(arena, 'open');
  const again = await judge(arena, 'open');

  expect(opened.body).toEqual({ slug: competitionName, practice: 2 });
  expect(again.body).toEqual(opened.body);
  expect(await listOf(arena)).toEqual([]);
  expect((await call(arena, 'GetCompetition', { competitionName })).body.deadline).toMatch(/^2099/);
  expect((await submit(arena, aSubmission())).body.ref).toBe(old + 1);
});

test('hidden scores cannot be had without closing, nor for an unknown competition', async () => {
  const arena = await anArena();

  expect((await judge(arena, 'report')).status).toBe(404);
  expect((await judge(arena, 'close', {}, 'nobody')).status).toBe(404);
  const anonymous = await fetch(`${arena.apiUrl}/arena/v1/competitions/even-numbers/close`, {
    method: 'POST',
  });
  expect(anonymous.status).toBe(401);
});
