import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createSecret } from '../../../src/config/secret.ts';
import { createKaggleClient } from '../../../src/providers/kaggle/client.ts';
import { kaggleOptions, testKey, testToken } from '../../support/arena-kit.ts';
import { downloadTo } from '../../support/download-to.ts';
import { tempFolder } from '../../support/temp-folder.ts';
import { type Handler, sendJson, startTinyServer } from '../../support/tiny-server.ts';

type Client = ReturnType<typeof createKaggleClient>;

const options = { signal: new AbortController().signal };

/** A Kaggle that answers each method as the test says; methods that are not named are unknown. */
async function aKaggle(methods: Record<string, Handler | object>) {
  const server = await startTinyServer((request, response, raw) => {
    const method = methods[request.path.split('/').at(-1) ?? ''];
    if (typeof method === 'function') return (method as Handler)(request, response, raw);
    if (method === undefined) return sendJson(response, 404, { code: 404, message: 'NotFound' });
    return sendJson(response, 200, method);
  });
  const callsOf = (name: string) => server.requests.filter(({ path }) => path.endsWith(`/${name}`));
  const client = createKaggleClient(kaggleOptions(server.url));
  return {
    server,
    client,
    callsOf,
    bodiesOf: (name: string) => callsOf(name).map(({ body }) => JSON.parse(`${body}`)),
  };
}

const refuse =
  (status: number, message: string): Handler =>
  (_request, response) =>
    sendJson(response, status, { error: { code: status, message, status: 'X' } });

const past = '2020-01-01T00:00:00Z';
const odd = { ref: 'https://www.kaggle.com/competitions/odd-or-even', userHasEntered: true, title: 'Odd' };

test('a call is a POST of JSON with the token, an honest name, and never a cookie', async () => {
  const { server, client } = await aKaggle({
    ListSubmissions: (_request, response) =>
      sendJson(response, 200, {}, { 'set-cookie': 'ka_sessionid=1; path=/' }),
  });

  await client.listSubmissions('odd-or-even', options);
  await client.listSubmissions('odd-or-even', options);

  for (const request of server.requests) {
    expect(request).toMatchObject({
      method: 'POST',
      path: '/v1/competitions.CompetitionApiService/ListSubmissions',
    });
    expect(request.headers).toMatchObject({
      authorization: `Bearer ${testToken}`,
      'content-type': 'application/json',
      'user-agent': 'kaggle-agent/test',
    });
    expect(request.headers.cookie).toBeUndefined();
  }
});

test('a base address with /v1 at its end means the same', async () => {
  const { server } = await aKaggle({ ListSubmissions: {} });
  const client = createKaggleClient(kaggleOptions(`${server.url}/v1/`));

  await expect(client.listSubmissions('odd-or-even', options)).resolves.toEqual([]);
});

test('a legacy key travels as Basic and is proved by any answer', async () => {
  const { server } = await aKaggle({ ListCompetitions: {} });
  const credentials = { kind: 'basic', username: 'alice', key: createSecret(testKey) } as const;
  const client = createKaggleClient(kaggleOptions(server.url, { credentials }));

  await expect(client.whoAmI(options)).resolves.toEqual({ username: 'alice', userId: null });

  const basic = Buffer.from(`alice:${testKey}`).toString('base64');
  expect(server.requests[0]?.headers.authorization).toBe(`Basic ${basic}`);
});

test.each([
  ['an inactive token', {}],
  ['a refused one', refuse(403, 'no')],
  ['an unknown one', refuse(401, 'Unauthenticated')],
])('%s is a setting that an operator must mend', async (_name, answer) => {
  const { client } = await aKaggle({ IntrospectToken: answer });

  await expect(client.whoAmI(options)).rejects.toMatchObject({
    kind: 'configuration',
    code: 'kaggle.unauthorized',
  });
});

test('both shapes of a refusal, and a success that is one, are understood', async () => {
  const shapes: Handler[] = [
    refuse(401, 'Unauthenticated'),
    (_request, response) => sendJson(response, 401, { code: 401, message: 'Unauthorized' }),
    (_request, response) => sendJson(response, 200, { code: 401, message: 'Unauthorized' }),
    (_request, response) => sendJson(response, 200, { error: { code: 401, message: 'Unauthenticated' } }),
    (_request, response) => void response.writeHead(401).end(),
  ];
  for (const shape of shapes) {
    const { client } = await aKaggle({ ListSubmissions: shape });
    await expect(client.listSubmissions('odd-or-even', options)).rejects.toMatchObject({
      code: 'kaggle.unauthorized',
      details: { status: 401 },
    });
  }
});

test.each([
  [
    'data',
    'DownloadDataFiles',
    async (client: Client) => downloadTo(client, 'some', join(await tempFolder(), 'data')),
  ],
  ['a board', 'DownloadLeaderboard', (client: Client) => client.downloadLeaderboard('some', options)],
])('%s that are a refusal in words are no file', async (_name, method, act) => {
  const { client } = await aKaggle({
    [method]: (_request, response) => sendJson(response, 200, { code: 401, message: 'Unauthorized' }),
  });

  await expect(act(client)).rejects.toMatchObject({ code: 'kaggle.unauthorized', details: { status: 401 } });
});

test('a Kaggle that echoes the credential does not get it into a failure', async () => {
  const { client } = await aKaggle({
    ListCompetitions: (request, response) =>
      sendJson(response, 403, { code: 403, message: `no: ${request.headers.authorization}` }),
  });

  const failure = await client.listCompetitions({}, options).catch((error: unknown) => error);

  expect(`${failure} ${JSON.stringify(failure)}`).not.toContain('canary');
});

test('all pages of a list are read, with the token of the page before', async () => {
  const pages: Record<string, object> = {
    '': { submissions: [{ ref: 3 }, { ref: '2' }], nextPageToken: 'b' },
    b: { submissions: [{ ref: 1 }] },
  };
  const { client, bodiesOf } = await aKaggle({
    ListSubmissions: (request, response) =>
      sendJson(response, 200, pages[JSON.parse(`${request.body}`).pageToken ?? '']),
  });

  const submissions = await client.listSubmissions('odd-or-even', options);

  expect(submissions.map(({ ref }) => ref)).toEqual([3, 2, 1]);
  expect(bodiesOf('ListSubmissions')).toMatchObject([{ competitionName: 'odd-or-even' }, { pageToken: 'b' }]);
});

test('a list that never ends is given up', async () => {
  const { client } = await aKaggle({
    ListSubmissions: { submissions: [{ ref: 1 }], nextPageToken: 'again' },
    ListCompetitions: { competitions: [{ ref: 'one' }], nextPageToken: 'again' },
  });

  await expect(client.listSubmissions('odd-or-even', options)).rejects.toMatchObject({
    code: 'kaggle.bad_response',
  });
  const readAll = async () => {
    for await (const page of client.competitionPages({}, options)) expect(page).toHaveLength(1);
  };
  await expect(readAll()).rejects.toMatchObject({ code: 'kaggle.bad_response' });
});

test('statuses, scores and times are read in every form that was seen', async () => {
  const { client } = await aKaggle({
    ListSubmissions: {
      submissions: [
        { ref: 1 },
        { ref: 2, status: 'complete', publicScore: '0.5', privateScore: '', date: '2026-03-01T12:00:00Z' },
        {
          ref: 3,
          status: 'SUBMISSION_STATUS_ERROR',
          errorDescription: 'bad',
          date: '2026-03-01T12:00:00.1234567Z',
        },
        { ref: 4, status: 'SOMETHING_NEW', date: 'yesterday', somethingNew: { a: 1 } },
        { ref: '5', status: 1, publicScore: 0.25, publicScoreNullable: '1', date: '2026-03-01T12:00:00.123' },
      ],
    },
  });

  const submissions = await client.listSubmissions('odd-or-even', options);

  expect(submissions.map(({ status }) => status)).toEqual([
    'pending',
    'complete',
    'error',
    'unknown',
    'complete',
  ]);
  expect(submissions[1]).toMatchObject({ publicScore: '0.5', privateScore: null });
  expect(submissions[4]).toMatchObject({ ref: 5, publicScore: '0.25' });
  expect(submissions.map(({ submittedAt }) => submittedAt?.toISOString() ?? null)).toEqual([
    null,
    '2026-03-01T12:00:00.000Z',
    '2026-03-01T12:00:00.123Z',
    null,
    '2026-03-01T12:00:00.123Z',
  ]);
});

test('a competition is taken from the list where asking for it is refused, by its exact slug', async () => {
  const { client } = await aKaggle({
    GetCompetition: refuse(403, "Permission 'competitions.get' was denied"),
    ListCompetitions: {
      competitions: [{ ref: 'https://www.kaggle.com/competitions/odd-or-even-2', userHasEntered: true }, odd],
    },
  });

  await expect(client.findCompetition('odd-or-even', options)).resolves.toMatchObject({
    slug: 'odd-or-even',
    title: 'Odd',
    hasEntered: true,
    takesNotebooksOnly: false,
    deadline: null,
  });
  await expect(client.findCompetition('odd', options)).resolves.toBeNull();
});

test.each([
  [{}, null, 'kaggle.unknown_competition', { nearest: ['odd-or-even'] }],
  [
    { userHasEntered: false },
    'odd-or-evn',
    'kaggle.rules_not_accepted',
    { rulesUrl: 'https://www.kaggle.com/competitions/odd-or-evn/rules' },
  ],
  [
    { userHasEntered: false, newEntrantDeadline: '2020-01-01T00:00:00Z' },
    'odd-or-evn',
    'kaggle.entry_closed',
    {},
  ],
  [{ deadline: '2020-01-01T00:00:00Z' }, 'odd-or-evn', 'kaggle.deadline_passed', {}],
  [{ submissionsDisabled: true }, 'odd-or-evn', 'kaggle.submissions_disabled', {}],
])('a bare 403 is told apart by looking the competition up: %j', async (fields, slug, code, details) => {
  const competition = {
    ...odd,
    ...fields,
    ref: `https://www.kaggle.com/competitions/${slug ?? 'odd-or-even'}`,
  };
  const { client } = await aKaggle({
    StartSubmissionUpload: refuse(403, "Permission 'competitions.participate' was denied"),
    GetCompetition: refuse(403, "Permission 'competitions.get' was denied"),
    ListCompetitions: { competitions: [competition] },
  });
  const path = join(await tempFolder(), 'submission.csv');
  await writeFile(path, 'id,y\n');

  const starting = client.startUpload('odd-or-evn', { path, fileName: 'submission.csv' }, options);

  await expect(starting).rejects.toMatchObject({
    kind: 'business',
    code,
    details: { slug: 'odd-or-evn', ...details },
  });
});

test.each([
  [
    "You must accept this competition's rules before you'll be able to download files.",
    {},
    'rules_not_accepted',
  ],
  [
    'You cannot submit until you accept the competition rules',
    { userHasEntered: false },
    'rules_not_accepted',
  ],
  ['You must accept the rules', { userHasEntered: false, newEntrantDeadline: past }, 'entry_closed'],
  ['You must accept the rules', { deadline: past }, 'deadline_passed'],
  ['Please verify your phone number first.', {}, 'verification_required'],
  ['Identity verification is needed to submit.', {}, 'verification_required'],
  ['You need an invitation to join.', { userHasEntered: false }, 'invitation_only'],
  ['The entry deadline for new entrants has passed.', { userHasEntered: false }, 'entry_closed'],
  ['The deadline of this competition has passed.', {}, 'deadline_passed'],
  ["Permission 'competitions.participate' was denied", { userHasEntered: false }, 'rules_not_accepted'],
  ["Permission 'competitions.participate' was denied", {}, 'access_denied'],
  ['', {}, 'access_denied'],
])('a 403 that says %j of a competition %j is told as %s', async (text, fields, kind) => {
  const { client } = await aKaggle({
    ListSubmissions: refuse(403, text),
    GetCompetition: { ...odd, ...fields },
  });

  await expect(client.listSubmissions('odd-or-even', options)).rejects.toMatchObject({
    kind: 'business',
    code: `kaggle.${kind}`,
    details: { vendorText: text.replace(/\.$/, '') },
  });
});

test('words of a refusal stand also where the competition cannot be looked at now', async () => {
  const { client } = await aKaggle({
    ListSubmissions: refuse(403, 'Please verify your phone number first.'),
    GetCompetition: refuse(500, 'no'),
    ListCompetitions: refuse(500, 'no'),
  });

  await expect(client.listSubmissions('odd-or-even', options)).rejects.toMatchObject({
    code: 'kaggle.verification_required',
    details: { verification: 'phone', link: 'https://www.kaggle.com/settings/phone', hasEntered: null },
  });
});

test('a 403 for a competition that we have entered and that is open is told as one without a known reason', async () => {
  const { client } = await aKaggle({
    ListSubmissions: refuse(403, "Permission 'competitions.participate' was denied"),
    GetCompetition: odd,
  });

  await expect(client.listSubmissions('odd-or-even', options)).rejects.toMatchObject({
    kind: 'business',
    code: 'kaggle.access_denied',
    details: { vendorText: "Permission 'competitions.participate' was denied", hasEntered: true },
  });
});

test('where Kaggle does not tell the allowance, it is counted from the UTC day', async () => {
  const now = () => new Date('2026-03-02T01:00:00Z');
  const submissions = [
    { ref: 4, date: '2026-03-02T00:30:00Z' },
    { ref: 3, date: '2026-03-02T00:20:00Z', status: 'ERROR' },
    { ref: 2, date: '2026-03-02T00:10:00Z', status: 'COMPLETE' },
    { ref: 1, date: '2026-03-01T23:59:59Z', status: 'COMPLETE' },
  ];
  const { server } = await aKaggle({
    GetCompetition: { ...odd, maxDailySubmissions: 5 },
    ListSubmissions: { submissions },
  });
  const client = createKaggleClient(kaggleOptions(server.url, { now }));

  await expect(client.submissionLimits('odd-or-even', options)).resolves.toEqual({
    usedToday: 2,
    remainingToday: 3,
    usedInAll: null,
    isLimitedInAll: false,
    resetsAt: new Date('2026-03-03T00:00:00Z'),
  });
});

test('a submission is found by its key as a whole word, the oldest first, its twins told', async () => {
  const { client } = await aKaggle({
    ListSubmissions: {
      submissions: [
        { ref: 9, description: 'ka-1-submit-10' },
        { ref: 8, description: 'ka-1-submit-1' },
        { ref: 7, description: 'round 2 ka-1-submit-1' },
      ],
    },
  });

  await expect(
    client.findSubmissionByDescription('odd-or-even', 'ka-1-submit-1', options),
  ).resolves.toMatchObject({
    ref: 7,
    duplicateRefs: [8],
  });
  await expect(client.findSubmissionByDescription('odd-or-even', 'ka-1', options)).resolves.toBeNull();
});
