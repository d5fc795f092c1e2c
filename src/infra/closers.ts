import { setTimeout as wait } from 'node:timers/promises';
import type { Log } from '../domain/log.ts';

const defaultTimeoutMs = 10_000;

export type Closers = {
  /** Remembers how to close what was just opened. What is added after closing began is closed at once. */
  add(name: string, close: () => Promise<void> | void): void;
  /**
   * Closes everything in the reverse order of opening. Safe to call twice; the second call waits too.
   * @param timeoutMs how long one thing may take, instead of the usual time
   */
  close(timeoutMs?: number): Promise<void>;
};

export type ClosersOptions = {
  log: Log;
  /** How long one thing may take; then the next one's turn comes. */
  timeoutMs?: number;
};

/** Collects closers as things are opened, so that nobody keeps a list by hand. */
export function createClosers({ log, timeoutMs = defaultTimeoutMs }: ClosersOptions): Closers {
  const open: { name: string; close: () => Promise<void> | void }[] = [];
  let closing: Promise<void> | null = null;
  let patienceMs = timeoutMs;

  const closeOne = async ({ name, close }: (typeof open)[number]): Promise<void> => {
    const timer = new AbortController();
    const tooLate = wait(patienceMs, 'late' as const, { signal: timer.signal, ref: true });
    tooLate.catch(() => undefined);
    try {
      const end = await Promise.race([Promise.resolve().then(close), tooLate]);
      if (end === 'late') log.warn({ name, timeoutMs: patienceMs }, 'closing takes too long');
    } catch (error) {
      log.warn({ name, err: error }, 'closing failed');
    } finally {
      timer.abort();
    }
  };

  const closeAll = async (): Promise<void> => {
    for (let next = open.pop(); next !== undefined; next = open.pop()) await closeOne(next);
  };

  return {
    add(name, close) {
      open.push({ name, close });
      if (closing !== null) closing = closing.then(closeAll);
    },
    close(instead) {
      patienceMs = instead ?? patienceMs;
      closing ??= closeAll();
      return closing;
    },
  };
}
