import { setTimeout as sleep } from 'node:timers/promises';
import { asFailure, TransientFailure } from '../domain/errors.ts';
import type { Log } from '../domain/log.ts';
import type { StatePort } from '../state/port.ts';

const tryAgainMs = 1_000;

/**
 * The same port, whose calls wait while the database is away: for what must be written whenever it comes back, such
 * as how a run has ended. A run whose end is written late is still one run, and nobody has to take it for lost.
 * @param options.signal ends the waiting; a call that still fails then throws
 */
export function createPatientState(
  state: StatePort,
  options: { signal: AbortSignal; log: Log; tryAgainMs?: number },
): StatePort {
  const { signal, log } = options;
  const patiently = async <T>(ask: () => Promise<T>): Promise<T> => {
    for (let tries = 1; ; tries++) {
      try {
        return await ask();
      } catch (error) {
        if (!isAway(error) || signal.aborted) throw error;
        if (tries === 1) log.debug({ err: asFailure(error) }, 'waiting for the database');
        await sleep(options.tryAgainMs ?? tryAgainMs, undefined, { signal }).catch(() => undefined);
      }
    }
  };
  return {
    call: (name, args, answer) => patiently(() => state.call(name, args, answer)),
    ping: () => state.ping(),
  };
}

function isAway(error: unknown): boolean {
  return error instanceof TransientFailure && error.code === 'state.unreachable';
}
