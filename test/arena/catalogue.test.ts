import { expect, test } from 'vitest';
import { aCompetitionFolder, anArena, call, type Json, type TestArena } from './support.ts';

async function allPages(arena: TestArena, request: Record<string, unknown>): Promise<Json[][]> {
  const pages: Json[][] = [];
  let pageToken = '';
  do {
    const { body } = await call(arena, 'ListCompetitions', { ...request, pageToken });
    pages.push(body.competitions ?? []);
    pageToken = body.nextPageToken ?? '';
  } while (pageToken !== '');
  return pages;
}

test('five hundred made-up competitions are listed on 25 pages, by token as by number', async () => {
  const arena = await anArena({ folders: [], catalogue: 500 });
  const group = 'COMPETITION_LIST_TAB_EVERYTHING';

  const pages = await allPages(arena, { group });
  expect(pages.map((page) => page.length)).toEqual(Array.from({ length: 25 }, () => 20));
  const refs = pages.flat().map(({ ref }) => ref);
  expect(new Set(refs).size).toBe(500);
  const { body } = await call(arena, 'ListCompetitions', { group, page: 25 });
  expect(body.competitions.map(({ ref }: Json) => ref)).toEqual(refs.slice(-20));
  expect(body.nextPageToken).toBeUndefined();
});

test('the catalogue is the same every time, and stands beside real competitions', async () => {
  const [first, second] = [await anArena({ catalogue: 30 }), await anArena({ catalogue: 30 })];
  const everything = { group: 'COMPETITION_LIST_TAB_EVERYTHING', pageSize: 100 };

  const [one] = await allPages(first, everything);
  expect(one).toHaveLength(31);
  expect((await allPages(second, everything))[0]).toEqual(one);
});

test('groups and orders sort a catalogue', async () => {
  const arena = await anArena({ folders: [], catalogue: 60 });
  const list = async (request: Record<string, unknown>): Promise<Json[]> =>
    (await allPages(arena, { pageSize: 100, group: 'COMPETITION_LIST_TAB_EVERYTHING', ...request })).flat();
  const descending = (values: number[]) => [...values].sort((a, b) => b - a);

  const teams = (await list({ sortBy: 'COMPETITION_SORT_BY_NUMBER_OF_TEAMS' })).map(
    (one) => one.teamCount ?? 0,
  );
  expect(teams).toEqual(descending(teams));
  const prizes = (await list({ sortBy: 'COMPETITION_SORT_BY_PRIZE' })).map((one) =>
    Number(one.reward.replace(/\D/g, '')),
  );
  expect(prizes).toEqual(descending(prizes));
  const community = await list({ group: 'COMPETITION_LIST_TAB_COMMUNITY' });
  const general = await list({ group: 'COMPETITION_LIST_TAB_GENERAL' });
  expect(community.every((one) => one.category === 'Community')).toBe(true);
  expect(community.length + general.length).toBe(60);
  const entered = await list({ group: 'COMPETITION_LIST_TAB_ENTERED' });
  expect(entered.length).toBeGreaterThan(0);
  expect(entered.every((one) => one.userHasEntered)).toBe(true);
  const featured = await list({ category: 'HOST_SEGMENT_FEATURED' });
  expect(featured.every((one) => one.category === 'Featured')).toBe(true);
});

test('a page never holds more than the server lets it', async () => {
  const arena = await anArena({ folders: [], catalogue: 60, behaviour: { maxCompetitionsPerPage: 20 } });
  const pages = await allPages(arena, { pageSize: 200, group: 'COMPETITION_LIST_TAB_EVERYTHING' });

  expect(pages.map((page) => page.length)).toEqual([20, 20, 20]);
});

test('the forum lists topics, sticky ones first, and their messages', async () => {
  const message = (author: string, at: string) => ({ author, content: `I am ${author} <b>`, votes: 3, at });
  const topics = [
    { title: 'A question', messages: [message('bob', '2026-11-02T00:00:00Z')] },
    {
      title: 'Welcome',
      isSticky: true,
      messages: [message('host', '2026-11-01T00:00:00Z'), message('eve', '2026-11-01T01:00:00Z')],
    },
  ];
  const arena = await anArena({
    folders: [await aCompetitionFolder({ files: { 'topics.json': JSON.stringify(topics) } })],
  });
  const competitionName = 'even-numbers';

  const { body } = await call(arena, 'ListCompetitionTopics', {
    competitionName,
    sortBy: 'TOPIC_LIST_SORT_BY_NEW',
  });
  expect(body.topics.map(({ title }: Json) => title)).toEqual(['Welcome', 'A question']);
  expect(body).toMatchObject({ totalCount: 2, topics: [{ commentCount: 1, isSticky: true }, {}] });
  const [{ id: topicId }] = body.topics;
  const messages = (await call(arena, 'ListTopicMessages', { competitionName, topicId, pageSize: -1 })).body
    .messages;
  expect(messages).toHaveLength(2);
  expect(messages[1]).toMatchObject({ rawMarkdown: 'I am eve <b>', content: '<p>I am eve &lt;b&gt;</p>' });
});

test('data files show as a tree', async () => {
  const files = { 'public/images/a/1.png': 'x', 'public/images/2.png': 'yy' };
  const arena = await anArena({ folders: [await aCompetitionFolder({ files })] });
  const competitionName = 'even-numbers';

  const root = (await call(arena, 'ListDataTreeFiles', { competitionName })).body;
  expect(root.directories).toEqual([
    expect.objectContaining({ name: 'images', totalDirectories: 1, totalFiles: 1, totalChildren: 2 }),
  ]);
  expect(root.files.map(({ name }: Json) => name)).toEqual([
    'sample_submission.csv',
    'test.csv',
    'train.csv',
  ]);
  const inside = (await call(arena, 'ListDataTreeFiles', { competitionName, path: 'images' })).body;
  expect(inside).toMatchObject({ files: [{ name: '2.png', totalBytes: 2 }], directories: [{ name: 'a' }] });
});
