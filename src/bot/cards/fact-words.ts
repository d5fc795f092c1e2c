import { shorten } from '../shorten.ts';
import type { Voice } from '../voice.ts';
import { longestNameInLine, longestSentence } from './limits.ts';
import { usualWords } from './own-words.ts';

/** Plain: what a decision's number is called, in the voice's language where it is one of the usual ones. */
export function factLabel(voice: Pick<Voice, 'plain'>, label: string): string {
  return usualWords(voice, label) ?? shorten(label, longestNameInLine);
}

/** Plain: `1 of 2` is English for `1 / 2`. */
export function factValue({ plain, locale }: Pick<Voice, 'plain' | 'locale'>, value: string): string {
  const [, done, limit] = /^(\$?[\d.,]+) of (\$?[\d.,]+)$/.exec(value) ?? [];
  return locale === 'en' || done === undefined || limit === undefined
    ? shorten(value, longestSentence)
    : plain('cards:status.submissions_value', { done, limit });
}
