import { z } from 'zod';
import { notFound } from '../api-error.ts';
import type { Competition, Topic } from '../competition-schema.ts';
import type { ArenaContext } from '../context.ts';
import { requireCompetition } from '../standing.ts';
import { type WireObject, wireTime } from '../wire.ts';
import { type Answer, competitionRequest, json, readRequest } from './method.ts';
import { pageOf, pagingFields } from './paging.ts';

const sortings = ['HOT', 'TOP', 'NEW', 'RECENT', 'ACTIVE', 'RELEVANCE'] as const;

const topicsRequest = competitionRequest.extend({
  sortBy: z.templateLiteral(['TOPIC_LIST_SORT_BY_', z.enum(sortings)]).nullish(),
  ...pagingFields,
});

type Numbered = Topic & { id: number };

/** Ids of topics and messages; those of the vendor look like these. */
const firstTopicId = 500_001;
const messagesPerTopic = 1000;

/** The forum of a competition: sticky topics first, then as asked. */
export function listCompetitionTopics(ctx: ArenaContext, body: unknown): Answer {
  const request = readRequest(topicsRequest, body);
  const { competition } = requireCompetition(ctx, request.competitionName);
  const sortBy = request.sortBy ?? '';
  const worth = (topic: Numbered): number => {
    if (sortBy.endsWith('_TOP')) return topic.messages[0]?.votes ?? 0;
    if (sortBy.endsWith('_NEW')) return topic.messages[0]?.at.getTime() ?? 0;
    return topic.messages.at(-1)?.at.getTime() ?? 0;
  };
  const topics = numbered(competition).sort(
    (a, b) => Number(b.isSticky) - Number(a.isSticky) || worth(b) - worth(a),
  );
  const { page, nextPageToken } = pageOf(topics, request);
  return json({
    topics: page.map((topic) => show(topic, competition)),
    totalCount: topics.length,
    nextPageToken,
  });
}

const messagesRequest = competitionRequest.extend({
  topicId: z.number().int().default(0),
  /** -1: all of them. */
  pageSize: z.number().int().nullish(),
  sortBy: z.string().nullish(),
});

export function listTopicMessages(ctx: ArenaContext, body: unknown): Answer {
  const { competitionName, topicId, pageSize } = readRequest(messagesRequest, body);
  const { competition } = requireCompetition(ctx, competitionName);
  const topic = numbered(competition).find(({ id }) => id === topicId);
  if (topic === undefined) throw notFound();
  const size = pageSize ?? 0;
  const messages = size > 0 ? topic.messages.slice(0, size) : topic.messages;
  return json({
    messages: messages.map(
      (message, index): WireObject => ({
        id: topic.id * messagesPerTopic + index,
        postDate: wireTime(message.at),
        content: `<p>${escapeHtml(message.content)}</p>`,
        rawMarkdown: message.content,
        authorName: message.author,
        votes: message.votes,
        isDeleted: false,
        isPinned: false,
        replies: [],
      }),
    ),
  });
}

function numbered({ topics }: Competition): Numbered[] {
  return topics.map((topic, index) => ({ ...topic, id: firstTopicId + index }));
}

function show(topic: Numbered, { slug }: Competition): WireObject {
  const [first] = topic.messages;
  const last = topic.messages.at(-1);
  return {
    id: topic.id,
    title: topic.title,
    topicUrl: `https://www.kaggle.com/competitions/${slug}/discussion/${topic.id}`,
    authorName: first?.author,
    commentCount: topic.messages.length - 1,
    votes: first?.votes,
    postDate: first === undefined ? '' : wireTime(first.at),
    lastCommentPostDate: last === undefined ? '' : wireTime(last.at),
    isSticky: topic.isSticky,
  };
}

function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
