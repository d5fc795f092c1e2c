import type { Assignment } from '../domain/parameters.ts';
import { type Read, slugOf, takePublic, wrong } from './command-arguments.ts';

const longestWord = 80;
const longestValue = 200;

/** `compare titanic public` */
export function readCompareArguments(all: readonly string[]): Read {
  const { words, isPublic } = takePublic(all);
  const [typed, second] = words;
  if (typed === undefined) return { verb: 'compare', slug: null, isPublic };
  const slug = slugOf(typed);
  if (slug === null) return wrong({ is: 'no_slug', typed });
  if (second !== undefined) return wrong({ is: 'two_slugs', first: typed, second });
  return { verb: 'compare', slug, isPublic };
}

/** `params titanic boosting-plain learning_rate=0.03`; a platform's options come as `values=…` with blanks between. */
export function readParamsArguments(all: readonly string[]): Read {
  const words = all.map((word) => word.replace(/^values=(?=[^=]+=)/i, ''));
  const bare = words.filter((word) => !word.includes('='));
  const [typed, approach, third] = bare;
  if (third !== undefined)
    return wrong({ is: 'unknown_option', name: third.slice(0, longestWord), verb: 'params' });
  const slug = typed === undefined ? null : slugOf(typed);
  if (typed !== undefined && slug === null) return wrong({ is: 'no_slug', typed });
  const values: Assignment[] = [];
  for (const word of words.filter((one) => one.includes('='))) {
    const [name = '', ...rest] = word.split('=');
    const value = rest.join('=');
    if (name === '') return wrong({ is: 'unknown_option', name: word.slice(0, longestWord), verb: 'params' });
    if (value === '') return wrong({ is: 'missing', name: name.slice(0, longestWord) });
    values.push({ name: name.slice(0, longestWord), value: value.slice(0, longestValue) });
  }
  return { verb: 'params', slug, approach: approach?.slice(0, longestWord) ?? null, values };
}
