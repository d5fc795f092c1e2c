import { z } from 'zod';

export const locales = ['en', 'ja'] as const;
export type Locale = (typeof locales)[number];

const timeOfDay = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'must be a time such as 09:00');

/** True for the name of a time zone that this machine knows. */
export function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}

/** Messages that are posted into the channel itself; everything else goes to a thread or edits a card. */
export const broadcastKinds = ['started', 'decision', 'new_best', 'finished'] as const;

/** How people want to be talked to; from configuration, until somebody changes it in a chat. */
export const preferencesSchema = z.object({
  /** Of shared messages; answers to one person take that person's own, where the platform tells it. */
  language: z.enum(locales),
  /** IANA name. */
  timeZone: z.string().refine(isTimeZone, 'must be the name of a time zone, for example Asia/Tokyo'),
  /** No reminders and no mentions then, but for what is critical; in `timeZone`. */
  quietHours: z.object({ from: timeOfDay, to: timeOfDay }).nullable(),
  /** Null: no digest. */
  digestAt: timeOfDay.nullable(),
  /** False: numbers only, for screen readers. */
  bars: z.boolean(),
  broadcast: z.array(z.enum(broadcastKinds)),
});

export type Preferences = z.output<typeof preferencesSchema>;
