import { expect, test } from 'vitest';
import { decodeAction } from '../../../src/bot/action.ts';
import type { Card, CardAction } from '../../../src/bot/card.ts';
import { catalogues, type Texts } from '../../../src/bot/i18n.ts';
import { markupOf, plainOf, preferences, render } from './rendering.ts';
import { aContent, everyContent } from './samples.ts';

const locales = ['en', 'ja'] as const;
const platforms = ['slack', 'discord', 'console'] as const;
const cards = locales.flatMap((locale) =>
  platforms.flatMap((platform) =>
    everyContent().map(
      ([name, content]) =>
        [`${name}, ${locale}, ${platform}`, render(content, { locale, platform })] as const,
    ),
  ),
);

function actionsOf(card: Card): CardAction[] {
  return [...card.actions, ...card.items.flatMap(({ action }) => (action === null ? [] : [action]))];
}

function encodedOf(action: CardAction): string[] {
  if (action.kind === 'link') return [];
  return action.kind === 'button' ? [action.action] : action.options.map((option) => option.action);
}

/** As the strictest of the platforms has it. */
function expectWithinLimits(name: string, card: Card): void {
  expect(card.title.length, name).toBeLessThanOrEqual(150);
  expect(card.summary.length, name).toBeLessThanOrEqual(150);
  expect(card.facts.length, name).toBeLessThanOrEqual(10);
  expect(card.items.length, name).toBeLessThanOrEqual(10);
  expect(card.actions.length, name).toBeLessThanOrEqual(7);
  for (const paragraph of [...markupOf(card)]) expect(paragraph.length, name).toBeLessThanOrEqual(3000);
  for (const { alt } of card.images) expect(alt.length, name).toBeLessThanOrEqual(1000);
  for (const action of actionsOf(card)) {
    if (action.kind === 'menu') {
      expect(action.options.length, name).toBeLessThanOrEqual(25);
      for (const { label } of action.options) expect(label.length, name).toBeLessThanOrEqual(75);
    }
    if (action.kind !== 'button') continue;
    expect(action.label.length, name).toBeLessThanOrEqual(75);
    expect(action.hint?.length ?? 0, name).toBeLessThanOrEqual(75);
    expect(action.confirm?.title.length ?? 0, name).toBeLessThanOrEqual(100);
    expect(action.confirm?.text.length ?? 0, name).toBeLessThanOrEqual(300);
    expect(action.confirm?.yes.length ?? 0, name).toBeLessThanOrEqual(30);
    expect(action.confirm?.no.length ?? 0, name).toBeLessThanOrEqual(30);
  }
}

test('every card is within the limits of every platform, in both languages', () => {
  for (const [name, card] of cards) expectWithinLimits(name, card);
});

test('every card says everything in its title and in one line that a lock screen can show', () => {
  for (const [name, card] of cards) {
    expect(card.title, name).not.toBe('');
    expect(card.summary, name).toMatch(/^[\p{L}\p{N}]/u);
    expect(card.summary, name).not.toContain('\n');
  }
});

test('no card shows the name of a text, a placeholder or nothing where something should be', () => {
  for (const [name, card] of cards) {
    for (const text of [...markupOf(card), ...plainOf(card)]) {
      expect(text, name).not.toMatch(/\b(cards|common|answers):[a-z]|\{\{|\}\}|undefined|null|NaN|\[object/);
    }
    for (const paragraph of markupOf(card)) expect(paragraph.trim(), name).not.toBe('');
  }
});

test('every button means something that can be read back, of this installation, and none means two things', () => {
  for (const [name, card] of cards) {
    const encoded = actionsOf(card).flatMap(encodedOf);

    expect(new Set(encoded).size, name).toBe(encoded.length);
    for (const action of encoded) {
      expect(decodeAction(action), name).toMatchObject({ installation: 'abcd1234' });
    }
  }
});

test('every bar says its number, and every picture what it shows', () => {
  for (const [name, card] of cards) {
    for (const { share, text } of card.bars) if (share !== null) expect(text, name).toMatch(/\d/);
    for (const { alt } of card.images) expect(alt, name).toMatch(/titanic.*\d/);
  }
});

test('a title keeps its meaning without symbols', () => {
  for (const [name, card] of cards) {
    const words = card.title.replace(/\p{Extended_Pictographic}|[\u2190-\u21ff]|\u{fe0f}/gu, '').trim();

    expect(words, name).toMatch(/^[\p{L}\p{N}]/u);
  }
});

test('the same facts give the same card', () => {
  for (const [name, content] of everyContent()) expect(render(content), name).toEqual(render(content));
});

test('without bars there are numbers alone', () => {
  const plainBars = { ...preferences, bars: false };

  for (const [name, content] of everyContent()) {
    const { bars } = render(content, { preferences: plainBars });

    expect(
      bars.every(({ share }) => share === null),
      name,
    ).toBe(true);
  }
  expect(render(aContent('status'), { preferences: plainBars }).bars).toHaveLength(2);
});

/** Each text two fifths longer, as other languages are. */
function lengthened(texts: Texts): Texts {
  const longer = (text: string) =>
    `${text}${'ó'.repeat(Math.ceil(text.replace(/\{\{.*?\}\}/g, '').length * 0.4))}`;
  return Object.fromEntries(
    Object.entries(texts).map(([namespace, entries]) => [
      namespace,
      Object.fromEntries(Object.entries(entries).map(([key, text]) => [key, longer(text)])),
    ]),
  );
}

test('a language with texts two fifths longer stays within the limits', () => {
  const texts = lengthened(catalogues.en);

  for (const [name, content] of everyContent()) {
    const card = render(content, { texts });

    expectWithinLimits(name, card);
    expect(plainOf(card).join(''), name).toContain('ó');
  }
});

test('Japanese cards hold no English but what others wrote', () => {
  const known =
    /titanic|house-prices|digit-recognizer|spaceship|playground-s6e11|LightGBM|CatBoost|target encoding|Neural net|accuracy|Slack|Discord|Kaggle|Agent|Public|CV|GPU|UTC|Asia\/Tokyo|mika|root|salad.unauthorized|gpu|slack/g;
  const content = aContent('status', { state: 'training', startedBy: null });
  const texts = [
    content,
    aContent('board'),
    aContent('new_best'),
    aContent('nudge', { isOver: true }),
  ].flatMap((one) => {
    const card = render(one, { locale: 'ja' });
    return [...markupOf(card), ...plainOf(card)];
  });

  for (const text of texts) expect(text.replace(known, '')).not.toMatch(/[A-Za-z]{2,}/);
});
