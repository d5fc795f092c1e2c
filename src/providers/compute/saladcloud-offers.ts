import { SystemFailure } from '../../domain/errors.ts';
import type { Offer, OfferRequest } from './contract.ts';
import type { SaladcloudCalls } from './saladcloud-calls.ts';
import { type Market, type Priority, priceOf, priorities } from './saladcloud-market.ts';
import type { Availability, GpuClass } from './saladcloud-schemas.ts';

const mib = 2 ** 20;
const gib = 2 ** 30;
/** Source: api-specs/salad-cloud.yaml, container resources; docs.salad.com, FAQs (what nodes really have). */
const limits = { cpu: 16, memoryMb: 61_440, storageBytes: 250 * gib, leastMemoryMb: 1_024 };
const leastCpu = 2;
/** Before Turing: PyTorch for CUDA 12.8 and later has no code for them. Source: pytorch/pytorch, RELEASE.md */
const oldCards = /\bGTX (9|10)\d\d\b/i;
/** Each class costs a call to learn what is free, and the cheap ones are looked at first. */
const mostClassesAsked = 12;

/**
 * Allocation, image and start: minutes. Two minutes for each GB of image is slow, and images with CUDA have 3 to 5 GB.
 * Source: docs.salad.com, deployment lifecycle and troubleshooting
 */
const startupSeconds = 600;

/**
 * Most machines stay longer than 10 hours, and 90 to 95 % of them are there at a time, so one goes offline every 20
 * hours or so; the lower the priority, the more often somebody else takes it besides. An estimate.
 * Source: docs.salad.com, long-running tasks, FAQs, priority pricing
 */
const interruptionsPerHour: Readonly<Record<Priority, number>> = {
  high: 0.05,
  medium: 0.07,
  low: 0.1,
  batch: 0.15,
};

const availableField = {
  high: 'available_gpu_high',
  medium: 'available_gpu_medium',
  low: 'available_gpu_low',
  batch: 'available_gpu_batch',
} as const satisfies Readonly<Record<Priority, keyof Availability>>;

type Resources = { cpu: number; memoryMb: number; storageBytes: number };
type Ware = {
  gpuClass: GpuClass;
  gpu: { name: string; memoryBytes: number };
  needs: Resources;
  cheapestUsd: number;
};

export type Shop = {
  calls: SaladcloudCalls;
  market: Market;
  provider: string;
  /** Those that may be rented. */
  priorities: readonly Priority[];
  /** Lower-case ISO codes; empty: wherever. */
  countries: readonly string[];
};

/** Machines that are free now, cheapest first: one offer for each class and priority. */
export async function findOffers(
  { calls, market, provider, ...wanted }: Shop,
  request: OfferRequest,
  signal: AbortSignal,
): Promise<Offer[]> {
  if (request.gpu === null) return [];
  const wares = (await market.classes(signal)).flatMap(
    (gpuClass) => wareOf(gpuClass, request, wanted.priorities) ?? [],
  );
  const asked = wares
    .filter(({ cheapestUsd }) => cheapestUsd <= request.maxPricePerHourUsd)
    .sort((one, other) => one.cheapestUsd - other.cheapestUsd)
    .slice(0, mostClassesAsked);
  if (asked.length === 0 || (await isQuotaUsed(calls, signal))) return [];
  const refusals: SystemFailure[] = [];
  const offers = await Promise.all(
    asked.map(async (ware) => {
      const { gpuClass, needs } = ware;
      const { countries } = wanted;
      const free = await calls
        .availability({ classId: gpuClass.id, countries, ...needs }, signal)
        .catch((error: unknown) => {
          refusals.push(refusalOf(error));
          return null;
        });
      if (free === null) return [];
      return wanted.priorities.flatMap((priority) => offerOf(ware, priority, free, provider) ?? []);
    }),
  );
  // Where none is understood, it is us whom the vendor does not understand.
  if (refusals[0] !== undefined && refusals.length === asked.length) throw refusals[0];
  return offers
    .flat()
    .filter(({ pricePerHourUsd }) => pricePerHourUsd <= request.maxPricePerHourUsd)
    .sort((one, other) => one.pricePerHourUsd - other.pricePerHourUsd);
}

/** A class that was taken off the market since the prices were read takes no other one with it. */
function refusalOf(error: unknown): SystemFailure {
  if (error instanceof SystemFailure && error.code === 'saladcloud.bad_request') return error;
  throw error;
}

/** Every group counts, running or not. */
export async function isQuotaUsed(calls: SaladcloudCalls, signal: AbortSignal): Promise<boolean> {
  const quotas = await calls.quotas(signal);
  return quotas.container_replicas_used >= quotas.container_replicas_quota;
}

/** How an offer names what it is of: class and priority. */
export function offerName(classId: string, priority: Priority): string {
  return `${classId}@${priority}`;
}

/** @returns null for a name that is none of ours */
export function readOfferName(name: string): { classId: string; priority: Priority } | null {
  const [classId = '', word = ''] = name.split('@');
  const priority = priorities.find((one) => one === word);
  return priority === undefined || classId === '' ? null : { classId, priority };
}

/** What is asked of a machine; the class may ask for more. @returns null where it has less, or is too old */
function wareOf(gpuClass: GpuClass, request: OfferRequest, wanted: readonly Priority[]): Ware | null {
  const gpu = readGpu(gpuClass);
  if (gpu === null || oldCards.test(gpu.name)) return null;
  if (gpu.memoryBytes < (request.gpu?.minMemoryBytes ?? 0)) return null;
  const needs = {
    cpu: Math.max(leastCpu, Math.ceil(request.minCpuCores), gpuClass.min_vcpu ?? 0),
    memoryMb: Math.max(limits.leastMemoryMb, Math.ceil(request.minMemoryBytes / mib), gpuClass.min_ram ?? 0),
    storageBytes: Math.max(gib, Math.ceil(request.minDiskBytes), gpuClass.min_storage ?? 0),
  };
  const fits =
    needs.cpu <= Math.min(limits.cpu, gpuClass.max_vcpu ?? limits.cpu) &&
    needs.memoryMb <= Math.min(limits.memoryMb, gpuClass.max_ram ?? limits.memoryMb) &&
    needs.storageBytes <= Math.min(limits.storageBytes, gpuClass.max_storage ?? limits.storageBytes);
  const prices = wanted.flatMap((priority) => priceOf(gpuClass, priority) ?? []);
  return fits ? { gpuClass, gpu, needs, cheapestUsd: Math.min(Number.POSITIVE_INFINITY, ...prices) } : null;
}

/**
 * The memory stands in the name alone (`RTX 3090 (24 GB)`, sometimes after a blank). Classes with several GPUs are
 * left out: whether their price is for one or for all is not said.
 */
export function readGpu({ name, gpu_count }: Pick<GpuClass, 'name' | 'gpu_count'>): Ware['gpu'] | null {
  const found = /^\s*(.{2,}?)\s*\((\d{1,4})\s*GB\)\s*$/i.exec(name);
  if (found === null || (gpu_count ?? 1) !== 1) return null;
  const [, shortName = '', gigabytes = ''] = found;
  return { name: shortName, memoryBytes: Number(gigabytes) * gib };
}

function offerOf(ware: Ware, priority: Priority, free: Availability, provider: string): Offer | null {
  const pricePerHourUsd = priceOf(ware.gpuClass, priority);
  // A count that is left out is unknown, and the only way to learn it is to try.
  if (pricePerHourUsd === null || free[availableField[priority]] === 0) return null;
  return {
    provider,
    name: offerName(ware.gpuClass.id, priority),
    title: `${ware.gpuClass.name.trim()}, ${priority}`,
    pricePerHourUsd,
    transferUsd: 0,
    gpu: ware.gpu,
    cpuCores: ware.needs.cpu,
    memoryBytes: ware.needs.memoryMb * mib,
    startupSeconds,
    // Source: docs.salad.com, billing: by the second in `running`; a cold start costs nothing
    hasFreeStartup: true,
    interruptionsPerHour: interruptionsPerHour[priority],
    node: null,
  };
}
