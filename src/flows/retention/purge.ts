import type { Context } from '../../context.ts';
import { asFailure } from '../../domain/errors.ts';
import { type PurgeAnswer, purgeRows } from '../../state/retention.ts';
import { removeOldFiles } from './old-files.ts';

type PurgeContext = Pick<Context, 'state' | 'objects' | 'policy' | 'log' | 'now' | 'signal'>;

/** What went, by kind; none of it belongs to a competition's record. */
export type Purged = Omit<PurgeAnswer, 'isDone'> & { objects: number; files: number };

/** Rows of each kind in one transaction: short enough that nobody notices it. */
const batch = 500;

/**
 * Every hour: removes what has outlived its lifetime, in small steps until nothing is left or the agent stops. Several
 * processes at once share the work. Files and objects that cannot be removed wait for the next time.
 * @throws what the state port throws
 */
export async function purge(ctx: PurgeContext): Promise<Purged> {
  const rows = await purgeState(ctx);
  const objects = await attempt(ctx, 'old versions of objects', () => pruneObjects(ctx));
  let files = 0;
  for (const own of ctx.policy.retention.files) {
    files += await attempt(ctx, 'old files', () =>
      removeOldFiles(own, { now: ctx.now(), signal: ctx.signal }),
    );
  }
  const purged = { ...rows, objects, files };
  if (Object.values(purged).some((count) => count > 0))
    ctx.log.info({ purged }, 'what was too old is removed');
  return purged;
}

async function purgeState({ state, policy, signal }: PurgeContext): Promise<Omit<PurgeAnswer, 'isDone'>> {
  const total = { events: 0, stageRuns: 0, audit: 0, processes: 0, snapshots: 0, alerts: 0, messages: 0 };
  let isDone = false;
  while (!isDone && !signal.aborted) {
    const gone = await purgeRows(state, { lifetimes: policy.retention.lifetimes, limit: batch });
    ({ isDone } = gone);
    for (const kind of countedKinds) total[kind] += gone[kind];
  }
  return total;
}

/** @returns how many objects, versions and unfinished uploads went */
async function pruneObjects({ objects, log }: PurgeContext): Promise<number> {
  const pruned = await objects.prune();
  const count = pruned.objects + pruned.versions + pruned.uploads;
  if (count > 0) log.info({ pruned }, 'old versions of objects are removed');
  return count;
}

const countedKinds = [
  'events',
  'stageRuns',
  'audit',
  'processes',
  'snapshots',
  'alerts',
  'messages',
] as const;

async function attempt(
  { log, signal }: PurgeContext,
  what: string,
  work: () => Promise<number>,
): Promise<number> {
  if (signal.aborted) return 0;
  try {
    return await work();
  } catch (error) {
    log.warn({ err: asFailure(error), what }, 'what is too old could not be removed');
    return 0;
  }
}
