import i18next from 'i18next';
import type { Locale } from '../domain/preferences.ts';
import { answers as enAnswers } from './locales/en/answers.ts';
import { cards as enCards } from './locales/en/cards.ts';
import { chats as enChats } from './locales/en/chats.ts';
import { common as enCommon } from './locales/en/common.ts';
import { lessonWords as enLessons } from './locales/en/lesson-words.ts';
import { searchWords as enSearch } from './locales/en/search-words.ts';
import { answers as jaAnswers } from './locales/ja/answers.ts';
import { cards as jaCards } from './locales/ja/cards.ts';
import { chats as jaChats } from './locales/ja/chats.ts';
import { common as jaCommon } from './locales/ja/common.ts';
import { lessonWords as jaLessons } from './locales/ja/lesson-words.ts';
import { searchWords as jaSearch } from './locales/ja/search-words.ts';

/**
 * Every text of the chats, by language and namespace. Texts hold no markup and none of the characters that a
 * platform reads as markup (a test holds this), so that they are the same on all of them.
 */
export const catalogues = {
  en: {
    common: enCommon,
    cards: { ...enCards, ...enSearch, ...enLessons },
    answers: enAnswers,
    chats: enChats,
  },
  ja: {
    common: jaCommon,
    cards: { ...jaCards, ...jaSearch, ...jaLessons },
    answers: jaAnswers,
    chats: jaChats,
  },
} as const;

type English = (typeof catalogues)['en'];
type Namespace = keyof English;
type Singular<Key> = Key extends `${infer Base}_${'one' | 'other'}` ? Base : Key;

/** `common:btn.pause`; of a text with plural forms the name without the form, `common:rounds`. */
export type TextKey = {
  [N in Namespace]: `${N}:${Singular<keyof English[N]> & string}`;
}[Namespace];

type TextOf<Key> = Key extends `${infer N extends Namespace}:${infer Name}`
  ? Name extends keyof English[N]
    ? English[N][Name]
    : `${Name}_other` extends keyof English[N]
      ? English[N][`${Name}_other`] | '{{count}}'
      : never
  : never;

type Trimmed<Name extends string> = Name extends `- ${infer Rest}` ? Rest : Name;
type Placeholders<Text> = Text extends `${string}{{${infer Name}}}${infer Rest}`
  ? Trimmed<Name> | Placeholders<Rest>
  : never;

/** What a text asks for: `count` as a number, numbers in the language's own form, everything else as text. */
export type TextParams<Key> = {
  readonly [Name in Placeholders<TextOf<Key>>]: Name extends 'count' ? number : string | number;
};

/** A text of the catalogue; its placeholders are checked by the compiler. */
export type Translate = <Key extends TextKey>(
  key: Key,
  ...params: [Placeholders<TextOf<Key>>] extends [never] ? [] : [params: TextParams<Key>]
) => string;

export type Texts = Readonly<Record<string, Readonly<Record<string, string>>>>;

/**
 * Texts of one language, as markup and as plain text.
 * @param escapeValue what `t` does to each inserted value but those written `{{- x}}`, which are inserted as they are
 * @param texts for tests: other texts than the catalogue's
 */
export function createTranslate({
  locale,
  escapeValue,
  texts = catalogues[locale],
}: {
  locale: Locale;
  escapeValue: (plain: string) => string;
  texts?: Texts;
}): { t: Translate; plain: Translate } {
  const numbers = new Intl.NumberFormat(locale);
  const asIs = (value: string) => value;
  // One instance serves both, since making one is slow beside using it.
  let toShown = asIs;
  const instance = i18next.createInstance();
  void instance.init({
    lng: locale,
    fallbackLng: false,
    resources: { [locale]: texts },
    ns: Object.keys(texts),
    keySeparator: false,
    // Texts are here already: without this they would only be ready on a later turn.
    initAsync: false,
    interpolation: {
      useRawValueToEscape: true,
      escape: (value: unknown) => toShown(typeof value === 'number' ? numbers.format(value) : String(value)),
    },
  });
  const translator =
    (show: (value: string) => string): Translate =>
    (key, ...params) => {
      toShown = show;
      return translate(key, { ...params[0] });
    };
  const translate = (key: string, params: Record<string, unknown>): string => instance.t(key, params);
  return { t: translator(escapeValue), plain: translator(asIs) };
}

/** Plain texts of one language, for what a platform says beside cards and answers. */
export function plainTexts(locale: Locale): Translate {
  return createTranslate({ locale, escapeValue: (value) => value }).plain;
}
