import { type TickName, tickNames } from './catalog.ts';
import type { Queues } from './queues.ts';

/** Seconds between two runs of each periodic task. */
export type ScheduleSeconds = { [N in TickName]: number };

/**
 * Registers the periodic tasks, and removes those that left the table. Only where something differs: upserting
 * from several machines at once is known to stop schedulers.
 */
export async function registerSchedules(queues: Queues, seconds: ScheduleSeconds): Promise<void> {
  const known = new Set(await queues.listSchedules());
  for (const name of tickNames) {
    await queues.upsertSchedule(name, seconds[name] * 1000, name, { tick: name });
    known.delete(name);
  }
  for (const stale of known) await queues.removeSchedule(stale);
}
