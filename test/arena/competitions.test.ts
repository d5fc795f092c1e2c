import { expect, test } from 'vitest';
import { aCompetitionFolder, aFolder, anArena, call, competitionName, type Json, judge } from './support.ts';

const slugsOf = (body: Json): string[] =>
  (body.competitions ?? []).map((one: Json) => one.ref.split('/').at(-1));

async function threeCompetitions(): Promise<string> {
  const parent = await aFolder();
  await aCompetitionFolder({ parent, fields: { slug: 'alpha', title: 'First', category: 'Featured' } });
  await aCompetitionFolder({
    parent,
    fields: { slug: 'beta', title: 'Second', deadline: '2027-01-01T00:00:00Z' },
  });
  await aCompetitionFolder({ parent, fields: { slug: 'gamma', title: 'Third', rulesAccepted: false } });
  return parent;
}

test('a competition is described as the vendor does, defaults left out', async () => {
  const arena = await anArena();

  const { body } = await call(arena, 'GetCompetition', { competitionName });

  expect(body).toMatchObject({
    ref: 'https://www.kaggle.com/competitions/even-numbers',
    title: 'Even Numbers',
    category: 'Getting Started',
    userHasEntered: true,
    maxDailySubmissions: 10,
    evaluationMetric: 'Categorization Accuracy',
  });
  for (const absent of [
    'isKernelsSubmissionsOnly',
    'submissionsDisabled',
    'awardsPoints',
    'userRank',
    'teamCount',
  ]) {
    expect(body).not.toHaveProperty(absent);
  }
});

test('a search for a slug also finds a longer one, and finds it first', async () => {
  const arena = await anArena();

  const { body } = await call(arena, 'ListCompetitions', { search: competitionName });

  expect(slugsOf(body)).toEqual(['even-numbers-in-class-edition', 'even-numbers']);
  expect(body.competitions[0]).not.toHaveProperty('userHasEntered');
});

test('a search forgives a slip of the pen, and an empty list is an empty object', async () => {
  const arena = await anArena();

  const slip = await call(arena, 'ListCompetitions', { search: 'evn-numbers' });
  const none = await call(arena, 'ListCompetitions', { search: 'something else entirely' });

  expect(slugsOf(slip.body)).toEqual(['even-numbers']);
  expect(none.body).toEqual({});
});

test('groups, categories and orders choose what is listed', async () => {
  const arena = await anArena({ folders: [await threeCompetitions()] });
  const list = async (request: object) => slugsOf((await call(arena, 'ListCompetitions', request)).body);

  expect(await list({ group: 'COMPETITION_LIST_TAB_EVERYTHING' })).toEqual(['alpha', 'gamma', 'beta']);
  expect(await list({ group: 'COMPETITION_LIST_TAB_ENTERED' })).toEqual(['alpha', 'beta']);
  expect(await list({ group: 'COMPETITION_LIST_TAB_HOSTED' })).toEqual([]);
  expect(await list({ category: 'HOST_SEGMENT_FEATURED' })).toEqual(['alpha']);
  expect(await list({ sortBy: 'COMPETITION_SORT_BY_EARLIEST_DEADLINE' })).toEqual(['beta', 'alpha', 'gamma']);
  expect((await call(arena, 'ListCompetitions', { group: 'ENTERED' })).status).toBe(400);
});

test('pages follow each other by token or by number', async () => {
  const arena = await anArena({ folders: [await threeCompetitions()] });

  const first = await call(arena, 'ListCompetitions', { pageSize: 2 });
  const second = await call(arena, 'ListCompetitions', { pageSize: 2, pageToken: first.body.nextPageToken });
  const byNumber = await call(arena, 'ListCompetitions', { pageSize: 2, page: 2 });
  const forged = await call(arena, 'ListCompetitions', { pageToken: 'nonsense' });

  expect(slugsOf(first.body)).toHaveLength(2);
  expect(slugsOf(second.body)).toEqual(['beta']);
  expect(second.body).not.toHaveProperty('nextPageToken');
  expect(slugsOf(byNumber.body)).toEqual(['beta']);
  expect(forged.status).toBe(400);
});

test('an unknown slug is a refusal, never "not found"', async () => {
  const arena = await anArena();
  const methods = [
    'GetCompetition',
    'ListCompetitionPages',
    'ListDataFiles',
    'DownloadDataFiles',
    'ListSubmissions',
    'GetLeaderboard',
  ];

  const replies = await Promise.all(
    methods.map((method) => call(arena, method, { competitionName: 'nobody' })),
  );

  for (const reply of replies) {
    expect(reply).toMatchObject({
      status: 403,
      body: {
        error: {
          code: 403,
          message: "Permission 'competitions.get' was denied",
          status: 'PERMISSION_DENIED',
        },
      },
    });
  }
});

test('the pages name the metric in words and show the form of a submission', async () => {
  const arena = await anArena();

  const { body } = await call(arena, 'ListCompetitionPages', { competitionName });
  const one = await call(arena, 'ListCompetitionPages', { competitionName, pageName: 'rules' });

  const pages = Object.fromEntries(body.pages.map((page: Json) => [page.name, page.content]));
  expect(Object.keys(pages)).toEqual(['description', 'evaluation', 'rules', 'data-description']);
  expect(pages.evaluation).toContain('Categorization Accuracy');
  expect(pages.evaluation).toContain('Higher is better');
  expect(pages.evaluation).toContain('id,y\n11,…');
  expect(pages.rules).toContain('at most 10 entries per day');
  expect(pages['data-description']).toContain('**train.csv**');
  expect(one.body.pages).toHaveLength(1);
});

test('timestamps come with 0, 2, 3 and 7 fraction digits', async () => {
  const parent = await aFolder();
  for (const second of [0, 1, 2, 3]) {
    const fields = { slug: `s${second}`, deadline: `2027-01-01T00:00:0${second}.120Z` };
    await aCompetitionFolder({ parent, fields });
  }
  const arena = await anArena({ folders: [parent] });

  const { body } = await call(arena, 'ListCompetitions', { sortBy: 'COMPETITION_SORT_BY_EARLIEST_DEADLINE' });

  const fractions = body.competitions.map(({ deadline }: Json) => deadline.slice(19));
  expect(fractions.sort()).toEqual(['.12Z', '.120Z', '.1200000Z', 'Z'].sort());
});

test('without accepted rules a competition shows, and its data and submissions do not', async () => {
  const arena = await anArena({ folders: [await aCompetitionFolder({ fields: { rulesAccepted: false } })] });

  const competition = await call(arena, 'GetCompetition', { competitionName });
  const files = await call(arena, 'ListDataFiles', { competitionName });
  const download = await call(arena, 'DownloadDataFiles', { competitionName });
  const start = await call(arena, 'StartSubmissionUpload', {
    competitionName,
    fileName: 'a.csv',
    contentLength: 1,
  });
  const submissions = await call(arena, 'ListSubmissions', { competitionName });
  const limits = await call(arena, 'GetSubmissionLimits', { competitionName });

  expect(competition.body).not.toHaveProperty('userHasEntered');
  expect(files.status).toBe(200);
  expect(download).toMatchObject({
    status: 403,
    body: { error: { message: expect.stringContaining("accept this competition's rules") } },
  });
  for (const reply of [start, submissions, limits]) {
    expect(reply).toMatchObject({
      status: 403,
      body: { error: { message: "Permission 'competitions.participate' was denied" } },
    });
  }
});

test('a person who accepts the rules lets the account in', async () => {
  const arena = await anArena({ folders: [await aCompetitionFolder({ fields: { rulesAccepted: false } })] });

  await judge(arena, 'rules');

  expect((await call(arena, 'GetCompetition', { competitionName })).body.userHasEntered).toBe(true);
  expect((await call(arena, 'DownloadDataFiles', { competitionName })).status).toBe(302);
});

test('GetCompetition can be missing, as on some servers', async () => {
  const arena = await anArena({ behaviour: { hasGetCompetition: false } });

  expect((await call(arena, 'GetCompetition', { competitionName })).status).toBe(403);
});
