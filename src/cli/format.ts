import { drawBar } from '../bot/text-columns.ts';
import { formatScore } from '../domain/metrics/score.ts';
import type { Progress } from '../domain/overview.ts';

/** What a text depends on beside its facts. */
export type Place = {
  now: Date;
  /** IANA name; the machine's own where it is left out. */
  timeZone?: string;
};

/** `████████████░░░░░░░░  61 %`: rounded down, so never 100 % before it is done. */
export function bar({ done, total }: Pick<Progress, 'done' | 'total'>): string {
  const share = total <= 0 ? 0 : Math.min(1, Math.max(0, done / total));
  return `${drawBar(share)}  ${String(Math.floor(share * 100)).padStart(2)} %`;
}

/** `$0.71`. An amount that rounds to nothing but is not nothing says so. */
export function money(amountUsd: number): string {
  return amountUsd > 0 && amountUsd < 0.005 ? 'less than $0.01' : `$${amountUsd.toFixed(2)}`;
}

/** `0.4 s`, `35 s`, `12 min`, `1 h 12 min`, `3 d 4 h`. */
export function duration(durationMs: number): string {
  const seconds = Math.max(0, durationMs) / 1000;
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 100) return `${Math.round(seconds)} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return joined(hours, 'h', minutes % 60, 'min');
  return joined(Math.floor(hours / 24), 'd', hours % 24, 'h');
}

function joined(large: number, largeUnit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${large} ${largeUnit}` : `${large} ${largeUnit} ${small} ${smallUnit}`;
}

/** Says `18:00 UTC`, with the date where it is not today; made once for many, for making it is slow. */
export function createMoment({ now, timeZone }: Place): (at: Date) => string {
  const zone = timeZone === undefined ? {} : { timeZone };
  const days = new Intl.DateTimeFormat('en-CA', { dateStyle: 'short', ...zone });
  const times = new Intl.DateTimeFormat('en-GB', {
    hour: '2-digit',
    minute: '2-digit',
    timeZoneName: 'short',
    ...zone,
  });
  const today = days.format(now);
  return (at) => {
    const day = days.format(at);
    return day === today ? times.format(at) : `${day} ${times.format(at)}`;
  };
}

/** A score, or a dash where there is none. */
export function score(value: number | null): string {
  return value === null ? '–' : formatScore(value);
}

/** `0.80120 ± 0.0041`. */
export function spread(mean: number | null, sd: number | null): string {
  return mean === null || sd === null ? score(mean) : `${formatScore(mean)} ± ${sd.toFixed(4)}`;
}

/** `rank 3 of 12`. Empty where there is none. */
export function rankOf(rank: number | null, entrants: number | null): string {
  if (rank === null) return '';
  return entrants === null ? `rank ${rank}` : `rank ${rank} of ${entrants}`;
}

/** `1 competition`, `2 competitions`; `2 approaches` with `es`. */
export function count(number: number, noun: string, plural = 's'): string {
  return `${number} ${noun}${number === 1 ? '' : plural}`;
}
