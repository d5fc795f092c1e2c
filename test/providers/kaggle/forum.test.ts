import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createKaggleClient } from '../../../src/providers/kaggle/client.ts';
import { kaggleOptions } from '../../support/arena-kit.ts';
import { aCompetitionFolder, aPracticeArena } from '../../support/kaggle.ts';
import { sendJson, startTinyServer } from '../../support/tiny-server.ts';

const signal = new AbortController().signal;
const slug = 'odd-or-even';

test('the forum of a competition is read topic by topic', async () => {
  const message = (content: string, votes = 0) => ({
    author: 'bob',
    content,
    votes,
    at: '2026-11-02T00:00:00Z',
  });
  const folder = await aCompetitionFolder();
  const topics = [
    { title: 'A leak?', messages: [message('x tells y.', 12), message('It does not.'), message('It does.')] },
    { title: 'Welcome', isSticky: true, messages: [message('Be kind.')] },
  ];
  await writeFile(join(folder, 'topics.json'), JSON.stringify(topics));
  const arena = await aPracticeArena({ folders: [folder] });
  const client = createKaggleClient(kaggleOptions(arena.apiUrl));

  const found = await client.listTopics(slug, { signal });

  expect(found.map(({ title, votes, commentCount }) => [title, votes, commentCount])).toEqual([
    ['Welcome', 0, 0],
    ['A leak?', 12, 2],
  ]);
  const { id = 0, url } = found[1] ?? {};
  expect(url).toBe(`https://www.kaggle.com/competitions/${slug}/discussion/${id}`);
  expect(await client.topicPosts(slug, id, { signal, maxItems: 2 })).toEqual([
    { text: 'x tells y.', votes: 12 },
    { text: 'It does not.', votes: 0 },
  ]);
  await expect(client.topicPosts(slug, 1, { signal, maxItems: 2 })).rejects.toMatchObject({
    code: 'kaggle.not_found',
  });
});

test('answers follow their post, what was deleted is left out, and addresses become whole', async () => {
  const server = await startTinyServer((request, response) => {
    const isList = request.path.endsWith('/ListCompetitionTopics');
    const topics = [{ id: '7', title: 'Seven', topicUrl: '/c/x/discussion/7' }];
    const messages = [
      {
        content: '<p>First</p>',
        votes: 3,
        replies: [{ rawMarkdown: 'An answer' }, { content: 'x', isDeleted: true }],
      },
      { content: '', rawMarkdown: '' },
    ];
    sendJson(response, 200, isList ? { topics } : { messages });
  });
  const client = createKaggleClient(kaggleOptions(server.url));

  expect(await client.listTopics(slug, { signal })).toEqual([
    { id: 7, title: 'Seven', url: 'https://www.kaggle.com/c/x/discussion/7', votes: 0, commentCount: 0 },
  ]);
  expect(await client.topicPosts(slug, 7, { signal, maxItems: 5 })).toEqual([
    { text: '<p>First</p>', votes: 3 },
    { text: 'An answer', votes: 0 },
  ]);
});
