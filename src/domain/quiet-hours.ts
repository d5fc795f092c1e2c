import type { Preferences } from './preferences.ts';

/** The clock in a time zone: `2026-11-22`, and `21:05`. */
export function localTime(now: Date, timeZone: string): { day: string; time: string } {
  const parts = new Intl.DateTimeFormat('en-CA', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
  }).formatToParts(now);
  const part = (type: string) => parts.find((one) => one.type === type)?.value ?? '';
  return {
    day: `${part('year')}-${part('month')}-${part('day')}`,
    time: `${part('hour')}:${part('minute')}`,
  };
}

/** True while people want neither mentions nor reminders; the hours may go over midnight. */
export function isQuiet(preferences: Pick<Preferences, 'quietHours' | 'timeZone'>, now: Date): boolean {
  const { quietHours, timeZone } = preferences;
  if (quietHours === null) return false;
  const { time } = localTime(now, timeZone);
  const { from, to } = quietHours;
  return from <= to ? from <= time && time < to : time >= from || time < to;
}

function minutesOf(time: string): number {
  const [hours = 0, minutes = 0] = time.split(':').map(Number);
  return hours * 60 + minutes;
}

const minuteMs = 60_000;

/** The day that it is in a time zone, and when it began (but for a change of the clocks on that day). */
export function localDay(now: Date, timeZone: string): { day: string; startedAt: Date } {
  const { day, time } = localTime(now, timeZone);
  const intoMinuteMs = now.getTime() % minuteMs;
  return { day, startedAt: new Date(now.getTime() - minutesOf(time) * minuteMs - intoMinuteMs) };
}

/** So long after its time a digest is still worth making, for an agent that was away then. */
const digestWindowMinutes = 180;

/** The digest that is due now: its day, and the moment it was due. @returns null where none is */
export function digestDue(
  preferences: Pick<Preferences, 'digestAt' | 'timeZone'>,
  now: Date,
): { day: string; dueAt: Date } | null {
  if (preferences.digestAt === null) return null;
  const { day, startedAt } = localDay(now, preferences.timeZone);
  const dueAt = new Date(startedAt.getTime() + minutesOf(preferences.digestAt) * minuteMs);
  const lateMinutes = (now.getTime() - dueAt.getTime()) / minuteMs;
  return lateMinutes >= 0 && lateMinutes < digestWindowMinutes ? { day, dueAt } : null;
}
