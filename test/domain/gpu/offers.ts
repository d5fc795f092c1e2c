import type { RunDemand } from '../../../src/domain/gpu/choose-offer.ts';
import type { OfferFacts } from '../../../src/domain/gpu/expected-cost.ts';

const gigabyte = 1_000_000_000;

/** A graphics card of somebody else. */
export function aCard(name: string, pricePerHourUsd: number, facts: Partial<OfferFacts> = {}): OfferFacts {
  return {
    provider: 'saladcloud',
    title: name,
    pricePerHourUsd,
    transferUsd: 0,
    gpu: { name, memoryBytes: 12 * gigabyte },
    cpuCores: 4,
    memoryBytes: 16 * gigabyte,
    startupSeconds: 300,
    interruptionsPerHour: 0,
    node: null,
    ...facts,
  };
}

/** One hour on an RTX 3090, within four. */
export function aDemand(demand: Partial<RunDemand> = {}): RunDemand {
  return {
    seconds: 3_600,
    usesGpu: true,
    checkpointSeconds: null,
    gpuMemoryBytes: 8 * gigabyte,
    memoryBytes: 8 * gigabyte,
    timeLimitSeconds: 4 * 3_600,
    deadlineSeconds: 6 * 3_600,
    overheadSeconds: 600,
    ...demand,
  };
}
