import type { OfferRequest } from './contract.ts';
import { diskGbFor } from './vast-price.ts';

/** `bid` machines are cheaper and are taken away when somebody bids more. */
export const vastKinds = ['on-demand', 'bid'] as const;
export type VastKind = (typeof vastKinds)[number];

const mostOffers = 64;
/** How the machine is to be, whatever the job. Ours, not Vast.ai's: a slow or flaky host costs more than it saves. */
const wanted = {
  leastReliability: 0.98,
  /** Of the driver; the image that machines usually start from is built for it. */
  leastCuda: 12.8,
  /** Turing, a hundredfold: PyTorch for that CUDA has no code for older cards. Source: pytorch/pytorch, RELEASE.md */
  leastComputeCap: 750,
  leastDownloadMbits: 200,
  leastUploadMbits: 50,
  /** $/GB */
  mostDownloadCost: 0.01,
  mostUploadCost: 0.02,
} as const;
/** Beyond the job's own time, for start-up and settling. */
const spareSeconds = 3_600;
const bytesPerMb = 1e6;
/** Memory of a GPU is told in units of this: a card of 12 GB says 12,288. */
const bytesPerMib = 2 ** 20;

export type GpuRequest = OfferRequest & { gpu: NonNullable<OfferRequest['gpu']> };

/**
 * The body of a search. The defaults of the official client are sent by name, since the server has others.
 * Source: vast-cli, vastai/api/query.py (names, operators, units); vast-ai/docs, search_offers.yaml.
 */
export function vastQuery(request: GpuRequest, kind: VastKind): Record<string, unknown> {
  const price = { lte: request.maxPricePerHourUsd };
  return {
    verified: { eq: true },
    external: { eq: false },
    rentable: { eq: true },
    rented: { eq: false },
    num_gpus: { eq: 1 },
    cpu_arch: { eq: 'amd64' },
    gpu_arch: { eq: 'nvidia' },
    gpu_ram: { gte: Math.floor(request.gpu.minMemoryBytes / bytesPerMib) },
    cpu_ram: { gte: Math.ceil(request.minMemoryBytes / bytesPerMb) },
    cpu_cores_effective: { gte: request.minCpuCores },
    disk_space: { gte: diskGbFor(request.minDiskBytes) },
    reliability: { gte: wanted.leastReliability },
    cuda_max_good: { gte: wanted.leastCuda },
    compute_cap: { gte: wanted.leastComputeCap },
    inet_down: { gte: wanted.leastDownloadMbits },
    inet_up: { gte: wanted.leastUploadMbits },
    inet_down_cost: { lte: wanted.mostDownloadCost },
    inet_up_cost: { lte: wanted.mostUploadCost },
    duration: { gte: request.seconds + spareSeconds },
    // A bid's price is its floor and what we put on top, not the machine's price on demand.
    ...(kind === 'bid' ? { min_bid: price } : { dph_total: price }),
    type: kind,
    allocated_storage: diskGbFor(request.minDiskBytes),
    order: [[kind === 'bid' ? 'min_bid' : 'dph_total', 'asc']],
    limit: mostOffers,
  };
}

export const memoryBytesOfGpu = (mb: number): number => mb * bytesPerMib;
export const memoryBytesOfMachine = (mb: number): number => mb * bytesPerMb;
