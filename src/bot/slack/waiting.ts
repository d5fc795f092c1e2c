import { setTimeout as wait } from 'node:timers/promises';

/** What a promise gives within a time; null where it takes longer. It goes on in any case. */
export async function within<T>(work: Promise<T>, timeoutMs: number): Promise<{ value: T } | null> {
  const ended = new AbortController();
  try {
    return await Promise.race([
      work.then((value) => ({ value })),
      wait(timeoutMs, null, { signal: ended.signal }).catch(() => null),
    ]);
  } finally {
    ended.abort();
  }
}
