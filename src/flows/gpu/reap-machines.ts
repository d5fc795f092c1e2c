import type { Context } from '../../context.ts';
import { asFailure, type Failure } from '../../domain/errors.ts';
import type { ComputeProvider, Instance } from '../../providers/compute/contract.ts';
import { listOpenGpuSessions, type OpenGpuSession } from '../../state/training.ts';
import { observe, tryEndMachine } from './end-machine.ts';
import { trainingOverheadSeconds } from './overhead.ts';
import { providerOf, tellProviderFailure } from './providers.ts';

export type Reaped = {
  /** What the vendors list, those that were ended left out. */
  instances: Instance[];
  stopped: number;
  closed: number;
  /** Of a provider that gave no list; nothing is known of its machines. */
  failure: Failure | null;
};

/** Ends what carries our label and has no live job, and closes rows whose machine is gone. */
export async function reapMachines(ctx: Context): Promise<Reaped> {
  // The machines first, the rows after: every machine listed has had its row before it was started.
  const listed = await listAll(ctx);
  const sessions = await listOpenGpuSessions(ctx.state);
  const live = new Map(sessions.filter((session) => isLive(ctx, session)).map((one) => [one.key, one]));
  const strays = straysAmong(listed.instances, live);
  await observeAll(ctx, listed.instances, { sessions, live, strays });
  const gone = new Set<Instance>();
  for (const stray of strays) {
    if (await stopStray(ctx, stray)) gone.add(stray);
  }
  const instances = listed.instances.filter((instance) => !gone.has(instance));
  const closed = await closeRows(ctx, sessions, { live, answered: listed.answered });
  return { instances, stopped: gone.size, closed, failure: listed.failure };
}

async function listAll(ctx: Context) {
  const instances: Instance[] = [];
  const answered = new Set<string>();
  let failure: Failure | null = null;
  await Promise.all(
    ctx.compute.map(async (provider: ComputeProvider) => {
      try {
        instances.push(...(await provider.list({ signal: ctx.signal, isFresh: true })));
        answered.add(provider.name);
      } catch (error) {
        ctx.signal.throwIfAborted();
        failure = asFailure(error);
        await tellProviderFailure(ctx, provider.name, failure);
      }
    }),
  );
  return { instances, answered, failure: failure as Failure | null };
}

/** Its job trains by this start, and its time is not over. */
function isLive({ now }: Pick<Context, 'now'>, session: OpenGpuSession): boolean {
  const { jobStatus, jobToken, token, endsAt } = session;
  return jobStatus === 'running' && jobToken === token && (endsAt === null || now() <= endsAt);
}

/** Of several machines with one key the one that runs is kept, else the one that was started last. */
function straysAmong(instances: readonly Instance[], live: ReadonlyMap<string, OpenGpuSession>): Instance[] {
  const keyed = instances.filter((instance): instance is Instance & { key: string } => instance.key !== null);
  const strays: Instance[] = [];
  for (const [key, twins] of Map.groupBy(keyed, (instance) => instance.key)) {
    const session = live.get(key);
    const kept =
      session === undefined
        ? null
        : (twins.find(({ id }) => id === session.instanceId) ?? twins.toSorted(newestFirst)[0]);
    strays.push(...twins.filter((twin) => twin !== kept));
  }
  return strays;
}

function newestFirst(a: Instance, b: Instance): number {
  return (b.startedAt?.getTime() ?? 0) - (a.startedAt?.getTime() ?? 0);
}

async function stopStray(ctx: Context, stray: Instance): Promise<boolean> {
  const fields = { provider: stray.provider, instance: stray.id, key: stray.key };
  try {
    await providerOf(ctx, stray.provider)?.stop(stray.id, { signal: ctx.signal });
    ctx.log.warn(fields, 'machine without a job ended');
    return true;
  } catch (error) {
    ctx.signal.throwIfAborted();
    await tellProviderFailure(ctx, stray.provider, asFailure(error));
    return false;
  }
}

/** What nobody watches for a while is billed all the same, and so is what is ended now; of two with one key the one kept. */
async function observeAll(
  ctx: Context,
  instances: readonly Instance[],
  known: {
    sessions: readonly OpenGpuSession[];
    live: ReadonlyMap<string, OpenGpuSession>;
    strays: readonly Instance[];
  },
): Promise<void> {
  const rented = new Set(known.sessions.filter(({ isRented }) => isRented).map(({ key }) => key));
  for (const instance of instances) {
    const { key } = instance;
    if (key === null || !rented.has(key)) continue;
    if (known.live.has(key) && known.strays.includes(instance)) continue;
    await observe(ctx, instance);
  }
}

/** A row is closed when its provider says that nothing carries its key. @returns how many were */
async function closeRows(
  ctx: Context,
  sessions: readonly OpenGpuSession[],
  { live, answered }: { live: ReadonlyMap<string, OpenGpuSession>; answered: ReadonlySet<string> },
): Promise<number> {
  const longestMs = (ctx.policy.trainingTimeLimitSeconds + trainingOverheadSeconds) * 1000;
  let closed = 0;
  for (const session of sessions) {
    const { key, provider, createdAt } = session;
    if (live.has(key)) continue;
    // A machine that only another worker process reaches is closed there, or once it must have ended by itself; of a
    // rented one `endMachine` knows when.
    const isOurs = providerOf(ctx, provider) !== undefined;
    const mayBeOver = session.isRented || ctx.now().getTime() - createdAt.getTime() > longestMs;
    if (isOurs ? !answered.has(provider) : !mayBeOver) continue;
    if (await tryEndMachine(ctx, session, { reason: 'reaped', start: 'counts' })) closed += 1;
  }
  return closed;
}
