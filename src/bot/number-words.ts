import { formatScore } from '../domain/metrics/score.ts';
import type { Locale } from '../domain/preferences.ts';
import type { Translate } from './i18n.ts';

const minuteMs = 60_000;
const dayMs = 24 * 60 * minuteMs;
/** Below this, hours say more than days. */
const daysFromMs = 2 * dayMs;
/** Beyond this, minutes say nothing. */
const hoursAloneFromMinutes = 6 * 60;
const roughMinutes = 5;
const cent = 0.005;

const punctuation = {
  en: { comma: ', ', stop: '. ', gap: ' ' },
  ja: { comma: '、', stop: '。', gap: '' },
} as const satisfies Record<Locale, unknown>;

/** Numbers in words of a language; all plain text. */
export type NumberWords = {
  /** Between the parts of an enumeration. */
  comma: string;
  /** Between two sentences where the first has no full stop yet. */
  stop: string;
  /** Between two sentences that have theirs. */
  gap: string;
  /** `13,880`. */
  number(value: number): string;
  /** `$0.71`; what rounds to nothing but is not nothing says so. */
  money(usd: number): string;
  /** `0.79186` in every language, a dash where there is none. */
  score(value: number | null): string;
  /** `▲ +0.00718`, `▼ -0.00718`: how a score changed; empty where nothing did. */
  change(from: number | null, to: number | null): string;
  /** `61 %`, rounded down: never 100 % before it is done. */
  percent(share: number): string;
  /** `61 %`, rounded up: for money and standings. */
  percentUp(share: number): string;
  /** How long something took: `0.4 s`, `35 s`, `12 min`, `1 h 12 min`, `3 days`. */
  duration(durationMs: number): string;
  /** How long something will take, roughly: `12 min`, `2 h`, `19 days`. */
  span(durationMs: number): string;
};

export function createNumberWords(locale: Locale, plain: Translate): NumberWords {
  const numbers = new Intl.NumberFormat(locale);
  const dollars = new Intl.NumberFormat(locale, { minimumFractionDigits: 2, maximumFractionDigits: 2 });
  const whole = (key: 'seconds' | 'minutes' | 'hours', value: number) =>
    plain(`common:duration.${key}`, { value: numbers.format(value) });
  const days = (count: number) => plain('common:duration.days', { count });
  const two = (large: string, small: string | null) =>
    small === null ? large : plain('common:duration.join', { large, small });
  const percentOf = (hundredths: number) => `${numbers.format(hundredths)} %`;
  return {
    ...punctuation[locale],
    number: (value) => numbers.format(value),
    money: (usd) => (usd > 0 && usd < cent ? plain('common:money.less') : `$${dollars.format(usd)}`),
    score: (value) => (value === null ? '–' : formatScore(value)),
    change(from, to) {
      if (from === null || to === null || formatScore(from) === formatScore(to)) return '';
      return to > from ? `▲ +${formatScore(to - from)}` : `▼ -${formatScore(from - to)}`;
    },
    percent: (share) => percentOf(Math.floor(clamp(share) * 100)),
    percentUp: (share) => percentOf(Math.ceil(Number((clamp(share) * 100).toFixed(6)))),
    duration(durationMs) {
      const seconds = Math.max(0, durationMs) / 1000;
      if (seconds < 10) return plain('common:duration.seconds', { value: seconds.toFixed(1) });
      if (seconds < 100) return whole('seconds', Math.round(seconds));
      const minutes = Math.round(seconds / 60);
      if (minutes < 60) return whole('minutes', minutes);
      const hours = Math.floor(minutes / 60);
      const rest = minutes % 60;
      if (hours < 48) return two(whole('hours', hours), rest === 0 ? null : whole('minutes', rest));
      return two(days(Math.floor(hours / 24)), hours % 24 === 0 ? null : whole('hours', hours % 24));
    },
    span(durationMs) {
      if (durationMs >= daysFromMs) return days(Math.floor(durationMs / dayMs));
      const minutes = Math.max(1, Math.round(durationMs / minuteMs));
      if (minutes < 60) return whole('minutes', minutes);
      if (minutes >= hoursAloneFromMinutes) return whole('hours', Math.round(minutes / 60));
      const rest = Math.floor((minutes % 60) / roughMinutes) * roughMinutes;
      return two(whole('hours', Math.floor(minutes / 60)), rest === 0 ? null : whole('minutes', rest));
    },
  };
}

function clamp(share: number): number {
  return Math.min(1, Math.max(0, share));
}
