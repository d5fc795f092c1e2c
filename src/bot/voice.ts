import type { Locale } from '../domain/preferences.ts';
import { createClock } from './clock.ts';
import { createTranslate, type Texts, type Translate } from './i18n.ts';
import type { Ink } from './ink.ts';
import { createNumberWords, type NumberWords } from './number-words.ts';

/**
 * A language, a platform's ink, a time zone and a moment: all that a text depends on beside its facts. What gives
 * markup says so; everything else is plain and goes through `t` or `ink.text` before it is shown.
 */
export type Voice = NumberWords & {
  locale: Locale;
  ink: Ink;
  now: Date;
  /** IANA name. */
  timeZone: string;
  /** Markup: inserted values are escaped, but those that the text writes `{{- x}}`, which must be markup already. */
  t: Translate;
  /** Plain text: nothing is escaped. */
  plain: Translate;
  /** Plain: `18:00`, with the day where it is not today, with the year where it is not this one. */
  moment(at: Date): string;
  /** Plain: `Tue 24 Nov`. */
  day(at: Date): string;
  /** Markup of `moment`: in the reader's own zone where the platform can do that. */
  time(at: Date): string;
  /** Plain: `Sat 12 Dec 2026, 08:59 (11 Dec, 23:59 UTC)`, for what the world outside sets. */
  deadline(at: Date): string;
  /** Markup of `deadline`, in the reader's own zone where the platform can do that. */
  deadlineTime(at: Date): string;
  /** Plain: `in 19 days`, `over`. */
  remaining(at: Date): string;
};

export function createVoice({
  locale,
  ink,
  timeZone,
  now,
  texts,
}: {
  locale: Locale;
  ink: Ink;
  /** IANA name. */
  timeZone: string;
  now: Date;
  /** For tests: other texts than the catalogue's. */
  texts?: Texts;
}): Voice {
  const { t, plain } = createTranslate({
    locale,
    escapeValue: (value) => ink.text(value),
    ...(texts === undefined ? {} : { texts }),
  });
  const clock = createClock({ locale, timeZone, now });
  const numbers = createNumberWords(locale, plain);
  return {
    ...numbers,
    locale,
    ink,
    now,
    timeZone,
    plain,
    t,
    moment: clock.moment,
    day: clock.day,
    deadline: clock.deadline,
    time: (at) => ink.time(at, clock.moment(at)),
    deadlineTime(at) {
      const text = clock.deadline(at);
      const shown = ink.time(at, text);
      // A platform that shows a time of its own leaves out what else the text says.
      return shown === text ? shown : `${ink.time(at, clock.full(at))} ${ink.text(`(${clock.utc(at)})`)}`;
    },
    remaining(at) {
      const leftMs = at.getTime() - now.getTime();
      return leftMs <= 0
        ? plain('common:time.over')
        : plain('common:time.in', { span: numbers.span(leftMs) });
    },
  };
}
