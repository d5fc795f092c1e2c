import { setTimeout as sleep } from 'node:timers/promises';
import { asFailure, TransientFailure } from '../domain/errors.ts';
import type { Log } from '../domain/log.ts';
import { type ClaimedEvent, claimEvents, markEventDispatched } from '../state/outbox.ts';
import type { StatePort } from '../state/port.ts';
import { deliver, notesOf } from './deliver.ts';
import type { Queues } from './queues.ts';

const leaseSeconds = 30;
const batch = 50;
/** While the queues are away: how soon what is claimed is tried again. */
const shortestRetryMs = 100;
const longestRetryMs = 2_000;
/** Nothing is begun so late under a lease that another relay could be at it too. */
const lastStartMs = (leaseSeconds - 12) * 1_000;

export type RelayOptions = {
  state: StatePort;
  queues: Queues;
  log: Log;
  worker: string;
  /** Fallback where no notification arrives. */
  pollMs: number;
  /** Calls back when events were written. @returns the way to unsubscribe */
  subscribe: (wake: () => void) => () => void;
};

export type Relay = { stop(): Promise<void> };

/**
 * Moves events from the outbox into the queues: claim, add the jobs, mark. A crash between any two steps repeats
 * the delivery, which leaves the same jobs. While the queues are away what is claimed is kept and tried again; when
 * the lease ends, the events are anybody's.
 */
export function startRelay(options: RelayOptions): Relay {
  const { state, queues, log, worker } = options;
  const stopping = new AbortController();
  let isAway = false;
  let canClaim = true;
  let wanted = true;
  let wakeUp: () => void = () => undefined;

  const wake = () => {
    wanted = true;
    wakeUp();
  };

  async function relayBatch(): Promise<number> {
    const events = await claimEvents(state, { worker, limit: batch, leaseSeconds });
    const claimedAtMs = performance.now();
    for (const event of events) {
      let retryMs = shortestRetryMs;
      while (!(await isSettled(event))) {
        await sleep(retryMs, undefined, { signal: stopping.signal }).catch(() => undefined);
        if (stopping.signal.aborted || performance.now() - claimedAtMs > lastStartMs) return 0;
        retryMs = Math.min(retryMs * 2, longestRetryMs);
      }
    }
    return events.length;
  }

  /** @returns false while the queues are away */
  async function isSettled(event: ClaimedEvent): Promise<boolean> {
    try {
      await deliver(queues, event);
      if (isAway) log.info({}, 'the queues answer again');
      isAway = false;
      await markEventDispatched(state, event.id, worker, notesOf(event));
    } catch (error) {
      if (error instanceof TransientFailure && error.code === 'queue.unreachable') {
        if (!isAway) log.warn({ err: error }, 'the queues are away, events wait for them');
        isAway = true;
        return false;
      }
      // It keeps its lease and comes back; the others go on.
      log.error(
        { err: asFailure(error), eventId: event.id, type: event.type },
        'event could not be delivered',
      );
    }
    return true;
  }

  async function run(): Promise<void> {
    while (!stopping.signal.aborted) {
      wanted = false;
      try {
        if ((await relayBatch()) === batch) wanted = true;
        canClaim = true;
      } catch (error) {
        // Once for as long as it lasts: the lines before it may be needed.
        log[canClaim ? 'warn' : 'debug']({ err: asFailure(error) }, 'relay could not claim events');
        canClaim = false;
      }
      if (wanted || stopping.signal.aborted) continue;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, options.pollMs);
        wakeUp = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }

  const unsubscribe = options.subscribe(wake);
  const running = run();
  return {
    async stop() {
      stopping.abort();
      unsubscribe();
      wake();
      await running;
    },
  };
}
