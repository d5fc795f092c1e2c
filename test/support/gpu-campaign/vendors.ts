import type { Random } from '../../../src/domain/random.ts';
import { type SaladClass, type SaladPriority, usualClasses } from '../saladcloud/settings.ts';
import { openSaladcloud, type SaladcloudEmulator } from '../saladcloud/start-saladcloud.ts';
import { aHost } from '../vast/settings.ts';
import { openVast, type VastEmulator } from '../vast/start-vast.ts';

/** Runs take seconds: at a thousand times the usual prices their bills are as those of hours. */
export const dearer = 1_000;

/** One account at each vendor. */
export type Vendors = { saladcloud: SaladcloudEmulator; vast: VastEmulator; close(): Promise<void> };

export async function openVendors(pythonFolder: string, random: Random, seed: number): Promise<Vendors> {
  // At times the one vendor is the cheaper one, at times the other.
  const times = dearer * (0.7 + 1.3 * random());
  const saladcloud = await openSaladcloud({
    pythonFolder,
    // their second is ours, so that bills can be compared
    secondMs: 1_000,
    classes: usualClasses().map((one) => dearClass(one, times)),
    prepareSeconds: 0,
    allocateSeconds: 0.05,
    downloadSeconds: 0.05,
    createSeconds: 0.05,
    restartSeconds: 0.2,
    killSeconds: [0, 0.3],
    callsPerMinute: 1_000_000,
    random,
  });
  const hosts = [
    aHost({ machineId: 101 }),
    aHost({ machineId: 102, gpuUsdPerHour: 0.08, minBidUsd: 0.05 }),
    aHost({ machineId: 103, gpuName: 'RTX 3090', gpuRamMb: 24_576, gpuUsdPerHour: 0.13, minBidUsd: 0.07 }),
  ].map((host) => ({
    ...host,
    gpuUsdPerHour: host.gpuUsdPerHour * dearer,
    minBidUsd: host.minBidUsd * dearer,
  }));
  const vast = await openVast({
    pythonFolder,
    seed,
    hosts,
    creditUsd: 1_000,
    vanishShare: 0.1,
    listLagMs: 20,
    destroyLagMs: 30,
    slowPullMs: 1_500,
  });
  const close = async () => {
    await Promise.all([saladcloud.close(), vast.close()]);
  };
  return { saladcloud, vast, close };
}

function dearClass(one: SaladClass, times: number): SaladClass {
  const at = (priority: SaladPriority) => asListed(one.prices[priority] * times);
  return { ...one, prices: { high: at('high'), medium: at('medium'), low: at('low'), batch: at('batch') } };
}

/** Their prices have three digits. */
export function asListed(usdPerHour: number): number {
  return Number(usdPerHour.toFixed(3));
}

/** What a machine of so much memory would cost an hour at least, of those that are to be had. */
export function cheapestUsdPerHour({ saladcloud, vast }: Vendors, gpuMemoryBytes: number): number {
  const gib = 2 ** 30;
  const ofSaladcloud = saladcloud.classes
    .filter(({ id, name }) => {
      const gigabytes = Number(/\((\d+) GB\)/.exec(name)?.[1] ?? 0);
      return gigabytes * gib >= gpuMemoryBytes && saladcloud.freeMachines(id) > 0;
    })
    .map(({ prices }) => prices.batch);
  const taken = new Set(vast.alive().map(({ host }) => host.machineId));
  const ofVast = vast.hosts
    .filter(({ machineId }) => !taken.has(machineId))
    .map(({ minBidUsd }) => minBidUsd);
  return Math.min(...ofSaladcloud, ...ofVast);
}

/** One of them, by the seed. */
export function oneOf<T>(random: Random, from: readonly [T, ...T[]]): T {
  return from[Math.floor(random() * from.length)] ?? from[0];
}
