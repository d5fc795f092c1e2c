import { type Read, slugOf, takePublic, wrong } from './command-arguments.ts';

/** `tree titanic public` */
export function readTreeArguments(all: readonly string[]): Read {
  const { words, isPublic } = takePublic(all);
  const [typed, second] = words;
  if (typed === undefined) return { verb: 'tree', slug: null, isPublic };
  const slug = slugOf(typed);
  if (slug === null) return wrong({ is: 'no_slug', typed });
  if (second !== undefined) return wrong({ is: 'two_slugs', first: typed, second });
  return { verb: 'tree', slug, isPublic };
}

const longestNode = 60;

/** `node titanic 3`, `node titanic boosting-counts`; in its thread `node 3`. */
export function readNodeArguments(all: readonly string[]): Read {
  const { words, isPublic } = takePublic(all);
  const [first, second, third] = words;
  if (first === undefined) return { verb: 'node', slug: null, which: null, isPublic };
  if (second === undefined) {
    // an address names a competition, whatever else a single word may name
    const slug = /kaggle\.com\//i.test(first) ? slugOf(first) : null;
    if (slug !== null) return { verb: 'node', slug, which: null, isPublic };
    return { verb: 'node', slug: null, which: first.slice(0, longestNode), isPublic };
  }
  const slug = slugOf(first);
  if (slug === null) return wrong({ is: 'no_slug', typed: first });
  if (third !== undefined) return wrong({ is: 'two_slugs', first: second, second: third });
  return { verb: 'node', slug, which: second.slice(0, longestNode), isPublic };
}

/** `research titanic 2`; in its thread `research 2`. */
export function readResearchArguments(all: readonly string[]): Read {
  const { words, isPublic } = takePublic(all);
  const last = words.at(-1) ?? '';
  const page = /^\d{1,4}$/.test(last) ? Math.max(1, Number(last)) : null;
  const [typed, second] = page === null ? words : words.slice(0, -1);
  const paged = page === null ? {} : { page };
  if (typed === undefined) return { verb: 'research', slug: null, isPublic, ...paged };
  const slug = slugOf(typed);
  if (slug === null) return wrong({ is: 'no_slug', typed });
  if (second !== undefined) return wrong({ is: 'two_slugs', first: typed, second });
  return { verb: 'research', slug, isPublic, ...paged };
}
