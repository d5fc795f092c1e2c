import { asFailure } from '../domain/errors.ts';
import type { Log } from '../domain/log.ts';
import { type TickName, tickNames } from './catalog.ts';
import type { Queues } from './queues.ts';

/** Seconds between two runs of each periodic task. */
export type ScheduleSeconds = { [N in TickName]: number };

/**
 * Registers the periodic tasks, and removes those that left the table. Only where something differs: upserting
 * from several machines at once is known to stop schedulers.
 * @returns the tasks that were registered now
 */
export async function registerSchedules(queues: Queues, seconds: ScheduleSeconds): Promise<TickName[]> {
  const known = new Map((await queues.listSchedules()).map(({ id, everyMs }) => [id, everyMs] as const));
  const missing = tickNames.filter((name) => known.get(name) !== seconds[name] * 1000);
  for (const name of missing) await queues.upsertSchedule(name, seconds[name] * 1000, name, { tick: name });
  for (const id of known.keys()) {
    if (!tickNames.some((name) => name === id)) await queues.removeSchedule(id);
  }
  return missing;
}

/**
 * Registers the periodic tasks, and looks now and then whether they are still there: an emptied Redis has lost
 * them, the sweep among them that would send everything else again.
 */
export async function keepSchedules(options: {
  queues: Queues;
  seconds: ScheduleSeconds;
  lookEveryMs: number;
  log: Log;
  /** Everything is gone at once: the queues have been emptied, and what they held is to be sent again. */
  onEmptied: () => Promise<unknown>;
}): Promise<{ stop(): void }> {
  const { queues, seconds, log } = options;
  await registerSchedules(queues, seconds);
  let isLooking = false;
  const look = async (): Promise<void> => {
    // A queue that does not answer is asked no second time meanwhile.
    if (isLooking) return;
    isLooking = true;
    try {
      const missing = await registerSchedules(queues, seconds);
      if (missing.length > 0) log.warn({ missing }, 'periodic tasks were gone and are registered again');
      if (missing.length === tickNames.length) await options.onEmptied();
    } catch (error) {
      log.warn({ err: asFailure(error) }, 'periodic tasks could not be looked at');
    } finally {
      isLooking = false;
    }
  };
  const timer = setInterval(look, options.lookEveryMs);
  return { stop: () => clearInterval(timer) };
}
