import { AsyncLocalStorage } from 'node:async_hooks';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

const noteSchema = z.object({
  at: z.iso.datetime().transform((text) => new Date(text)),
  pid: z.number().int(),
  message: z.string(),
  stack: z.string(),
  /** The run whose code threw; null where the error came from nowhere near one. */
  run: z.object({ id: z.uuid(), job: z.string() }).nullable(),
});
/** What a process wrote down before an uncaught error of its own ended it. */
export type CrashNote = z.output<typeof noteSchema>;
export type CrashedRun = NonNullable<CrashNote['run']>;

const fileName = /^crash-[\dTZ-]+-\d+\.json$/;
/** For people who look into the folder; what is counted is no older than an hour. */
const keptNotes = 20;
const privateFile = 0o600;
const privateFolder = 0o700;

export type CrashWatch = {
  /** Work done inside is named in the note, should one of its own errors end the process. */
  within<T>(run: CrashedRun, work: () => T): T;
  /** From now on nothing is written down any more. */
  stop(): void;
};

/**
 * Writes a note into the folder when an uncaught error (a rejection that nobody handled, too) ends this process, at
 * once and before anything else hears of it. Kills from outside, a power cut, and the end of V8's heap leave none.
 * @param options.clean takes secrets out of what is written
 */
export function watchForCrashes(options: {
  folder: string;
  now: () => Date;
  clean: (text: string) => string;
}): CrashWatch {
  const { folder, now, clean } = options;
  const scope = new AsyncLocalStorage<CrashedRun>();
  mkdirSync(folder, { recursive: true, mode: privateFolder });
  prune(folder);
  const write = (thrown: unknown): void => {
    const error = thrown instanceof Error ? thrown : new Error(String(thrown));
    const at = now().toISOString();
    const note = {
      at,
      pid: process.pid,
      message: clean(error.message),
      stack: clean(error.stack ?? ''),
      run: scope.getStore() ?? null,
    };
    try {
      const file = join(folder, `crash-${at.replace(/[:.]/g, '-')}-${process.pid}.json`);
      writeFileSync(file, JSON.stringify(note, null, 2), { mode: privateFile });
    } catch {
      // The process ends anyway, and says so itself.
    }
  };
  // Called in the context of what threw, and before the handlers that end the process.
  process.on('uncaughtExceptionMonitor', write);
  return {
    within: (run, work) => scope.run(run, work),
    stop: () => void process.off('uncaughtExceptionMonitor', write),
  };
}

/** Notes of this folder, oldest first; what cannot be read is left out. */
export function readCrashNotes(folder: string): CrashNote[] {
  return notesIn(folder).flatMap((name) => {
    const parsed = noteSchema.safeParse(parseFile(join(folder, name)));
    return parsed.success ? [parsed.data] : [];
  });
}

/** Nothing in this folder counts any more: a person has looked at it. */
export function forgetCrashNotes(folder: string): void {
  for (const name of notesIn(folder)) rmSync(join(folder, name), { force: true });
}

function prune(folder: string): void {
  for (const name of notesIn(folder).slice(0, -keptNotes)) rmSync(join(folder, name), { force: true });
}

/** Names of notes, oldest first: they begin with their time. */
function notesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
      .filter((name) => fileName.test(name))
      .sort();
  } catch {
    return [];
  }
}

function parseFile(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return null;
  }
}
