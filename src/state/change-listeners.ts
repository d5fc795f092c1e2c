import type { Log } from '../domain/log.ts';

export type ChangeListeners<Notice> = {
  /** @returns ends the subscription */
  add(listener: (notice: Notice) => void): () => void;
  tell(notice: Notice): void;
};

/**
 * Those who are told of changes; one that throws does not keep the others from hearing.
 * @param first what a listener that comes now is told at once; null for nothing
 */
export function createChangeListeners<Notice>(log: Log, first: () => Notice | null): ChangeListeners<Notice> {
  type Listener = (notice: Notice) => void;
  const listeners = new Set<Listener>();
  const tellOne = (listener: Listener, notice: Notice): void => {
    try {
      listener(notice);
    } catch (err) {
      log.error({ err }, 'a listener of the change feed failed');
    }
  };
  return {
    add(listener) {
      listeners.add(listener);
      const notice = first();
      if (notice !== null) queueMicrotask(() => listeners.has(listener) && tellOne(listener, notice));
      return () => listeners.delete(listener);
    },
    tell(notice) {
      for (const listener of listeners) tellOne(listener, notice);
    },
  };
}
