import type { SaladcloudCalls } from './saladcloud-calls.ts';
import type { GpuClass } from './saladcloud-schemas.ts';

/** Orders of priority: who has a higher one may take the machine from a lower one. */
export const priorities = ['high', 'medium', 'low', 'batch'] as const;
export type Priority = (typeof priorities)[number];

/** Prices move; a minute in which many jobs look for machines needs no call for each. */
const classesLiveMs = 5 * 60_000;

/** GPU classes with their prices. */
export type Market = {
  /** Some minutes old at most, older only where the vendor does not answer. */
  classes(signal: AbortSignal): Promise<readonly GpuClass[]>;
  /** Asked anew. */
  classesNow(signal: AbortSignal): Promise<readonly GpuClass[]>;
};

export function createMarket(calls: SaladcloudCalls, now: () => Date): Market {
  let kept: { classes: readonly GpuClass[]; atMs: number } | null = null;

  const classesNow = async (signal: AbortSignal) => {
    const classes = await calls.gpuClasses(signal);
    kept = { classes, atMs: now().getTime() };
    return classes;
  };
  return {
    classesNow,
    async classes(signal) {
      if (kept === null) return await classesNow(signal);
      if (Math.abs(now().getTime() - kept.atMs) < classesLiveMs) return kept.classes;
      const { classes } = kept;
      return await classesNow(signal).catch(() => {
        signal.throwIfAborted();
        return classes;
      });
    },
  };
}

/** US dollars an hour, vCPU and memory included. @returns null where this priority is not sold */
export function priceOf(gpuClass: GpuClass, priority: string): number | null {
  const found = gpuClass.prices.find((price) => price?.priority === priority);
  const price = Number(found?.price ?? 0);
  return price > 0 ? price : null;
}

/**
 * What a machine costs that may be of any of these classes: the dearest.
 * @returns null where one of them is not sold any more
 */
export function dearestPrice(
  classes: readonly GpuClass[],
  classIds: readonly string[],
  priority: Priority,
): number | null {
  const named = classes.filter(({ id }) => classIds.includes(id));
  const prices = named.flatMap((one) => priceOf(one, priority) ?? []);
  const isComplete = prices.length === new Set(classIds).size && prices.length > 0;
  return isComplete ? Math.max(...prices) : null;
}
