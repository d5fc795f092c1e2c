export type DatePlace = { locale: string; timeZone: string; now: Date };

const dayMs = 86_400_000;

/**
 * A date as the tokens of Slack's `<!date^…>` say it, in the reader's language and zone.
 * Source: docs.slack.dev, "Formatting message text", date formatting.
 */
export function formatDate(at: Date, format: string, place: DatePlace): string {
  return format.replace(/\{(\w+)\}/g, (whole, token: string) => tokenText(at, token, place) ?? whole);
}

const dayFormats: Readonly<Record<string, Intl.DateTimeFormatOptions>> = {
  date: { dateStyle: 'long' },
  date_short: { dateStyle: 'medium' },
  date_long: { dateStyle: 'full' },
};

const timeFormats: Readonly<Record<string, Intl.DateTimeFormatOptions>> = {
  time: { timeStyle: 'short' },
  time_secs: { timeStyle: 'medium' },
};

function tokenText(at: Date, token: string, place: DatePlace): string | null {
  if (token === 'date_num') return dayKey(at, place);
  if (token === 'ago') return agoText(at, place);
  const dayName = token.endsWith('_pretty') ? nearDay(at, place) : null;
  if (dayName !== null) return dayName;
  const options = dayFormats[token.replace(/_pretty$/, '')] ?? timeFormats[token];
  return options === undefined ? null : formatted(at, options, place);
}

export function formatted(at: Date, options: Intl.DateTimeFormatOptions, place: DatePlace): string {
  return new Intl.DateTimeFormat(place.locale, { ...options, timeZone: place.timeZone }).format(at);
}

/** The day as `2026-11-22`, in the reader's zone. */
export function dayKey(at: Date, { timeZone }: Pick<DatePlace, 'timeZone'>): string {
  return new Intl.DateTimeFormat('sv-SE', { dateStyle: 'short', timeZone }).format(at);
}

/** "today" and its neighbours; null for other days. */
export function nearDay(at: Date, place: DatePlace): string | null {
  const days = (Date.parse(dayKey(at, place)) - Date.parse(dayKey(place.now, place))) / dayMs;
  if (Math.abs(days) > 1) return null;
  return new Intl.RelativeTimeFormat(place.locale, { numeric: 'auto' }).format(days, 'day');
}

const spans = [
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
  ['second', 1],
] as const;

/** "3 minutes ago". */
export function agoText(at: Date, { locale, now }: DatePlace): string {
  const seconds = Math.round((at.getTime() - now.getTime()) / 1_000);
  const [unit, size] = spans.find(([, length]) => Math.abs(seconds) >= length) ?? (['second', 1] as const);
  return new Intl.RelativeTimeFormat(locale, { numeric: 'auto' }).format(Math.trunc(seconds / size), unit);
}

/** When a message was written: its `ts` is the seconds since 1970. */
export function dateOfTs(ts: string): Date {
  return new Date(Number(ts.split('.')[0]) * 1_000);
}
