import { setTimeout as wait } from 'node:timers/promises';
import { ConfigurationFailure, Failure, SystemFailure, TransientFailure } from '../../domain/errors.ts';
import type { VastMachines } from './vast-machines.ts';
import type { VastInstance } from './vast-schemas.ts';

/** An order can be taken and forgotten, so it is given again. */
const mostOrders = 3;
/** After each order; destroying takes its time. */
const looksPerOrder = 5;

/**
 * Destroys a machine and sees that it is gone from the list: `success` alone is no proof.
 * Source: vast-ai/docs, destroy_instance.yaml; LibreYOLO#505 (success, and the machine stayed).
 */
export function createVastStop(options: {
  machines: VastMachines;
  /** Machines without it belong to somebody else on the same account. */
  labelPrefix: string;
  /** Between two looks at the list. */
  lookGapMs: number;
}) {
  const { machines, labelPrefix, lookGapMs } = options;

  async function isGone(id: number, signal: AbortSignal): Promise<boolean> {
    for (let look = 0; look < looksPerOrder; look += 1) {
      if ((await machines.byId(id, signal)) === null) return true;
      await wait(lookGapMs, undefined, { signal }).catch(() => signal.throwIfAborted());
    }
    return false;
  }

  return async (instanceId: string, signal: AbortSignal): Promise<void> => {
    // Their ids are numbers; whatever else this is, it does not run there.
    if (!/^\d{1,15}$/.test(instanceId)) return;
    const id = Number(instanceId);
    refuseOthers(await lookBefore(machines, id, signal), labelPrefix);
    for (let order = 0; order < mostOrders; order += 1) {
      // Also where the list does not show it: a machine that is seconds old may not stand there yet.
      await machines.destroy(id, signal).catch(unlessUnknown);
      if (await isGone(id, signal)) return;
    }
    throw new TransientFailure('Vast.ai says that it destroyed a machine, and its list still shows it.', {
      code: 'compute.not_gone',
      details: { instanceId },
    });
  };
}

/** A list that cannot be had now must not keep a machine alive. */
async function lookBefore(
  machines: VastMachines,
  id: number,
  signal: AbortSignal,
): Promise<VastInstance | null> {
  try {
    return await machines.byId(id, signal);
  } catch (error) {
    if (signal.aborted || error instanceof ConfigurationFailure) throw error;
    return null;
  }
}

function refuseOthers(instance: VastInstance | null, labelPrefix: string): void {
  if (instance === null || instance.label?.startsWith(labelPrefix)) return;
  throw new SystemFailure('This machine at Vast.ai belongs to somebody else, so it is left alone.', {
    code: 'compute.not_ours',
    details: { instanceId: String(instance.id) },
  });
}

function unlessUnknown(error: unknown): void {
  if (!(error instanceof Failure && error.code === 'vast.not_found')) throw error;
}
