import type { Card } from '../../../src/bot/card.ts';
import type { CardOptions } from '../../../src/bot/cards/card-options.ts';
import { renderCard } from '../../../src/bot/cards/render-card.ts';
import type { Texts } from '../../../src/bot/i18n.ts';
import type { Ink } from '../../../src/bot/ink.ts';
import { createPlainInk } from '../../../src/bot/inks/plain.ts';
import { createVoice } from '../../../src/bot/voice.ts';
import type { CardContent } from '../../../src/domain/card.ts';
import type { Locale, Preferences } from '../../../src/domain/preferences.ts';
import { now } from './samples.ts';

export const preferences: Preferences = {
  language: 'en',
  timeZone: 'Asia/Tokyo',
  quietHours: null,
  digestAt: '09:00',
  bars: true,
  broadcast: ['started', 'decision', 'new_best', 'finished'],
};

type Place = Partial<Omit<CardOptions, 'voice'>> & { locale?: Locale; ink?: Ink; texts?: Texts };

/** A card as it is rendered in a place; takes only what the test is about. */
export function render(content: CardContent, place: Place = {}): Card {
  const { locale = 'en', ink = createPlainInk(), texts, ...options } = place;
  const given = texts === undefined ? {} : { texts };
  return renderCard(content, {
    voice: createVoice({ locale, ink, timeZone: 'Asia/Tokyo', now, ...given }),
    installation: 'abcd1234',
    preferences,
    platform: 'slack',
    ...options,
  });
}

/** Everything of a card that is markup, which platforms obey. */
export function markupOf(card: Card): string[] {
  return [
    ...card.body,
    ...card.facts.map(({ value }) => value),
    ...card.items.map(({ markup }) => markup),
    ...(card.footer === null ? [] : [card.footer]),
  ];
}

/** Everything of a card that is plain text, which platforms escape. */
export function plainOf(card: Card): string[] {
  const actions = [...card.actions, ...card.items.flatMap(({ action }) => (action === null ? [] : [action]))];
  return [
    card.title,
    card.summary,
    ...card.facts.map(({ label }) => label),
    ...card.bars.flatMap(({ label, text }) => [label, text]),
    ...(card.table === null ? [] : [card.table.caption, ...card.table.header, ...card.table.rows.flat()]),
    ...card.images.map(({ alt }) => alt),
    ...actions.flatMap((action) => {
      if (action.kind === 'menu') return [action.placeholder, ...action.options.map(({ label }) => label)];
      if (action.kind === 'link') return [action.label];
      return [action.label, action.hint ?? '', ...Object.values(action.confirm ?? {})];
    }),
  ];
}
