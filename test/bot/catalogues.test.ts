import { expect, expectTypeOf, test } from 'vitest';
import { catalogues, type TextParams, type Translate } from '../../src/bot/i18n.ts';
import { displayWidth } from '../../src/bot/text-columns.ts';

type Catalogue = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** `namespace:key` to text. */
function flatten(catalogue: Catalogue): Map<string, string> {
  return new Map(
    Object.entries(catalogue).flatMap(([namespace, texts]) =>
      Object.entries(texts).map(([key, text]): [string, string] => [`${namespace}:${key}`, text]),
    ),
  );
}

const english = flatten(catalogues.en);
const japanese = flatten(catalogues.ja);
const both = [...english, ...japanese];

function placeholders(text: string): string[] {
  return [...text.matchAll(/\{\{(.*?)\}\}/g)].map(([, name = '']) => name).sort();
}

test('both languages have the same texts', () => {
  const wanted = [...english.keys()].filter((key) => !key.endsWith('_one')).sort();

  expect([...japanese.keys()].sort()).toEqual(wanted);
});

test('every text with a singular has a plural', () => {
  const lonely = [...english.keys()].filter(
    (key) => key.endsWith('_one') && !english.has(key.replace(/_one$/, '_other')),
  );

  expect(lonely).toEqual([]);
});

test('both languages insert the same values, and markup in the same places', () => {
  for (const [key, text] of japanese) {
    expect(placeholders(text), key).toEqual(placeholders(english.get(key) ?? ''));
  }
});

test('no text holds what a platform reads as markup', () => {
  const odd = both.filter(([, text]) =>
    /[*_~`<>&|[\]\\]|@(everyone|here|channel)/.test(text.replace(/\{\{.*?\}\}/g, '')),
  );

  expect(odd).toEqual([]);
});

/** Words that are the same in every language. */
const names = /Kaggle Agent|Kaggle|Slack|Discord|Claude|English|Public/g;

test('no text is missing its words in Japanese', () => {
  const untranslated = [...japanese].filter(
    ([key, text]) =>
      english.get(key) === text && /[A-Za-z]{3,}/.test(text.replace(/\{\{.*?\}\}/g, '').replace(names, '')),
  );

  expect(untranslated.map(([key]) => key)).toEqual([]);
});

test('labels of Japanese buttons are at most twelve full-width characters', () => {
  const buttons = [...japanese].filter(([key]) => /:btn\./.test(key));

  expect(buttons.length).toBeGreaterThan(10);
  for (const [key, text] of buttons) expect(displayWidth(text), key).toBeLessThanOrEqual(24);
});

test('the compiler knows what a text asks for', () => {
  expectTypeOf<TextParams<'common:rounds'>>().toEqualTypeOf<{ readonly count: number }>();
  expectTypeOf<TextParams<'cards:notice.score_received'>>().toEqualTypeOf<{
    readonly slug: string | number;
    readonly score: string | number;
  }>();
  expectTypeOf<TextParams<'cards:decision.by'>>().toHaveProperty('user');
  expectTypeOf<TextParams<'common:btn.pause'>>().toEqualTypeOf<Record<never, never>>();
});

test('the compiler refuses unknown texts and missing values', () => {
  const misuse = (t: Translate): string[] => [
    // @ts-expect-error there is no such text
    t('common:no.such.text'),
    // @ts-expect-error the slug is missing
    t('cards:notice.paused'),
    // @ts-expect-error a count is a number
    t('common:rounds', { count: '3' }),
  ];

  expect(misuse).toBeTypeOf('function');
});
