import type { ContentOf } from '../../domain/card.ts';
import { joinWithin, shorten } from '../shorten.ts';
import type { Voice } from '../voice.ts';
import { longestNameInLine, longestSentence } from './limits.ts';
import { standingWords, topOf } from './state-words.ts';

type Content = ContentOf<'notice'>;

/** Plain: `rank 1,204 of 13,880, top 9 %`, or the private score where no place is known. */
export function resultWords({ result }: Content, voice: Voice): string {
  if (result === undefined) return '';
  const standing = [standingWords(voice, result), topOf(voice, result)].filter((part) => part !== '');
  return standing.length > 0
    ? standing.join(voice.comma)
    : voice.plain('cards:notice.private', { score: voice.score(result.score) });
}

/** Markup: what the end of a competition, or the selection before it, means. */
export function endWords(content: Content, voice: Voice): string[] {
  return content.event === 'final_result' ? resultLines(content, voice) : selectionLines(content, voice);
}

function selectionLines({ event, names = [] }: Content, { t, comma }: Voice): string[] {
  const list = joinWithin(
    names.map((name) => shorten(name, longestNameInLine)),
    comma,
    longestSentence,
  );
  if (event === 'selection_confirmed') return [t('cards:notice.selected_text', { names: list })];
  return names.length === 0
    ? [t('cards:notice.missing_any_text')]
    : [t('cards:notice.missing_text', { names: list })];
}

function resultLines({ result }: Content, { t, plain, score }: Voice): string[] {
  if (result === undefined) return [];
  const { medal, awardsMedals } = result;
  return [
    ...(result.score === null || result.rank === null
      ? []
      : [t('cards:notice.private_text', { score: score(result.score) })]),
    medal !== null
      ? t('cards:notice.medal', { medal: plain(`cards:chart.${medal}`) })
      : t(awardsMedals ? 'cards:notice.no_medal' : 'cards:notice.no_medals'),
  ];
}
