import type { Context } from '../../context.ts';
import { asFailure } from '../../domain/errors.ts';
import { listTrackingWork } from '../../state/tracking.ts';
import { forwardRun } from './forward-run.ts';

/** Runs that began before are not told of when a key is set. */
const freshHours = 24;
const mostRuns = 100;
/** After so many that fail one after another it is the service that fails. */
const mostFailures = 3;
/** Whoever else is at it does it for us. */
const lockWaitMs = 500;
const longestMs = 120_000;

export type ForwardContext = Pick<
  Context,
  'state' | 'objects' | 'log' | 'now' | 'locks' | 'signal' | 'tracker'
>;

/**
 * Tells the tracking service what training runs have told us; every few seconds. What it does not take now is told later,
 * from the rows: nothing here fails or delays a job. Never throws for what the service does.
 * @returns how many runs are told as far as they have come
 */
export async function forwardRuns(ctx: ForwardContext): Promise<number> {
  const { tracker } = ctx;
  if (tracker === null) return 0;
  const lock = await takeTurn(ctx);
  if (lock === null) return 0;
  try {
    const signal = AbortSignal.any([ctx.signal, lock.lost, AbortSignal.timeout(longestMs)]);
    let told = 0;
    let failures = 0;
    for (const work of await listTrackingWork(ctx.state, { freshHours, limit: mostRuns })) {
      try {
        await forwardRun(ctx, tracker, work, signal);
        told += 1;
        failures = 0;
      } catch (error) {
        const failure = asFailure(error);
        const facts = { err: failure, job: work.jobId, code: failure.code };
        ctx.log.debug(facts, 'a run could not be told to the tracking service; it is tried again');
        failures += 1;
        // The others would meet the same; one alone that is not taken holds nobody up.
        if (signal.aborted || failure.kind === 'configuration' || failures >= mostFailures) break;
      }
    }
    return told;
  } finally {
    await lock.release();
  }
}

async function takeTurn(ctx: Pick<Context, 'locks' | 'signal'>) {
  const limit = AbortSignal.timeout(lockWaitMs);
  try {
    return await ctx.locks.hold('tracking', AbortSignal.any([ctx.signal, limit]));
  } catch {
    return null;
  }
}
