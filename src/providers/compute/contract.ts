import type { OfferFacts } from '../../domain/gpu/expected-cost.ts';
import type { BundleManifest } from '../../domain/run-contract.ts';

/** What a training job asks of a machine. */
export type OfferRequest = {
  minMemoryBytes: number;
  minCpuCores: number;
  /** For what the job downloads, unpacks and writes. */
  minDiskBytes: number;
  /** null: no GPU is of use to it, so none is rented. */
  gpu: { minMemoryBytes: number } | null;
  /** Dearer machines are left out; everything that is billed by the hour counts. */
  maxPricePerHourUsd: number;
  /** The machine has to be there for so long. */
  seconds: number;
  /** Moved over the network; some vendors bill it. */
  downloadBytes: number;
  uploadBytes: number;
};

/** A machine that could be started now. */
export type Offer = OfferFacts & {
  /** The provider's own handle of this offer; what `start` needs to get this one. */
  name: string;
};

export type StartSpec = {
  /** Ours, unique to one start; the machine carries it as its label, so that it is found again after a crash. */
  key: string;
  offer: Offer;
  /** Where the machine fetches its job sheet (`jobSheetSchema`). */
  jobSheetUrl: string;
  /** Where the machine fetches the runner (one Python file archive); null where it is at hand. */
  runnerUrl: string | null;
  /** Container image; null where the provider needs none. */
  image: string | null;
  diskBytes: number;
  /** The vendor or the machine itself ends it after this, should nobody else. */
  maxLifeSeconds: number;
  /**
   * Where the machine sees whether a result of this start lies there already (signed GET of result.json): some vendors
   * start a finished container again.
   */
  resultUrl?: string | null;
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
  /** What it costs now by the vendor's word, disk included; before it runs, what it will cost. */
  pricePerHourUsd: number;
  /** Physical machine; changes when the vendor moves it. */
  node: string | null;
  /** Why it will not come up, or not again, in a sentence with a code; null: nothing is known to be wrong. */
  trouble: { code: string; message: string } | null;
  /** The vendor's own words on what it is doing, for people. */
  detail: string | null;
};

/** What a vendor billed for one machine of ours so far. */
export type BilledInstance = { key: string; usd: number; upTo: Date };

/** What a vendor's account says. */
export type AccountState = {
  /** Prepaid and left; null: the vendor does not tell. */
  balanceUsd: number | null;
  /** What a person has to know or mend, one sentence each; empty: all is well. */
  warnings: string[];
};

/**
 * Rents machines that run one job sheet each. A run is judged by its heartbeat and result alone; this port only
 * starts and ends machines. Implementations: the local machine, SaladCloud, Vast.ai.
 */
export type ComputeProvider = {
  name: string;
  /** A machine of somebody else that costs money; the job's files must be reachable from outside. */
  isRented: boolean;
  /** Machines to be had now, cheapest first; none when the provider has no room. */
  offers(request: OfferRequest, options: { signal: AbortSignal }): Promise<Offer[]>;
  /**
   * Starts one machine. The same key again finds the machine that carries it, and an answer that was lost is looked up.
   * @throws TransientFailure `compute.no_capacity`: surely nothing was started. `compute.unknown`: it may have been,
   * and could not be looked up; the row stays open and the reaper looks again.
   */
  start(spec: StartSpec, options: { signal: AbortSignal }): Promise<Started>;
  /**
   * Every machine of ours (label prefix of this installation) that is not surely gone.
   * @param options isFresh: an answer that is some seconds old does not do
   * @throws where the vendor's answer is no list: an error is never an empty list
   */
  list(options: { signal: AbortSignal; isFresh?: boolean }): Promise<Instance[]>;
  /**
   * Ends a machine for good. Returns when it is gone by the vendor's own list, or the vendor has taken the order and
   * bills no more. Unknown ids are gone already.
   */
  stop(instanceId: string, options: { signal: AbortSignal }): Promise<void>;
  /** Bills of the vendor for machines with these keys; left out where the vendor has none to read. */
  bill?(keys: readonly string[], options: { signal: AbortSignal }): Promise<BilledInstance[]>;
  /** Costs nothing. @throws ConfigurationFailure where the key is refused */
  account(options: { signal: AbortSignal }): Promise<AccountState>;
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
