import type { Context } from '../context.ts';
import type { SystemFailure } from '../domain/errors.ts';
import { crashLoop } from '../domain/ground.ts';
import {
  type CrashedRun,
  type CrashNote,
  type CrashWatch,
  forgetCrashNotes,
  readCrashNotes,
  watchForCrashes,
} from '../infra/crash-notes.ts';
import type { Logging } from '../infra/logger.ts';
import type { JobHandlers } from '../jobs/registry.ts';
import type { StatePort } from '../state/port.ts';
import { noteCrashedRuns } from '../state/stage-runs.ts';
import type { DataFolder } from './data-folder.ts';
import { keepReserve, removeEmergencyMarker } from './emergency-files.ts';

export type Crashes = {
  /** Too many crashes within an hour, so that this process must not work; null where it may. */
  loop: SystemFailure | null;
  /** The crash that ended the process before this one; null where it ended otherwise. */
  last: CrashNote | null;
  /** The same handlers; a crash of one is written down with the run that it was at. */
  track(handlers: JobHandlers): JobHandlers;
  /** Counts the runs that broke their process; one that did so twice is set aside. */
  countRuns(state: StatePort): Promise<void>;
  /** The start after an emergency has succeeded: what led to it is settled. */
  settle(): void;
  /** Ends the watch. */
  stop(): void;
};

/** Reads what earlier processes of this data folder wrote when they crashed, and watches over this one. */
export function openCrashes(options: {
  places: DataFolder;
  /** A person has looked at what was wrong: earlier crashes count no more. */
  isAfterEmergency: boolean;
  logging: Logging;
  now: () => Date;
}): Crashes {
  const { places, isAfterEmergency, logging, now } = options;
  const folder = places.diagnostics;
  const notes = readCrashNotes(folder);
  keepReserve(places, logging.log);
  const watch = watchForCrashes({ folder, now, clean: logging.clean });
  return {
    loop: isAfterEmergency ? null : crashLoop(notes, now()),
    last: notes.at(-1) ?? null,
    track: (handlers) => trackRuns(handlers, watch),
    async countRuns(state) {
      const runs = notes.flatMap(({ run }) => (run === null ? [] : [run.id]));
      if (runs.length === 0) return;
      const counted = await noteCrashedRuns(state, runs);
      if (counted > 0) logging.log.warn({ runs: counted }, 'runs that broke their process are counted');
    },
    settle() {
      if (!isAfterEmergency) return;
      removeEmergencyMarker(places.emergencyMarker);
      forgetCrashNotes(folder);
    },
    stop: () => watch.stop(),
  };
}

function trackRuns(handlers: JobHandlers, watch: CrashWatch): JobHandlers {
  return new Proxy(handlers, {
    get(target, name, receiver) {
      const handler: unknown = Reflect.get(target, name, receiver);
      if (typeof handler !== 'function') return handler;
      return (ctx: Context, input: unknown): unknown => {
        const run = runOf(ctx, String(name));
        const work = (): unknown => Reflect.apply(handler, target, [ctx, input]);
        return run === null ? work() : watch.within(run, work);
      };
    },
  });
}

function runOf({ actor }: Context, job: string): CrashedRun | null {
  return actor.type === 'job' ? { id: actor.runId, job } : null;
}
