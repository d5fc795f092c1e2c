import { Agent, type ClientRequest, request } from 'node:http';
import { expect, onTestFinished, test } from 'vitest';
import {
  aCompetitionFolder,
  anArena,
  aSubmission,
  bearer,
  call,
  competitionName,
  judge,
  listOf,
  put,
  startUpload,
  submit,
  upload,
} from './support.ts';

const refusal = (text: string | RegExp) => ({
  status: 400,
  body: { error: { code: 400, status: 'FAILED_PRECONDITION', message: expect.stringMatching(text) } },
});

test('a submission is pending first, then complete with scores as text', async () => {
  const arena = await anArena({ behaviour: { pendingPolls: 2 } });

  const created = await submit(arena, aSubmission(8), 'run 7');
  const seen = [(await listOf(arena))[0], (await listOf(arena))[0], (await listOf(arena))[0]];

  expect(created).toMatchObject({ status: 200, body: { message: 'Successfully submitted to Even Numbers' } });
  expect(seen.map(({ status }) => status ?? 'PENDING')).toEqual(['PENDING', 'PENDING', 'COMPLETE']);
  expect(seen[0]).not.toHaveProperty('publicScore');
  expect(seen[2]).toMatchObject({
    ref: created.body.ref,
    publicScore: '1.00000',
    description: 'run 7',
    fileName: 'submission.csv',
    teamName: 'kaggle-agent',
    submittedBy: 'alice',
  });
  expect(seen[2]).not.toHaveProperty('privateScore');
});

test('of two pending submissions one says so and the other leaves it out', async () => {
  const arena = await anArena({ behaviour: { pendingPolls: 9 } });
  await submit(arena, aSubmission(8));
  await submit(arena, aSubmission(9));

  const statuses = (await listOf(arena)).map(({ status }) => status);

  expect(statuses.sort()).toEqual(['PENDING', undefined]);
});

test('a faulty file becomes an error with a description', async () => {
  const arena = await anArena({ behaviour: { pendingPolls: 0 } });

  const { body } = await submit(arena, 'id,y\n11,1\n');
  const { body: shown } = await call(arena, 'GetSubmission', { ref: body.ref });

  expect(shown).toMatchObject({
    status: 'ERROR',
    errorDescription: 'Submission must have 10 rows, but it has 1.',
  });
  expect(shown).not.toHaveProperty('publicScore');
});

test('an unknown submission is not found', async () => {
  const arena = await anArena();

  expect((await call(arena, 'GetSubmission', { ref: 1 })).status).toBe(404);
});

test('no submissions are an empty object', async () => {
  const arena = await anArena();

  expect((await call(arena, 'ListSubmissions', { competitionName, page: -1 })).body).toEqual({});
});

test('submissions are listed newest first, in pages, by group and by score', async () => {
  const arena = await anArena({ behaviour: { pendingPolls: 0 } });
  for (const right of [3, 9, 6]) await submit(arena, aSubmission(right), `right ${right}`);
  await submit(arena, 'nonsense', 'bad');
  const list = async (request: object) =>
    (await call(arena, 'ListSubmissions', { competitionName, ...request })).body.submissions.map(
      ({ description }: { description: string }) => description,
    );

  expect(await list({})).toEqual(['bad', 'right 6', 'right 9', 'right 3']);
  expect(await list({ pageSize: 2 })).toEqual(['bad', 'right 6']);
  expect(await list({ group: 'SUBMISSION_GROUP_SUCCESSFUL' })).toEqual(['right 6', 'right 9', 'right 3']);
  expect((await list({ sortBy: 'SUBMISSION_SORT_BY_PUBLIC_SCORE' })).at(-1)).toBe('bad');
});

test('a token is good once, and only in its competition', async () => {
  const parent = await aCompetitionFolder();
  const other = await aCompetitionFolder({ fields: { slug: 'other' } });
  const arena = await anArena({ folders: [parent, other] });
  const blobFileTokens = await upload(arena, aSubmission());

  const elsewhere = await call(arena, 'CreateSubmission', { competitionName: 'other', blobFileTokens });
  const first = await call(arena, 'CreateSubmission', { competitionName, blobFileTokens });
  const second = await call(arena, 'CreateSubmission', { competitionName, blobFileTokens });
  const invented = await call(arena, 'CreateSubmission', { competitionName, blobFileTokens: 'x' });
  const asList = await call(arena, 'CreateSubmission', { competitionName, blobFileTokens: [blobFileTokens] });

  expect([elsewhere, first, second, invented, asList].map(({ status }) => status)).toEqual([
    400, 200, 400, 400, 400,
  ]);
  expect(await listOf(arena)).toHaveLength(1);
});

test('a token without its bytes is refused', async () => {
  const arena = await anArena();
  const started = await startUpload(arena, aSubmission());

  const reply = await call(arena, 'CreateSubmission', { competitionName, blobFileTokens: started.token });

  expect(reply.status).toBe(400);
});

test('the day is over for submissions when its allowance is used, and refusals use none', async () => {
  const arena = await anArena({ folders: [await aCompetitionFolder({ fields: { dailySubmissions: 2 } })] });
  const limits = async () => (await call(arena, 'GetSubmissionLimits', { competitionName })).body;
  await submit(arena, aSubmission(5));
  expect(await limits()).toEqual({ numToday: 1, numTotal: 1, numAllowedNow: 1 });
  await submit(arena, aSubmission(6));

  const third = await submit(arena, aSubmission(7));
  const fourth = await submit(arena, aSubmission(8));

  const sentence =
    /^Submission not allowed: {2}Your team has used its daily Submission allowance \(2\) today, please try again tomorrow UTC \(14\.0 hours from now\)\.$/;
  expect(third).toMatchObject(refusal(sentence));
  expect(fourth).toMatchObject(refusal(sentence));
  expect(await limits()).toEqual({ numToday: 2, numTotal: 2 });
  expect(await listOf(arena)).toHaveLength(2);

  arena.clock.now = new Date('2026-11-23T00:00:00Z');
  expect((await submit(arena, aSubmission(9))).status).toBe(200);
  expect(await limits()).toEqual({ numToday: 1, numTotal: 3, numAllowedNow: 1 });
});

test('a faulty submission gives its place back once it is known to be faulty', async () => {
  const arena = await anArena({ folders: [await aCompetitionFolder({ fields: { dailySubmissions: 1 } })] });
  await submit(arena, 'nonsense');

  const whilePending = await submit(arena, aSubmission());
  await listOf(arena);
  await listOf(arena);
  const afterwards = await submit(arena, aSubmission());

  expect([whilePending.status, afterwards.status]).toEqual([400, 200]);
});

test('two at once cannot both take the last place', async () => {
  const arena = await anArena({ folders: [await aCompetitionFolder({ fields: { dailySubmissions: 1 } })] });
  const tokens = await Promise.all([1, 2, 3, 4].map((right) => upload(arena, aSubmission(right))));

  const replies = await Promise.all(
    tokens.map((blobFileTokens) => call(arena, 'CreateSubmission', { competitionName, blobFileTokens })),
  );

  expect(replies.map(({ status }) => status).sort()).toEqual([200, 400, 400, 400]);
});

test('one token sent twice at once is taken once', async () => {
  const arena = await anArena();
  const blobFileTokens = await upload(arena, aSubmission());

  const replies = await Promise.all(
    [1, 2].map(() => call(arena, 'CreateSubmission', { competitionName, blobFileTokens })),
  );

  expect(replies.map(({ status }) => status).sort()).toEqual([200, 400]);
});

test.each([
  [
    'a competition for notebooks',
    { isKernelsOnly: true },
    'This competition only accepts Submissions from Notebooks.',
  ],
  [
    'disabled submissions',
    { submissionsDisabled: true },
    'Submissions have been disabled for this competition.',
  ],
  [
    'a passed deadline',
    { deadline: '2026-01-01T00:00:00Z' },
    'Submissions have been disabled for this competition.',
  ],
])('%s refuses files', async (_what, fields, text) => {
  const arena = await anArena({ folders: [await aCompetitionFolder({ fields })] });

  expect(await submit(arena, aSubmission())).toMatchObject(refusal(`^Submission not allowed:  ${text}`));
});

test('a description with a slash or a bar is an empty 400', async () => {
  const arena = await anArena();

  const reply = await submit(arena, aSubmission(), 'round 1/2');

  expect(reply).toMatchObject({ status: 400, text: '' });
});

test('an upload goes on where it stopped', async () => {
  const arena = await anArena();
  const content = aSubmission();
  const n = content.length;
  const { createUrl } = await startUpload(arena, content);

  const empty = await put(createUrl, '', { 'content-range': `bytes */${n}` });
  const first = await put(createUrl, content.slice(0, 20), { 'content-range': `bytes 0-19/${n}` });
  const asked = await put(createUrl, '', { 'content-range': `bytes */${n}` });
  const hole = await put(createUrl, content.slice(30), { 'content-range': `bytes 30-${n - 1}/${n}` });
  const rest = await put(createUrl, content.slice(15), { 'content-range': `bytes 15-${n - 1}/${n}` });
  const again = await put(createUrl, '', { 'content-range': `bytes */${n}` });

  expect([empty, first, asked, hole, rest, again].map(({ status }) => status)).toEqual([
    308, 308, 308, 308, 200, 200,
  ]);
  expect(empty.headers.has('range')).toBe(false);
  expect([first, asked, hole].map(({ headers }) => headers.get('range'))).toEqual(
    Array(3).fill('bytes=0-19'),
  );
});

test('an upload that is cut off keeps what arrived, and its submission is whole in the end', async () => {
  const arena = await anArena({
    behaviour: { pendingPolls: 0 },
    faults: [{ method: 'storage.PUT', action: { kind: 'drop', afterBytes: 13 } }],
  });
  const content = aSubmission();
  const n = content.length;
  const { createUrl, token } = await startUpload(arena, content);

  await expect(put(createUrl, content)).rejects.toThrow();
  const asked = await put(createUrl, '', { 'content-range': `bytes */${n}` });
  const rest = await put(createUrl, content.slice(13), { 'content-range': `bytes 13-${n - 1}/${n}` });
  await call(arena, 'CreateSubmission', { competitionName, blobFileTokens: token });

  expect(asked.headers.get('range')).toBe('bytes=0-12');
  expect(rest.status).toBe(200);
  expect(await listOf(arena)).toMatchObject([{ status: 'COMPLETE', publicScore: '1.00000', totalBytes: n }]);
});

test('a sender that goes away in the middle leaves a session that can be taken up', async () => {
  const arena = await anArena();
  const content = aSubmission();
  const { createUrl } = await startUpload(arena, content);
  const leaving = new AbortController();
  const body = new ReadableStream<Uint8Array>({
    start: (controller) => controller.enqueue(Buffer.from(content.slice(0, 10))),
  });

  const first = fetch(createUrl, {
    method: 'PUT',
    body,
    duplex: 'half',
    signal: leaving.signal,
  } as RequestInit);
  setTimeout(() => leaving.abort(), 50);
  await expect(first).rejects.toThrow();
  const whole = await put(createUrl, content);

  expect(whole.status).toBe(200);
});

test.each([
  ['a wrong total', 'bytes 0-9/9999', 'x'.repeat(10)],
  ['no range at all', 'pages 1-2', 'x'],
])('an upload with %s is refused', async (_what, range, content) => {
  const arena = await anArena();
  const { createUrl } = await startUpload(arena, aSubmission());

  expect((await put(createUrl, content, { 'content-range': range })).status).toBe(400);
});

test('more bytes than were announced are refused', async () => {
  const arena = await anArena();
  const { createUrl } = await startUpload(arena, 'short');

  expect((await put(createUrl, 'rather long')).status).toBe(400);
});

test('an empty file can be uploaded, and is a faulty submission', async () => {
  const arena = await anArena({ behaviour: { pendingPolls: 0 } });

  const created = await submit(arena, '');

  expect(created.status).toBe(200);
  expect(await listOf(arena)).toMatchObject([
    { status: 'ERROR', errorDescription: 'The submission file is empty.' },
  ]);
});

test('an unknown session is not found, and one of last month has expired', async () => {
  const arena = await anArena();
  const { createUrl } = await startUpload(arena, aSubmission());

  const unknown = await put(createUrl.replace(/upload_id=.*/, 'upload_id=nobody'), 'x');
  arena.clock.now = new Date(arena.clock.now.getTime() + 30 * 24 * 3600 * 1000);
  const expired = await put(createUrl, aSubmission());

  expect([unknown.status, expired.status]).toEqual([404, 410]);
});

test('an upload that carries a credential is refused', async () => {
  const arena = await anArena();
  const { createUrl } = await startUpload(arena, aSubmission());

  expect((await put(createUrl, aSubmission(), bearer)).status).toBe(401);
});

test('older servers know no submission limits', async () => {
  const arena = await anArena({ behaviour: { hasSubmissionLimits: false } });

  expect((await call(arena, 'GetSubmissionLimits', { competitionName })).status).toBe(404);
});

test('private scores show when practice is closed, and not before', async () => {
  const arena = await anArena({ behaviour: { pendingPolls: 0 } });
  await submit(arena, aSubmission(8));

  const before = await listOf(arena);
  await judge(arena, 'close');
  const after = await listOf(arena);

  expect(before[0]).not.toHaveProperty('privateScore');
  expect(after[0]).toMatchObject({ publicScore: '1.00000', privateScore: '0.50000' });
});

test('asking about an upload that is done ends nothing else that its connection carries', async () => {
  const arena = await anArena();
  const [done, other] = [await startUpload(arena, '12345'), await startUpload(arena, '12345678')];
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  onTestFinished(() => agent.destroy());
  const putOver = (url: string, length: number): ClientRequest =>
    request(url, { method: 'PUT', agent, headers: { 'content-length': length } });
  const statusOf = (sent: ClientRequest) =>
    new Promise<number | undefined>((answered, failed) => {
      sent.once('error', failed).once('response', (response) => {
        response.resume().once('end', () => answered(response.statusCode));
      });
    });

  const first = putOver(done.createUrl, 5);
  const firstStatus = statusOf(first);
  first.end('12345');
  expect(await firstStatus).toBe(200);
  const second = putOver(other.createUrl, 8);
  const secondStatus = statusOf(second);
  await new Promise((sent) => second.write('1234', sent));
  const asked = await put(done.createUrl, '', { 'content-range': 'bytes */5' });
  second.end('5678');

  expect(second.reusedSocket).toBe(true);
  expect(asked.status).toBe(200);
  expect(await secondStatus).toBe(200);
});
