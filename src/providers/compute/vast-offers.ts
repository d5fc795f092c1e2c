import { SystemFailure } from '../../domain/errors.ts';
import type { Offer, OfferRequest } from './contract.ts';
import type { VastCalls } from './vast-calls.ts';
import { bidFor, diskGbFor, diskPerHourUsd, offeredWithin, promisedUsd, transferUsd } from './vast-price.ts';
import {
  type GpuRequest,
  memoryBytesOfGpu,
  memoryBytesOfMachine,
  type VastKind,
  vastQuery,
} from './vast-query.ts';
import { type VastOffer, vastOfferSchema, vastSearchSchema } from './vast-schemas.ts';

/** What a usual training image weighs on the wire; the host's download of it may be billed. */
const imageDownloadBytes = 4e9;
/** From a rent to the start of the pull, and from its end to the first heartbeat. */
const startupSeconds = 90;
/** Of the bandwidth that a host names; a guess, since many deliver less. */
const deliveredShare = 0.5;
const usualDownloadMbits = 200;
/** Where a host has no history yet. Source: docs.vast.ai: the reliability of a new machine starts at 60 %. */
const reliabilityOfUnknown = 0.6;
/** How often an hour somebody bids more, as a first guess: no figures are published. */
const outbidPerHour = 0.1;
const bytesPerGib = 2 ** 30;

/**
 * Machines with one GPU that could be rented now, cheapest first and each once.
 * Source: vast-ai/docs, search_offers.yaml; prices as in vast-price.ts.
 */
export function createVastOffers(options: { calls: VastCalls; kinds: readonly VastKind[] }) {
  const { calls, kinds } = options;

  async function search(request: GpuRequest, kind: VastKind, signal: AbortSignal): Promise<Offer[]> {
    const { offers } = await calls({
      name: 'search',
      endpoint: 'search',
      method: 'POST',
      path: '/api/v0/bundles/',
      json: vastQuery(request, kind),
      answer: vastSearchSchema,
      idempotent: true,
      signal,
    });
    const rows = offers.flatMap((row) => {
      const parsed = vastOfferSchema.safeParse(row);
      return parsed.success ? [parsed.data] : [];
    });
    if (rows.length === 0 && offers.length > 0) {
      throw new SystemFailure('Vast.ai answered in a shape we do not know.', {
        code: 'vast.bad_response',
        details: { call: 'search' },
      });
    }
    return rows.flatMap((row) => offerOf(row, request, kind) ?? []);
  }

  return async (request: OfferRequest, signal: AbortSignal): Promise<Offer[]> => {
    const { gpu } = request;
    // Nothing is rented for a job that has no use for a GPU.
    if (gpu === null) return [];
    const found: Offer[] = [];
    for (const kind of kinds) found.push(...(await search({ ...request, gpu }, kind, signal)));
    const ordered = found.sort((a, b) => a.pricePerHourUsd - b.pricePerHourUsd);
    return withoutTwins(ordered);
  };
}

/** @returns null for a machine that does not fit, whatever the server's filter let through */
function offerOf(row: VastOffer, request: GpuRequest, kind: VastKind): Offer | null {
  const diskGb = diskGbFor(request.minDiskBytes);
  const disk = diskPerHourUsd(row.storage_cost, diskGb);
  const most = offeredWithin(request.maxPricePerHourUsd) - disk;
  const bid = kind === 'bid' ? bidFor(row.min_bid ?? row.dph_base, most) : null;
  if (kind === 'bid' && bid === null) return null;
  // Theirs includes the disk that was asked for; the dearer of the two is promised.
  const price = promisedUsd(bid === null ? Math.max(row.dph_total, row.dph_base + disk) : bid + disk);
  // The memory of a slot is its share of the machine's.
  const share = row.gpu_frac != null && row.gpu_frac > 0 && row.gpu_frac < 1 ? row.gpu_frac : 1;
  const memoryBytes = memoryBytesOfMachine(row.cpu_ram) * share;
  const gpuBytes = memoryBytesOfGpu(row.gpu_ram);
  const fits =
    row.num_gpus === 1 &&
    row.rentable !== false &&
    price <= request.maxPricePerHourUsd &&
    gpuBytes >= request.gpu.minMemoryBytes &&
    memoryBytes >= request.minMemoryBytes &&
    row.disk_space >= diskGb;
  if (!fits) return null;
  const name = gpuNameOf(row.gpu_name);
  return {
    provider: 'vast',
    name: offerName({ kind, ask: row.id, bid }),
    title: `${name} (${Math.round(gpuBytes / bytesPerGib)} GB), ${kind === 'bid' ? 'bid' : 'on demand'}`,
    pricePerHourUsd: price,
    transferUsd: transferUsd(
      { download: request.downloadBytes + imageDownloadBytes, upload: request.uploadBytes },
      { download: row.inet_down_cost, upload: row.inet_up_cost },
    ),
    gpu: { name, memoryBytes: gpuBytes },
    cpuCores: row.cpu_cores_effective ?? 1,
    memoryBytes,
    startupSeconds: startupSecondsOf(row),
    interruptionsPerHour: interruptionsOf(row, kind),
    node: String(row.machine_id),
  };
}

function startupSecondsOf(row: VastOffer): number {
  const bitsPerSecond = (row.inet_down || usualDownloadMbits) * 1e6 * deliveredShare;
  return startupSeconds + (imageDownloadBytes * 8) / bitsPerSecond;
}

/** An uptime of u with failures of about an hour is a failure every u / (1 - u) hours. */
function interruptionsOf(row: VastOffer, kind: VastKind): number {
  const told = row.reliability ?? row.reliability2 ?? reliabilityOfUnknown;
  const uptime = Math.min(Math.max(told, 0.01), 1);
  return (1 - uptime) / uptime + (kind === 'bid' ? outbidPerHour : 0);
}

/** Their words, for people: a plain short name, or none. */
function gpuNameOf(text: string): string {
  return (
    text
      .replaceAll(/[^\w .+-]/g, '')
      .slice(0, 40)
      .trim() || 'GPU'
  );
}

/** Several offers are slots of one machine; the cheapest of each kind stands for it. A bid must be worth its risk. */
function withoutTwins(ordered: readonly Offer[]): Offer[] {
  const kept: Offer[] = [];
  for (const offer of ordered) {
    const twins = kept.filter((other) => other.node === offer.node);
    const isBid = offer.name.startsWith('bid');
    const isTwin = twins.some((twin) => isBid || !twin.name.startsWith('bid'));
    if (!isTwin) kept.push(offer);
  }
  return kept;
}

const namePattern = /^(on-demand|bid):(\d{1,15})(?::(\d+(?:\.\d+)?))?$/;

function offerName({ kind, ask, bid }: { kind: VastKind; ask: number; bid: number | null }): string {
  return bid === null ? `${kind}:${ask}` : `${kind}:${ask}:${bid}`;
}

/** What an offer's name says. `bid` is in $/h, null on demand. @throws SystemFailure `compute.bad_offer` */
export function readOfferName(name: string): { ask: number; bid: number | null } {
  const [, kind, ask, bid] = namePattern.exec(name) ?? [];
  if (ask === undefined || (kind === 'bid') !== (bid !== undefined)) {
    throw new SystemFailure('This is no offer of Vast.ai.', {
      code: 'compute.bad_offer',
      details: { surelyNothingHappened: true },
    });
  }
  return { ask: Number(ask), bid: bid === undefined ? null : Number(bid) };
}
