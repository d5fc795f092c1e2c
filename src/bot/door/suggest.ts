import type { KnownCompetition } from '../../domain/command-results.ts';
import { isFinal } from '../../domain/competition-machine.ts';
import { byDeadline } from '../by-deadline.ts';
import { slugOf } from '../command-arguments.ts';
import type { Suggestion } from '../door.ts';
import { cutMiddle, shorten } from '../shorten.ts';
import type { Voice } from '../voice.ts';

const mostSuggestions = 25;
/** Slack takes no more. */
const longestLabel = 75;
const katakana = /[\u30a1-\u30f6]/g;
const kanaDistance = 0x60;

/**
 * Competitions for what was typed so far: exact beginnings among those that run, then the others that run, then
 * those that were entered before, then open ones by deadline. What nobody knows is offered to be looked up.
 */
export function suggestCompetitions(
  voice: Voice,
  known: readonly KnownCompetition[],
  typed: string,
): Suggestion[] {
  const wanted = fold(typed);
  const hits = known
    .filter(({ slug, title }) => wanted === '' || fold(slug).includes(wanted) || fold(title).includes(wanted))
    .filter((one) => one.isRequested || one.deadline === null || one.deadline > voice.now)
    .map((one) => ({ one, rank: rankOf(one, wanted) }))
    .sort((a, b) => a.rank - b.rank || byDeadline(a.one, b.one))
    .slice(0, mostSuggestions)
    .map(({ one }) => ({ label: labelOf(voice, one), value: one.slug }));
  const unknown = hits.length === 0 ? slugOf(typed.normalize('NFKC').trim()) : null;
  return unknown === null
    ? hits
    : [
        {
          label: shorten(voice.plain('answers:suggest.search', { slug: unknown }), longestLabel),
          value: unknown,
        },
      ];
}

function rankOf({ slug, state, isRequested }: KnownCompetition, wanted: string): number {
  const isRunning = isRequested && !isFinal(state);
  if (isRunning) return wanted !== '' && slug.startsWith(wanted) ? 0 : 1;
  return isRequested ? 2 : 3;
}

/** `titanic · ends Sat 12 Dec`; a long slug is cut in its middle. */
function labelOf(voice: Voice, { slug, deadline }: KnownCompetition): string {
  const end =
    deadline === null ? '' : ` · ${voice.plain('answers:suggest.ends', { at: voice.day(deadline) })}`;
  return `${cutMiddle(slug, longestLabel - end.length)}${end}`;
}

/** Compatibility forms, letter case and the two kana scripts do not matter. */
function fold(text: string): string {
  return text
    .normalize('NFKC')
    .toLowerCase()
    .replace(katakana, (char) => String.fromCharCode(char.charCodeAt(0) - kanaDistance))
    .trim();
}
