import { setTimeout as sleep } from 'node:timers/promises';
import type { Log } from '../domain/log.ts';
import type { ChangeFeed, ChangeNotice } from './change-feed.ts';
import { createChangeListeners } from './change-listeners.ts';
import { listenOnce, type RealtimeOptions } from './realtime-connection.ts';

export type RealtimeFeedOptions = RealtimeOptions & {
  log: Log;
  /** Listeners look this often while Realtime tells nothing. */
  pollMs?: number;
  /** And this often while it does: a notice may get lost even then. */
  joinedPollMs?: number;
};

const defaultPollMs = 5_000;
const defaultJoinedPollMs = 30_000;
const shortestRetryMs = 500;
const longestRetryMs = 30_000;
/** A connection that has lasted so long was a good one. */
const steadyMs = 5_000;

/**
 * Tells of changes through Supabase Realtime. Each connection is made by a client of its own with the key of
 * that moment, and made again whenever it fails, is refused or falls silent. Notices are hints: listeners are
 * also told to look now and then, whether or not Realtime works.
 */
export function createRealtimeFeed(options: RealtimeFeedOptions): ChangeFeed {
  const { log, pollMs = defaultPollMs, joinedPollMs = defaultJoinedPollMs } = options;
  const closing = new AbortController();
  let isConnected = false;
  const { add, tell } = createChangeListeners<ChangeNotice>(log, () =>
    isConnected ? { kind: 'connected' } : null,
  );

  let poll: NodeJS.Timeout | undefined;
  const pollLater = (): void => {
    clearTimeout(poll);
    if (closing.signal.aborted) return;
    poll = setTimeout(
      () => {
        tell({ kind: 'notified', payload: 'poll' });
        pollLater();
      },
      isConnected ? joinedPollMs : pollMs,
    );
  };
  const become = (connected: boolean): void => {
    const hasChanged = connected !== isConnected;
    isConnected = connected;
    if (connected) tell({ kind: 'connected' });
    if (hasChanged) pollLater();
  };

  const run = async (): Promise<void> => {
    for (let failures = 0; !closing.signal.aborted; failures++) {
      let connectedAt: number | null = null;
      const reason = await listenOnce(options, closing.signal, {
        connected: () => {
          connectedAt ??= performance.now();
          become(true);
        },
        changed: (payload) => tell({ kind: 'notified', payload }),
      }).catch((error: unknown) => (error instanceof Error ? error.message : String(error)));
      become(false);
      if (closing.signal.aborted) return;
      // One that is ended again and again as soon as it is there is left in peace more and more.
      if (connectedAt !== null && performance.now() - connectedAt > steadyMs) failures = 0;
      const level = failures === 0 ? 'warn' : 'debug';
      log[level]({ reason }, 'Realtime is lost; changes are looked for until it is back');
      const waitMs = Math.min(shortestRetryMs * 2 ** failures, longestRetryMs);
      await sleep(waitMs * (0.5 + Math.random() / 2), undefined, { signal: closing.signal }).catch(
        () => undefined,
      );
    }
  };
  pollLater();
  const running = run();

  return {
    subscribe: add,
    async close() {
      closing.abort();
      clearTimeout(poll);
      await running;
    },
  };
}
