/** A host of the market with one GPU to rent. Prices in $/h, $/GB/month and $/GB. */
export type VastHost = {
  machineId: number;
  gpuName: string;
  /** As Vast.ai tells it: 12,288 for a card of 12 GB. */
  gpuRamMb: number;
  gpuUsdPerHour: number;
  /** Floor of a bid. */
  minBidUsd: number;
  storageCost: number;
  downloadCost: number;
  uploadCost: number;
  reliability: number;
  cpuCores: number;
  cpuRamMb: number;
  diskGb: number;
  cudaMaxGood: number;
  /** A hundredfold: 860 for an RTX 3060. */
  computeCap: number;
  downloadMbits: number;
  uploadMbits: number;
  /** Seconds that the offer lasts. */
  durationSeconds: number;
  verification: 'verified' | 'unverified' | 'deverified';
  numGpus: number;
  /** Slots: offers with ids of their own for the same machine. */
  slots: number;
};

/** An RTX 3060 of the kind that fits under fifteen cents an hour. */
export function aHost(host: Partial<VastHost> & Pick<VastHost, 'machineId'>): VastHost {
  return {
    gpuName: 'RTX 3060',
    gpuRamMb: 12_288,
    gpuUsdPerHour: 0.06,
    minBidUsd: 0.04,
    storageCost: 0.15,
    downloadCost: 0.005,
    uploadCost: 0.01,
    reliability: 0.995,
    cpuCores: 8,
    cpuRamMb: 32_000,
    diskGb: 500,
    cudaMaxGood: 12.8,
    computeCap: 860,
    downloadMbits: 800,
    uploadMbits: 400,
    durationSeconds: 30 * 86_400,
    verification: 'verified',
    numGpus: 1,
    slots: 2,
    ...host,
  };
}

/** What a container does instead of coming up. */
export type StartFault =
  /** The host's daemon refuses it, while `created`. */
  | 'oci_error'
  /** `loading` without another word, for ever. */
  | 'stall'
  /** `loading` for `slowPullMs`, with a word on each layer. */
  | 'slow_pull';

/** Categories of permissions, as far as somebody who rents needs them. Source: docs.vast.ai, "Permissions". */
export const vastRights = ['misc', 'user_read', 'instance_read', 'instance_write', 'billing_read'] as const;
export type VastRight = (typeof vastRights)[number];

export type VastSettings = {
  hosts: readonly VastHost[];
  creditUsd: number;
  /** Tags that the registry has; null: every one. */
  images: readonly string[] | null;
  /** Their seconds in one of ours: what is billed runs so much faster. */
  speed: number;
  /** Of the gaps between calls that are asked for; 0: none. */
  gapScale: number;
  /** Real milliseconds. */
  provisionMs: number;
  pullMs: number;
  slowPullMs: number;
  /** For so long after its destruction a machine is still listed, and then shown as null. */
  destroyLagMs: number;
  /** A new machine is not in the list for so long. */
  listLagMs: number;
  /** Of the asks of a create. */
  vanishShare: number;
  /** Each search moves each price by up to this share of it. */
  priceNoise: number;
  /** Some hosts bill the GPU while they pull. */
  billsLoading: boolean;
  /** Bytes that each machine downloads at its start, billed as traffic. */
  imageBytes: number;
  /** What the older list answers: its end is told with either status. */
  oldListStatus: 200 | 410;
  /** What the key may do. */
  rights: readonly VastRight[];
  /** How a call is refused that the key has no right to; both are documented. */
  noRightStatus: 401 | 403;
  seed: number;
  /** Folder with `python3`, put first on a container's PATH. */
  pythonFolder: string | null;
};

export const usualSettings: VastSettings = {
  hosts: [aHost({ machineId: 101 }), aHost({ machineId: 102, gpuUsdPerHour: 0.08, minBidUsd: 0.05 })],
  creditUsd: 5,
  images: null,
  speed: 1,
  gapScale: 0,
  provisionMs: 10,
  pullMs: 20,
  slowPullMs: 2_000,
  destroyLagMs: 20,
  listLagMs: 0,
  vanishShare: 0,
  priceNoise: 0,
  billsLoading: true,
  imageBytes: 0,
  oldListStatus: 410,
  rights: vastRights,
  noRightStatus: 403,
  seed: 1,
  pythonFolder: null,
};

/** A refusal as the service words it. */
export class VastRefusal extends Error {
  readonly status: number;
  readonly body: unknown;

  constructor(status: number, body: unknown) {
    super(JSON.stringify(body));
    this.status = status;
    this.body = body;
  }
}

/** @param error their name of it */
export function refuse(status: number, error: string, msg: string): VastRefusal {
  return new VastRefusal(status, { success: false, error, msg });
}
