import { asFailure } from '../domain/errors.ts';
import type { Log } from '../domain/log.ts';
import { claimEvents, markEventDispatched } from '../state/outbox.ts';
import type { StatePort } from '../state/port.ts';
import { deliver } from './deliver.ts';
import type { Queues } from './queues.ts';

const leaseSeconds = 30;
const batch = 50;

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
 * the delivery, which leaves the same jobs.
 */
export function startRelay(options: RelayOptions): Relay {
  const { state, queues, log, worker } = options;
  let isStopping = false;
  let wanted = true;
  let wakeUp: () => void = () => undefined;

  const wake = () => {
    wanted = true;
    wakeUp();
  };

  async function relayBatch(): Promise<number> {
    const events = await claimEvents(state, { worker, limit: batch, leaseSeconds });
    for (const event of events) {
      try {
        await deliver(queues, event);
        await markEventDispatched(state, event.id, worker);
      } catch (error) {
        // It keeps its lease and comes back; the others go on.
        log.error(
          { err: asFailure(error), eventId: event.id, type: event.type },
          'event could not be delivered',
        );
      }
    }
    return events.length;
  }

  async function run(): Promise<void> {
    while (!isStopping) {
      wanted = false;
      try {
        if ((await relayBatch()) === batch) wanted = true;
      } catch (error) {
        log.warn({ err: asFailure(error) }, 'relay could not claim events');
      }
      if (wanted || isStopping) continue;
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
      isStopping = true;
      unsubscribe();
      wake();
      await running;
    },
  };
}
