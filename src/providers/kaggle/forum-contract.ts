/** As of every call of the client. */
type CallOptions = { signal: AbortSignal };

/** A topic of a competition's forum, as its list shows it. */
export type ForumTopic = {
  id: number;
  title: string;
  /** Null where Kaggle names none. */
  url: string | null;
  votes: number;
  commentCount: number;
};

/** A post of a topic or an answer to one; Markdown or HTML, by whoever. */
export type ForumPost = { text: string; votes: number };

/** The forum of a competition, read alone. They fail as the other calls do. */
export type ForumCalls = {
  /** The first page of the list: pinned topics, then those with the most votes. */
  listTopics(slug: string, options: CallOptions): Promise<ForumTopic[]>;
  /**
   * What stands in a topic, the post that opens it first, each post followed by the answers to it.
   * @param options maxItems: of the posts, without their answers
   */
  topicPosts(
    slug: string,
    topicId: number,
    options: CallOptions & { maxItems: number },
  ): Promise<ForumPost[]>;
};
