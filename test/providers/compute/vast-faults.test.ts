import { expect, test, vi } from 'vitest';
import { asFailure } from '../../../src/domain/errors.ts';
import { createRandom, type Random } from '../../../src/domain/random.ts';
import type { ComputeProvider } from '../../../src/providers/compute/contract.ts';
import { aGpuJob, aStart, labelPrefix, vastAt, within } from '../../support/vast/a-vast.ts';
import { aHost } from '../../support/vast/settings.ts';
import { startVast, type VastEmulator, type VastFault } from '../../support/vast/start-vast.ts';

const until = { timeout: 20_000, interval: 20 };
const gateway: VastFault = { kind: 'status', status: 502 };
const ofCreate: readonly VastFault[] = [
  gateway,
  { kind: 'lost', how: 'html' },
  { kind: 'lost', how: 'busy' },
  { kind: 'lost', how: 'cut' },
  { kind: 'lost', how: 'garbled' },
  { kind: 'late', afterMs: 40 },
  { kind: 'status', status: 429, body: 'API requests too frequent' },
];
const ofList: readonly VastFault[] = [gateway, { kind: 'lost', how: 'garbled' }, { kind: 'lie' }];
const ofDestroy: readonly VastFault[] = [gateway, { kind: 'lie' }, { kind: 'lost', how: 'cut' }];

function pick(random: Random, faults: readonly VastFault[]): VastFault {
  return faults[Math.floor(random() * faults.length)] ?? gateway;
}

function plan(emulator: VastEmulator, random: Random): void {
  for (let index = 0; index < 4; index += 1) {
    emulator.fault('create', pick(random, ofCreate));
    emulator.fault('list', pick(random, ofList));
    emulator.fault('destroy', pick(random, ofDestroy));
  }
  emulator.fault('search', gateway);
}

type Outcome = { key: string; instanceId: string | null; code: string | null };

/** What a caller of the port does: the next offer under the next key, until one is started or nobody knows. */
async function startOne(vast: ComputeProvider, name: string): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  for (let attempt = 1; attempt <= 4; attempt += 1) {
    const key = `${labelPrefix}gpu-${name}-${attempt}`;
    try {
      const { instanceId } = await vast.start(await aStart(vast, { key }), within());
      return [...outcomes, { key, instanceId, code: null }];
    } catch (error) {
      const { code } = asFailure(error);
      outcomes.push({ key, instanceId: null, code });
      if (code !== 'compute.no_capacity') return outcomes;
    }
  }
  return outcomes;
}

/** What the reaper does, whatever fails on the way: everything that the list shows is ended. */
async function endAll(vast: ComputeProvider): Promise<void> {
  await vi.waitFor(async () => {
    const listed = await vast.list(within());
    await Promise.all(listed.map(({ id }) => vast.stop(id, within())));
    expect(await vast.list(within())).toEqual([]);
  }, until);
}

test.each([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])(
  'seed %d: whatever fails, no machine is doubled or left',
  async (seed) => {
    const random = createRandom(seed);
    const hosts = Array.from({ length: 8 }, (_, index) =>
      aHost({ machineId: index + 1, gpuUsdPerHour: 0.05 + index * 0.005, minBidUsd: 0.03 + index * 0.004 }),
    );
    const emulator = await startVast({
      hosts,
      seed,
      vanishShare: 0.15,
      priceNoise: 0.01,
      listLagMs: 5,
      destroyLagMs: 10,
      // Nothing is to run here.
      provisionMs: 600_000,
    });
    const vast = vastAt(emulator);
    plan(emulator, random);
    if (random() < 0.5) emulator.reprice(1 + Math.floor(random() * hosts.length), 1.5);

    const outcomes = (await Promise.all(['a', 'b', 'c'].map((name) => startOne(vast, name)))).flat();

    for (const { key, instanceId, code } of outcomes) {
      const alive = emulator.alive().filter(({ label }) => label === key);
      if (instanceId !== null) expect(alive.map(({ id }) => String(id))).toEqual([instanceId]);
      if (code === 'compute.no_capacity') expect(alive.map(({ id }) => id)).toEqual([]);
    }
    const job = aGpuJob();
    expect(emulator.alive().every((one) => one.gpuUsdPerHour < job.maxPricePerHourUsd)).toBe(true);
    await endAll(vast);
    // A create that was on its way, or that the list did not show yet, is found by a later round.
    await vi.waitFor(async () => {
      expect(emulator.onTheWay()).toBe(0);
      await endAll(vast);
      expect(emulator.alive().map(({ label }) => label)).toEqual([]);
    }, until);
  },
);
