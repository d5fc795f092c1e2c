import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { ZipFile } from 'yazl';
import { createKaggleClient } from '../../../src/providers/kaggle/client.ts';
import { kaggleOptions } from '../../support/arena-kit.ts';
import { sendJson, startTinyServer } from '../../support/tiny-server.ts';

const signal = new AbortController().signal;

const board = `\ufeffRank,TeamId,TeamName,LastSubmissionDate,Score,SubmissionCount,TeamMemberUserNames
0,0,"Sample Submission Benchmark",2026-01-01 00:00:00,0.5,1,
1,11,"The ""best"", of all",2026-03-01 12:00:00,0.91000,5,"alice,bob"
2,12,Others,2026-03-01 13:00:00,,1,carol
`;

async function boardZip(name: string, text: string): Promise<Buffer> {
  const zip = new ZipFile();
  zip.addBuffer(Buffer.from(text), name);
  zip.end();
  return buffer(Readable.from(zip.outputStream));
}

test('a whole leaderboard is read, whether it comes at once or by a redirect', async () => {
  const packed = await boardZip('some-publicleaderboard-2026-03-01T12:00:00.csv', board);
  const storage = await startTinyServer((_request, response) => void response.end(packed));
  const direct = await startTinyServer((_request, response) => void response.end(packed));
  const redirecting = await startTinyServer(
    (_request, response) => void response.writeHead(302, { location: `${storage.url}/board.zip` }).end(),
  );

  for (const server of [direct, redirecting]) {
    const client = createKaggleClient(kaggleOptions(server.url));
    await expect(client.downloadLeaderboard('some', { signal })).resolves.toEqual([
      {
        rank: 1,
        teamId: 11,
        teamName: 'The "best", of all',
        score: '0.91000',
        submittedAt: new Date('2026-03-01T12:00:00Z'),
        submissionCount: 5,
        memberUsernames: ['alice', 'bob'],
      },
      expect.objectContaining({ rank: 2, score: null, memberUsernames: ['carol'] }),
    ]);
  }
  expect(storage.requests[0]?.headers).not.toHaveProperty('authorization');
});

test('a leaderboard that is no table is a shape we do not know', async () => {
  const packed = await boardZip('board.csv', 'Rank,Score\n1,2,3,4\n"');
  const server = await startTinyServer((_request, response) => void response.end(packed));
  const client = createKaggleClient(kaggleOptions(server.url));

  await expect(client.downloadLeaderboard('some', { signal })).rejects.toMatchObject({
    kind: 'system',
    code: 'kaggle.bad_response',
  });
});

test('ranks count across pages, and reading stops at as many rows as were asked for', async () => {
  const server = await startTinyServer((request, response) => {
    const { pageToken = '0' } = JSON.parse(`${request.body}`);
    const start = Number(pageToken);
    const submissions = [0, 1].map((index) => ({ teamId: start + index + 1, teamName: 't', score: '1' }));
    sendJson(response, 200, { submissions, nextPageToken: `${start + 2}` });
  });
  const client = createKaggleClient(kaggleOptions(server.url));

  const entries = await client.leaderboard('some', { signal, maxRows: 3 });

  expect(entries.map(({ rank, teamId }) => [rank, teamId])).toEqual([
    [1, 1],
    [2, 2],
    [3, 3],
  ]);
  expect(server.requests).toHaveLength(2);
});
