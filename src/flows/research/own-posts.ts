import type { Context } from '../../context.ts';
import { asFailure } from '../../domain/errors.ts';
import { cleanLine, cleanText, cleanUrl, soundsLikeOrder, visibleText } from '../../domain/outside-text.ts';
import type { OwnPage } from './own-pages.ts';

/** One call each. */
const mostTopics = 8;
/** Of one topic, without the answers to each. */
const mostPosts = 10;
const longestPost = 3_000;
const longestTopic = 10_000;
const longestName = 150;

/**
 * What people write about a competition in its forum, the topics with the most votes first, and nobody's name. What was
 * read before the vendor gave no more, and none where it has no forum for us: posts help, and are no need.
 */
export async function readOwnPosts(
  ctx: Pick<Context, 'kaggle' | 'signal' | 'log'>,
  slug: string,
): Promise<OwnPage[]> {
  const { kaggle, signal } = ctx;
  const found: OwnPage[] = [];
  try {
    const topics = await kaggle.listTopics(slug, { signal });
    for (const { id, title, url } of topics.toSorted((a, b) => b.votes - a.votes).slice(0, mostTopics)) {
      const text = textOf(await kaggle.topicPosts(slug, id, { signal, maxItems: mostPosts }));
      if (text !== '') found.push({ title: `Forum: ${nameOf(title)}`, url: cleanUrl(url ?? ''), text });
    }
  } catch (error) {
    signal.throwIfAborted();
    ctx.log.info({ competition: slug, err: asFailure(error) }, 'the forum of the competition was not read');
  }
  return found;
}

/** People and later prompts are shown it as the name of a source. */
function nameOf(title: string): string {
  const name = cleanLine(title, longestName);
  return name === '' || soundsLikeOrder(name) ? 'a topic' : name;
}

/** The posts in their order, each with the votes that it got. */
function textOf(posts: Awaited<ReturnType<Context['kaggle']['topicPosts']>>): string {
  const pieces = posts.flatMap(({ text, votes }) => {
    const seen = visibleText(text, longestPost);
    return seen === '' ? [] : [`(${votes} votes) ${seen}`];
  });
  return cleanText(pieces.join('\n\n'), longestTopic);
}
