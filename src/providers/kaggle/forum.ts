import type { KaggleCalls } from './calls.ts';
import type { ForumCalls, ForumPost } from './forum-contract.ts';
import type { Refusals } from './refusals.ts';
import { messagesSchema, type RawMessage, topicsSchema } from './schemas.ts';

const website = 'https://www.kaggle.com';

/** Source: Kaggle/kagglesdk `ApiListCompetitionTopicsRequest`, `ApiListTopicMessagesRequest`. */
export function createForumCalls(calls: KaggleCalls, refusals: Refusals): ForumCalls {
  return {
    listTopics: (slug, { signal }) =>
      refusals.about(slug, signal, async () => {
        const body = { competitionName: slug, sortBy: 'TOPIC_LIST_SORT_BY_TOP' };
        const method = 'ListCompetitionTopics';
        const { topics } = await calls.rpc({ method, body, response: topicsSchema, signal });
        return topics.map(({ topicUrl, ...topic }) => ({ ...topic, url: wholeUrl(topicUrl) }));
      }),
    topicPosts: async (slug, topicId, { signal, maxItems }) => {
      // A topic that is gone says nothing of its competition.
      const body = { competitionName: slug, topicId, pageSize: maxItems };
      const method = 'ListTopicMessages';
      const { messages } = await calls.rpc({ method, body, response: messagesSchema, signal });
      return messages
        .slice(0, maxItems)
        .flatMap(({ replies, ...message }) => [message, ...replies].flatMap(postOf));
    },
  };
}

function wholeUrl(url: string | null): string | null {
  return url?.startsWith('/') === true ? `${website}${url}` : url;
}

function postOf({ rawMarkdown, content, votes, isDeleted }: RawMessage): ForumPost[] {
  const text = rawMarkdown ?? content;
  return isDeleted || text.trim() === '' ? [] : [{ text, votes }];
}
