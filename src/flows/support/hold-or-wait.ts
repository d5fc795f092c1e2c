import type { Context } from '../../context.ts';
import { Wait } from './wait.ts';

/** Longer than the end of another's call may take. */
const patienceMs = 2_000;
const lookAgainMs = 15_000;

/**
 * Takes a lock under which others work for minutes: no worker is held up so long for it.
 * @param reason what waits while another holds it
 * @throws Wait
 */
export async function holdOrWait(
  { locks, signal }: Pick<Context, 'locks' | 'signal'>,
  name: string,
  reason: string,
) {
  const patience = AbortSignal.timeout(patienceMs);
  return await locks.hold(name, AbortSignal.any([signal, patience])).catch((error: unknown) => {
    throw patience.aborted && !signal.aborted ? new Wait(lookAgainMs, reason) : error;
  });
}
