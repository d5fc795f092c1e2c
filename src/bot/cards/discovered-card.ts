import type { ContentOf } from '../../domain/card.ts';
import { aCard, type Card, type CardItem } from '../card.ts';
import { joinWithin, shorten } from '../shorten.ts';
import type { Voice } from '../voice.ts';
import { button, slugButton } from './buttons.ts';
import type { CardOptions } from './card-options.ts';
import { longestLine } from './limits.ts';

type Content = ContentOf<'discovered'>;
type Found = Content['competitions'][number];

/** More rows with a button each do not fit into one message of every platform. */
const mostItems = 8;

/** Competitions that were seen for the first time, the most promising first. */
export function discoveredCard({ competitions, count: all }: Content, options: CardOptions): Card {
  const { voice } = options;
  const { plain, t } = voice;
  const sorted = [...competitions].sort((a, b) => (b.feasibility ?? -1) - (a.feasibility ?? -1));
  const count = all ?? competitions.length;
  const hidden = count - mostItems;
  const names = sorted.map(({ slug }) => slug);
  return aCard({
    title: shorten(`🔎 ${plain('cards:discovered.title', { count })}`, longestLine),
    summary: joinWithin(
      [plain('cards:discovered.summary', { count }), joinWithin(names, voice.comma, longestLine)],
      ': ',
      longestLine,
    ),
    tone: 'idle',
    items: sorted.slice(0, mostItems).map((one) => itemOf(one, options)),
    actions: button(options, 'discover', ['new', '1'], { label: plain('cards:discovered.all') }),
    footer: hidden > 0 ? t('common:more', { count: hidden }) : null,
  });
}

function itemOf(found: Found, options: CardOptions): CardItem {
  const { ink } = options.voice;
  const words = [ink.bold(ink.text(shorten(found.title, longestLine))), ...detailsOf(found, options.voice)];
  return { markup: words.join(' · '), action: slugButton(options, 'start', found.slug)[0] ?? null };
}

/** Markup. */
function detailsOf({ slug, deadline, feasibility }: Found, voice: Voice): string[] {
  return [
    voice.ink.code(slug),
    ...(deadline === null ? [] : [voice.t('cards:discovered.ends', { time: voice.day(deadline) })]),
    ...(feasibility === null
      ? []
      : [voice.t('cards:discovered.feasibility', { score: Math.round(feasibility) })]),
  ];
}
