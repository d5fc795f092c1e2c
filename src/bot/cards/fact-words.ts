import { shorten } from '../shorten.ts';
import type { Voice } from '../voice.ts';
import { longestNameInLine, longestSentence } from './limits.ts';
import { usualWords } from './own-words.ts';

type Words = Pick<Voice, 'plain' | 'locale'>;

/** Plain: what a decision's number is called, in the voice's language where it is one of the usual ones. */
export function factLabel(voice: Pick<Voice, 'plain'>, label: string): string {
  const [, number, round, approach] = /^(\d) · round (\d+) · (.+)$/.exec(label) ?? [];
  if (number !== undefined && round !== undefined && approach !== undefined) {
    return voice.plain('cards:fact.submission', { number, round, approach });
  }
  return usualWords(voice, label) ?? shorten(label, longestNameInLine);
}

/** Plain: a moment in the readers' zone; `1 of 2` is English for `1 / 2`. */
export function factValue(voice: Words & Pick<Voice, 'deadline'>, value: string): string {
  const [, day, time] = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d) UTC$/.exec(value) ?? [];
  if (day !== undefined && time !== undefined) return voice.deadline(new Date(`${day}T${time}:00Z`));
  if (voice.locale === 'en') return shorten(value, longestSentence);
  const [, done, limit] = /^(\$?[\d.,]+) of (\$?[\d.,]+)$/.exec(value) ?? [];
  if (done !== undefined && limit !== undefined) {
    return voice.plain('cards:status.submissions_value', { done, limit });
  }
  return usualWords(voice, value) ?? shorten(scoresIn(voice, value), longestSentence);
}

/** `CV 0.80 · confirmed 0.79 · public 0.78` */
function scoresIn({ plain }: Words, value: string): string {
  return value
    .split(' · ')
    .map((part) => {
      const [, what, score] = /^(CV|confirmed|public) (-?[\d.,]+)$/.exec(part) ?? [];
      if (score === undefined)
        return part === 'no public score' ? plain('cards:fact.submission_unscored') : part;
      if (what === 'CV') return plain('cards:fact.submission_cv', { score });
      return plain(what === 'public' ? 'cards:fact.submission_public' : 'cards:fact.submission_confirmed', {
        score,
      });
    })
    .join(' · ');
}
