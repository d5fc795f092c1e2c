import type { Locale } from '../domain/preferences.ts';

/** Hours and minutes as 18:00 in both languages. */
const clockTime = { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' } as const;
/** British English writes the day before the month. */
const formats = { en: 'en-GB', ja: 'ja-JP' } as const satisfies Record<Locale, string>;

export type Clock = {
  moment(at: Date): string;
  day(at: Date): string;
  /** The day with its year, and the time. */
  full(at: Date): string;
  /** `11 Dec, 23:59 UTC`. */
  utc(at: Date): string;
  deadline(at: Date): string;
};

/** Times in words of a language and in a time zone; `now` decides what is today and this year. */
export function createClock({
  locale,
  timeZone,
  now,
}: {
  locale: Locale;
  timeZone: string;
  now: Date;
}): Clock {
  const format = (options: Intl.DateTimeFormatOptions) =>
    onFirstUse(() => new Intl.DateTimeFormat(formats[locale], { timeZone, ...options }));
  const times = format(clockTime);
  const days = format(dayParts(locale, false));
  const daysWithYear = format(dayParts(locale, true));
  const year = format({ year: 'numeric' });
  const utc = format({
    timeZone: 'UTC',
    month: locale === 'ja' ? 'numeric' : 'short',
    day: 'numeric',
    ...clockTime,
  });
  const tidy = (text: string) => (locale === 'ja' ? text : text.replace(/^(\w+), /, '$1 '));
  const join = locale === 'ja' ? ' ' : ', ';
  const day = (at: Date) => tidy(year(at) === year(now) ? days(at) : daysWithYear(at));
  const full = (at: Date) => `${tidy(daysWithYear(at))}${join}${times(at)}`;
  const inUtc = (at: Date) => (locale === 'ja' ? `UTC ${utc(at)}` : `${utc(at)} UTC`);
  return {
    day,
    moment: (at) => (daysWithYear(at) === daysWithYear(now) ? times(at) : `${day(at)}${join}${times(at)}`),
    full,
    utc: inUtc,
    deadline(at) {
      if (timeZone === 'UTC') return `${full(at)} UTC`;
      return locale === 'ja' ? `${full(at)}（${inUtc(at)}）` : `${full(at)} (${inUtc(at)})`;
    },
  };
}

/** Making a formatter is slow beside using it, and few messages need all of them. */
function onFirstUse(make: () => Intl.DateTimeFormat): (at: Date) => string {
  let made: Intl.DateTimeFormat | null = null;
  return (at) => {
    made ??= make();
    return made.format(at);
  };
}

function dayParts(locale: Locale, hasYear: boolean): Intl.DateTimeFormatOptions {
  return {
    weekday: 'short',
    day: 'numeric',
    month: locale === 'ja' ? 'numeric' : 'short',
    ...(hasYear ? { year: 'numeric' } : {}),
  };
}
