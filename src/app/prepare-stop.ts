import type { Context } from '../context.ts';
import { releaseMachines } from '../flows/gpu/release-machines.ts';
import { alertPeople } from '../flows/human-loop/alert.ts';
import type { StatePort } from '../state/port.ts';
import { countLiveWorkers } from '../state/stage-runs.ts';
import type { Emergency } from './emergency.ts';
import type { Roles } from './roles.ts';

/** A run that delivers within this time has not been in vain. */
const resultWaitMs = 60_000;
const lookAtResultsMs = 2_000;
/** A process without a heartbeat for so long watches over nothing. */
const staleSeconds = 30;

/**
 * What is left to do at a stop: rented machines are released, unless other processes live that go on watching over
 * them; where this process has no chat of its own, one that has is asked to tell people.
 */
export function prepareStop(
  emergency: Pick<Emergency, 'atStop'>,
  ctx: Pick<Context, 'compute' | 'state' | 'objects' | 'log' | 'actor'>,
  { roles, isAlone }: { roles: Roles; isAlone: boolean },
): void {
  emergency.atStop(async (_, signal) => {
    if (!isAlone && (await othersLive(ctx.state, roles.plays('worker'), signal))) return;
    await releaseMachines(ctx, { resultWaitMs, pollMs: lookAtResultsMs, signal });
  });
  if (roles.plays('bot')) return;
  emergency.atStop(({ code, message }) =>
    // Of the kind whose all-clear comes when the role is played again.
    alertPeople(ctx, { kind: `process:${roles.name}`, severity: 'critical', code, message }),
  );
}

/** @param isWorker this process is among those that live */
async function othersLive(state: StatePort, isWorker: boolean, signal: AbortSignal): Promise<boolean> {
  const late = Promise.withResolvers<false>();
  signal.addEventListener('abort', () => late.resolve(false), { once: true });
  const asked = countLiveWorkers(state, 'worker', staleSeconds).then(
    (count) => count > (isWorker ? 1 : 0),
    () => false,
  );
  return await Promise.race([asked, late.promise]);
}
