import { keepNewest } from '../keep-newest.ts';

/**
 * Remembers what was handled already, so that a second delivery of the same thing is left alone. Only against noise:
 * effects are guarded by the database.
 * @returns true for what is new
 */
export function createSeen(most = 5_000): (key: string) => boolean {
  const keys = new Map<string, true>();
  return (key) => {
    if (keys.has(key)) return false;
    keepNewest(keys, key, true, most);
    return true;
  };
}

/** Values that are good for `keepMs`; a failed reading is not kept. */
export function createCache<T>({ keepMs, most, now }: { keepMs: number; most: number; now: () => Date }) {
  const kept = new Map<string, { value: T; untilMs: number }>();
  const running = new Map<string, Promise<T>>();
  const keep = (key: string, value: T): void => {
    keepNewest(kept, key, { value, untilMs: now().getTime() + keepMs }, most);
  };
  return {
    /** @returns undefined for what is not there or too old */
    peek(key: string): T | undefined {
      const found = kept.get(key);
      return found !== undefined && found.untilMs > now().getTime() ? found.value : undefined;
    },
    /** Also where it is too old. */
    stale: (key: string): T | undefined => kept.get(key)?.value,
    async read(key: string, load: () => Promise<T>): Promise<T> {
      const found = kept.get(key);
      if (found !== undefined && found.untilMs > now().getTime()) return found.value;
      const under = running.get(key) ?? load();
      running.set(key, under);
      try {
        const value = await under;
        keep(key, value);
        return value;
      } finally {
        running.delete(key);
      }
    },
    set: keep,
    delete: (key: string): void => void kept.delete(key),
  };
}
