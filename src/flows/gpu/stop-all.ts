import type { Context } from '../../context.ts';
import { asFailure } from '../../domain/errors.ts';
import type { StoppedMachines } from '../../domain/gpu/stopped-machines.ts';
import type { ComputeProvider, Instance } from '../../providers/compute/contract.ts';
import { holdGpus, releaseGpus } from '../../state/gpu-life.ts';
import { rentedProviders } from './providers.ts';

type StopContext = Pick<Context, 'state' | 'actor' | 'log' | 'compute' | 'signal'>;

/** A vendor's list may lag behind its own order. */
const mostRounds = 3;

/**
 * Ends every rented machine of this installation now, and rents none until that is lifted. What ran there waits again. The
 * vendors' own lists count; nothing waits for results.
 */
export async function stopAllGpus(
  ctx: StopContext,
  input: { reason: string | null },
): Promise<StoppedMachines & { isHeld: boolean }> {
  const isHeld = await hold(ctx, input.reason);
  return { ...(await stopMachines(ctx, rentedProviders(ctx))), isHeld };
}

/** A database that does not answer keeps no machine alive. */
async function hold(ctx: StopContext, reason: string | null): Promise<boolean> {
  try {
    await holdGpus(ctx.state, reason, ctx.actor);
    return true;
  } catch (error) {
    ctx.log.error({ err: asFailure(error) }, 'the database does not know that all machines are stopped');
    return false;
  }
}

/** Machines may be rented again. @returns false where nothing held them */
export async function allowGpus(ctx: Pick<Context, 'state' | 'actor'>): Promise<boolean> {
  return await releaseGpus(ctx.state, ctx.actor);
}

/** The same without a database: what these vendors list with our label is ended. Never throws. */
export async function stopMachines(
  ctx: Pick<Context, 'log' | 'signal'>,
  providers: readonly ComputeProvider[],
): Promise<StoppedMachines> {
  const parts = await Promise.all(providers.map((provider) => stopAt(ctx, provider)));
  return {
    stopped: parts.flatMap(({ stopped }) => stopped),
    left: parts.flatMap(({ left }) => left),
    unknown: parts.flatMap(({ unknown }) => unknown),
  };
}

async function stopAt(
  ctx: Pick<Context, 'log' | 'signal'>,
  provider: ComputeProvider,
): Promise<StoppedMachines> {
  const ended = new Map<string, Instance>();
  let left: StoppedMachines['left'] = [];
  for (let round = 0; round < mostRounds; round++) {
    let instances: Instance[];
    try {
      instances = await provider.list({ signal: ctx.signal, isFresh: true });
    } catch (error) {
      const failure = asFailure(error);
      ctx.log.error({ err: failure, provider: provider.name }, 'machines could not be listed');
      const unknown = [{ provider: provider.name, reason: failure.message }];
      return { stopped: [...ended.values()].map(described), left, unknown };
    }
    const ours = instances.filter(({ key }) => key !== null);
    left = [];
    // Each takes up to minutes to go, and all of them cost meanwhile.
    const ends = ours.map(async (instance) => {
      const reason = await stopOne(ctx, provider, instance);
      if (reason === null) ended.set(instance.id, instance);
      else left.push({ ...described(instance), reason });
    });
    await Promise.all(ends);
    // Whatever was ordered a moment ago appears in the next list.
    if (ours.length === 0) break;
  }
  return { stopped: [...ended.values()].map(described), left, unknown: [] };
}

/** @returns why it could not be ended; null: it was */
async function stopOne(
  ctx: Pick<Context, 'log' | 'signal'>,
  provider: ComputeProvider,
  instance: Instance,
): Promise<string | null> {
  const fields = { provider: provider.name, instance: instance.id, key: instance.key };
  try {
    await provider.stop(instance.id, { signal: ctx.signal });
    ctx.log.warn(fields, 'rented machine ended by order');
    return null;
  } catch (error) {
    const failure = asFailure(error);
    ctx.log.error({ ...fields, err: failure }, 'a machine could not be ended');
    return failure.message;
  }
}

function described({ provider, id, pricePerHourUsd }: Instance) {
  return { provider, id, pricePerHourUsd };
}
