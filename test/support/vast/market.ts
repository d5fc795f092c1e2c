import type { Random } from '../../../src/domain/random.ts';
import { filterRows, orderRows, type Row } from './filters.ts';
import { refuse, type VastHost } from './settings.ts';

/** Fields of a search that may be filtered and ordered by. */
const offerFields = new Set(
  `id ask_contract_id machine_id host_id bundle_id gpu_name num_gpus gpu_ram gpu_total_ram gpu_frac gpu_arch compute_cap
  cuda_max_good driver_version cpu_arch cpu_cores cpu_cores_effective cpu_ram cpu_ghz disk_space disk_bw inet_down inet_up
  inet_down_cost inet_up_cost storage_cost dph_base dph_total min_bid reliability reliability2 verified verification
  datacenter rentable rented external static_ip direct_port_count duration geolocation dlperf score`.split(
    /\s+/,
  ),
);
const controls = new Set(['type', 'order', 'limit', 'allocated_storage', 'disable_bundling']);
const kinds = ['on-demand', 'ondemand', 'bid', 'reserved'];
const usualStorageGb = 8;
const usualLimit = 64;
const hoursPerMonth = 720;
/** Ids of asks: of the machine, then of the slot. */
const slotsPerMachine = 10;

export const askId = (host: VastHost, slot: number): number => host.machineId * slotsPerMachine + slot;

/** @returns null for an id that no host has */
export function hostOfAsk(hosts: readonly VastHost[], ask: number): VastHost | null {
  const host = hosts.find(({ machineId }) => machineId === Math.floor(ask / slotsPerMachine));
  return host !== undefined && ask % slotsPerMachine < host.slots ? host : null;
}

/** What a search answers. @throws VastRefusal 400 `invalid_request` */
export function searchOffers(
  body: Readonly<Record<string, unknown>>,
  market: {
    hosts: readonly VastHost[];
    isRented: (host: VastHost) => boolean;
    priceNoise: number;
    random: Random;
  },
): Row[] {
  const { type = 'on-demand', order, limit = usualLimit, allocated_storage: gb = usualStorageGb } = body;
  if (typeof type !== 'string' || !kinds.includes(type)) throw refuse(400, 'invalid_request', 'unknown type');
  if (typeof limit !== 'number' || !Number.isInteger(limit) || limit < 1) {
    throw refuse(400, 'invalid_request', 'limit is a whole number');
  }
  if (typeof gb !== 'number') throw refuse(400, 'invalid_request', 'allocated_storage is a number');
  const filters = Object.fromEntries(Object.entries(body).filter(([name]) => !controls.has(name)));
  const rows = market.hosts.flatMap((host) => {
    const noise = 1 + (market.random() * 2 - 1) * market.priceNoise;
    const prices = { gpu: host.gpuUsdPerHour * noise, bid: host.minBidUsd * noise, gb };
    const slots = Array.from({ length: host.slots }, (_, slot) => askId(host, slot));
    return slots.map((id) =>
      rowOf(host, id, { isBid: type === 'bid', isRented: market.isRented(host), prices }),
    );
  });
  return orderRows(filterRows(rows, filters, offerFields), order, offerFields).slice(0, limit);
}

function rowOf(
  host: VastHost,
  id: number,
  offer: { isBid: boolean; isRented: boolean; prices: { gpu: number; bid: number; gb: number } },
): Row {
  const { isBid, isRented, prices } = offer;
  const base = isBid ? prices.bid : prices.gpu;
  const disk = (host.storageCost * prices.gb) / hoursPerMonth;
  return {
    id,
    ask_contract_id: id,
    machine_id: host.machineId,
    host_id: host.machineId + 5_000,
    bundle_id: null,
    gpu_name: host.gpuName,
    num_gpus: host.numGpus,
    gpu_ram: host.gpuRamMb,
    gpu_total_ram: host.gpuRamMb * host.numGpus,
    gpu_frac: 1,
    gpu_arch: 'nvidia',
    compute_cap: host.computeCap,
    cuda_max_good: host.cudaMaxGood,
    driver_version: '570.86.10',
    cpu_arch: 'amd64',
    cpu_cores: host.cpuCores,
    cpu_cores_effective: host.cpuCores,
    cpu_ram: host.cpuRamMb,
    cpu_ghz: null,
    disk_space: host.diskGb,
    disk_bw: 1_800.5,
    inet_down: host.downloadMbits,
    inet_up: host.uploadMbits,
    inet_down_cost: host.downloadCost,
    inet_up_cost: host.uploadCost,
    storage_cost: host.storageCost,
    storage_total_cost: disk,
    dph_base: base,
    dph_total: base + disk,
    min_bid: prices.bid,
    is_bid: isBid,
    reliability: host.reliability,
    reliability2: host.reliability,
    verification: host.verification,
    verified: host.verification === 'verified',
    datacenter: false,
    rentable: true,
    rented: isRented,
    external: false,
    static_ip: null,
    direct_port_count: 20,
    duration: host.durationSeconds,
    geolocation: 'Osaka, JP',
    dlperf: 12.4,
    score: 30.1,
  };
}
