import type { Instance, Offer, OfferRequest, StartSpec } from '../../src/providers/compute/contract.ts';

/** What a job of any size would take. */
export function anOfferRequest(request: Partial<OfferRequest> = {}): OfferRequest {
  return {
    minMemoryBytes: 0,
    minCpuCores: 1,
    minDiskBytes: 0,
    gpu: null,
    maxPricePerHourUsd: 0.15,
    seconds: 3_600,
    downloadBytes: 0,
    uploadBytes: 0,
    ...request,
  };
}

/** A small machine that costs nothing. */
export function anOffer(offer: Partial<Offer> = {}): Offer {
  return {
    provider: 'vendor',
    name: 'offer',
    title: 'an offer',
    pricePerHourUsd: 0,
    transferUsd: 0,
    gpu: null,
    cpuCores: 1,
    memoryBytes: 2 ** 30,
    startupSeconds: 1,
    interruptionsPerHour: 0,
    node: null,
    ...offer,
  };
}

/** A start that has ten minutes. */
export function aStartSpec(spec: Partial<StartSpec> & Pick<StartSpec, 'key' | 'jobSheetUrl'>): StartSpec {
  return {
    offer: anOffer(),
    runnerUrl: null,
    image: null,
    diskBytes: 10_000_000_000,
    maxLifeSeconds: 600,
    ...spec,
  };
}

/** A machine that runs. */
export function anInstance(instance: Partial<Instance> = {}): Instance {
  return {
    id: 'machine',
    provider: 'vendor',
    key: null,
    state: 'running',
    startedAt: null,
    pricePerHourUsd: 0,
    node: null,
    trouble: null,
    detail: null,
    ...instance,
  };
}
