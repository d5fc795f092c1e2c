import type { Context } from '../../context.ts';
import { asFailure } from '../../domain/errors.ts';
import { microUsd } from '../../domain/micro-usd.ts';
import type { Instance } from '../../providers/compute/contract.ts';
import { observeGpuSession, retireGpuSession, type StartFate } from '../../state/gpu-life.ts';
import type { OpenGpuSession } from '../../state/training.ts';
import { providerOf } from './providers.ts';

export type MachineEnd = { reason: string; start: StartFate };

type EndContext = Pick<Context, 'compute' | 'state' | 'log' | 'signal' | 'policy' | 'now'>;
type EndedSession = Pick<
  OpenGpuSession,
  'key' | 'provider' | 'isRented' | 'status' | 'createdAt' | 'firstSignAt' | 'endsAt'
> & {
  instanceId?: string | null;
};

/** The machines that carry a session's key, by the vendor's own word; the vendor may have made two. */
export async function findInstances(
  ctx: Pick<Context, 'compute' | 'signal'>,
  { key, provider }: Pick<OpenGpuSession, 'key' | 'provider'>,
  options: { isFresh: boolean },
): Promise<Instance[]> {
  const listed = await providerOf(ctx, provider)?.list({ signal: ctx.signal, isFresh: options.isFresh });
  return (listed ?? []).filter((instance) => instance.key === key);
}

/**
 * Ends a run's machine, by the vendor's word, and then its row; the cost is settled as it was seen, or from the vendor's
 * bill once that is there. Nothing is closed before the vendor has confirmed.
 * @param end start whether the start counts
 * @returns false where the order for it was lost and may still arrive, or its vendor cannot be asked here: its row stays
 * open until that is known
 * @throws what the vendor's calls throw; the row stays open then
 */
export async function endMachine(ctx: EndContext, session: EndedSession, end: MachineEnd): Promise<boolean> {
  const provider = providerOf(ctx, session.provider);
  if (provider === undefined && mayStillRun(ctx, session)) return false;
  const instances = await findInstances(ctx, session, { isFresh: true });
  if (instances.length === 0 && mayStillArrive(ctx, session)) return false;
  const [seen] = instances;
  // It may have run since the last look.
  if (seen !== undefined && session.isRented) await observe(ctx, seen);
  const ids = new Set(instances.map(({ id }) => id));
  // A list may not show it yet, or leave it out.
  if (session.isRented && session.instanceId != null) ids.add(session.instanceId);
  for (const id of ids) await provider?.stop(id, { signal: ctx.signal });
  const hasBill = session.isRented && provider?.bill !== undefined;
  const cost = await retireGpuSession(ctx.state, {
    key: session.key,
    reason: end.reason,
    billSeconds: hasBill ? ctx.policy.gpu.billSeconds : 0,
    start: end.start,
  });
  if (session.isRented) ctx.log.info({ key: session.key, microUsd: cost, ...end }, 'rented machine ended');
  return true;
}

/** Keeps what a vendor's list says of a machine of ours: the bill of some vendors is nothing else. */
export async function observe(ctx: Pick<Context, 'state'>, instance: Instance): Promise<void> {
  const { key, id, state, node, pricePerHourUsd, trouble } = instance;
  if (key === null) return;
  const microUsdPerHour = Math.ceil(pricePerHourUsd * microUsd);
  await observeGpuSession(ctx.state, {
    key,
    seen: { instanceId: id, state, node, microUsdPerHour, trouble },
  });
}

function mayStillArrive({ policy, now }: EndContext, session: EndedSession): boolean {
  const { isRented, status, createdAt, firstSignAt } = session;
  if (!isRented || status !== 'planned' || firstSignAt !== null) return false;
  return now().getTime() - createdAt.getTime() <= policy.gpu.reconcileSeconds * 1000;
}

/** Nobody here can ask its vendor, and its own end has not come. */
function mayStillRun({ now }: EndContext, { isRented, endsAt }: EndedSession): boolean {
  return isRented && endsAt !== null && now() <= endsAt;
}

/** As `endMachine`; where the vendor does not answer, the reaper ends the machine later. @returns whether it is gone */
export async function tryEndMachine(
  ctx: EndContext,
  session: EndedSession,
  end: MachineEnd,
): Promise<boolean> {
  try {
    return await endMachine(ctx, session, end);
  } catch (error) {
    ctx.signal.throwIfAborted();
    ctx.log.warn({ err: asFailure(error), key: session.key }, 'a machine could not be ended yet');
    return false;
  }
}
