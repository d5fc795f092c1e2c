import { setTimeout as wait } from 'node:timers/promises';

/** What Vast.ai counts apart. */
export type VastEndpoint = 'search' | 'create' | 'destroy' | 'list' | 'user' | 'charges';

/**
 * The shortest time between two calls of one identity. A search counts as ten a minute.
 * Source: docs.vast.ai, "Rate limits and errors", and x-rate-limit in the pages of each call.
 */
export const vastGapsMs: Readonly<Record<VastEndpoint, number>> = {
  search: 6_000,
  create: 4_500,
  destroy: 3_000,
  list: 1_000,
  user: 1_000,
  charges: 1_000,
};

/** A create that came too early closes the door for so long. Source: as above, "penalty". */
const createPenaltyMs = 12_000;
/** Later than the shortest gap by up to a tenth: their clock is not ours. */
const jitterShare = 0.1;

export type VastPace = {
  /** Waits for the call's turn; first come, first served. @throws the signal's reason */
  turn(endpoint: VastEndpoint, signal: AbortSignal): Promise<void>;
  /** Milliseconds to stay away after a 429, where the answer names none. */
  penaltyMs(endpoint: VastEndpoint): number;
};

/** Keeps the gaps between calls, so that Vast.ai need not refuse any. */
export function createVastPace(options: {
  random: () => number;
  /** Tests shorten the gaps. */
  scale?: number;
}): VastPace {
  const { scale = 1 } = options;
  const nextAtMs = new Map<VastEndpoint, number>();

  return {
    async turn(endpoint, signal) {
      const nowMs = performance.now();
      const atMs = Math.max(nowMs, nextAtMs.get(endpoint) ?? 0);
      const gapMs = vastGapsMs[endpoint] * scale;
      nextAtMs.set(endpoint, atMs + gapMs * (1 + options.random() * jitterShare));
      if (atMs <= nowMs) return;
      // Timers drop fractions, and may be early by one.
      await wait(Math.ceil(atMs - nowMs) + 1, undefined, { signal }).catch(() => signal.throwIfAborted());
    },
    penaltyMs: (endpoint) => scale * (endpoint === 'create' ? createPenaltyMs : vastGapsMs[endpoint]),
  };
}
