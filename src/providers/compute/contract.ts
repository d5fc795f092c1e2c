import type { BundleManifest } from '../../domain/run-contract.ts';

/** What a training job asks of a machine. */
export type OfferRequest = {
  minMemoryBytes: number;
  minCpuCores: number;
  needsGpu: boolean;
  /** Dearer machines are left out. */
  maxPricePerHourUsd: number;
};

/** A machine that could be started now. */
export type Offer = {
  /** Name of the provider, as in `ComputeProvider.name`. */
  provider: string;
  /** The provider's own name of the kind of machine; what `start` needs to get this one. */
  name: string;
  pricePerHourUsd: number;
  gpu: { name: string; memoryBytes: number } | null;
  cpuCores: number;
  memoryBytes: number;
  /** Usual time from start to the first heartbeat. */
  startupSeconds: number;
};

export type StartSpec = {
  /** Ours, unique to one start; the machine carries it as its label, so that it is found again after a crash. */
  key: string;
  offer: Offer;
  /** Where the machine fetches its job sheet (`jobSheetSchema`). */
  jobSheetUrl: string;
  /** A provider that can end a machine by itself does so after this. */
  maxLifeSeconds: number;
};

export type Started = { instanceId: string; startedAt: Date };

/** A machine that costs or may cost something now. */
export type Instance = {
  id: string;
  provider: string;
  /** The key it was started with; null for one that is not ours. */
  key: string | null;
  state: 'starting' | 'running' | 'stopping';
  startedAt: Date | null;
  pricePerHourUsd: number;
};

/**
 * Rents machines that run one job sheet each. A run is judged by its heartbeat and result alone; this port only
 * starts and ends machines. Implementations: the local machine, SaladCloud, Vast.ai.
 */
export type ComputeProvider = {
  name: string;
  /** Machines to be had now, cheapest first; none when the provider has no room. */
  offers(request: OfferRequest, options: { signal: AbortSignal }): Promise<Offer[]>;
  /**
   * Starts one machine. The same key again finds the machine that carries it.
   * @throws TransientFailure `compute.no_capacity`
   */
  start(spec: StartSpec, options: { signal: AbortSignal }): Promise<Started>;
  /** Every machine of ours that is not surely gone. */
  list(options: { signal: AbortSignal }): Promise<Instance[]>;
  /** Returns when the machine is gone, or the provider has taken the order. Unknown ids are gone already. */
  stop(instanceId: string, options: { signal: AbortSignal }): Promise<void>;
};

/** What a training bundle holds. */
export type BundleParts = {
  /** train.py */
  script: string;
  /** requirements.txt */
  requirements: string;
  manifest: BundleManifest;
  /** For running the bundle by hand; a plain Python image by default. */
  dockerfile?: string;
  /** test_outputs.py, for checking by hand what a run wrote. */
  outputTests?: string;
};
