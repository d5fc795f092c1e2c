import { expect, test } from 'vitest';
import { readOfferName } from '../../../src/providers/compute/vast-offers.ts';
import { aGpuJob, vastAt, within } from '../../support/vast/a-vast.ts';
import { aHost } from '../../support/vast/settings.ts';
import { startVast } from '../../support/vast/start-vast.ts';

test('offers are priced with disk and traffic, cheapest first, each machine once of a kind', async () => {
  const emulator = await startVast();

  const offers = await vastAt(emulator).offers(aGpuJob(), within());

  const disk = (0.15 * 20) / 720;
  expect(offers.map(({ node, title }) => [node, title])).toEqual([
    ['101', 'RTX 3060 (12 GB), bid'],
    ['102', 'RTX 3060 (12 GB), bid'],
    ['101', 'RTX 3060 (12 GB), on demand'],
    ['102', 'RTX 3060 (12 GB), on demand'],
  ]);
  expect(offers.map((offer) => offer.pricePerHourUsd)).toEqual([
    expect.closeTo(0.046 + disk),
    expect.closeTo(0.0575 + disk),
    expect.closeTo(0.06 + disk),
    expect.closeTo(0.08 + disk),
  ]);
  expect(offers[0]).toMatchObject({
    provider: 'vast',
    gpu: { name: 'RTX 3060', memoryBytes: 12 * 2 ** 30 },
    cpuCores: 8,
    memoryBytes: 32e9,
    // 1 GB and an image of 4 GB in, 0.1 GB out.
    transferUsd: expect.closeTo(5 * 0.005 + 0.1 * 0.01),
  });
});

test('a bid can be taken away, so it is told as the riskier offer', async () => {
  const emulator = await startVast({ hosts: [aHost({ machineId: 5, reliability: 0.99 })] });

  const [bid, onDemand] = await vastAt(emulator).offers(aGpuJob(), within());

  expect(bid?.interruptionsPerHour).toBeGreaterThan(onDemand?.interruptionsPerHour ?? 1);
  expect(onDemand?.interruptionsPerHour).toBeCloseTo(0.01 / 0.99);
});

test('the cap holds for GPU and disk together', async () => {
  const emulator = await startVast({
    hosts: [aHost({ machineId: 5, gpuUsdPerHour: 0.149, minBidUsd: 0.149 })],
  });

  expect(await vastAt(emulator).offers(aGpuJob({ maxPricePerHourUsd: 0.15 }), within())).toEqual([]);
  expect(await vastAt(emulator).offers(aGpuJob({ maxPricePerHourUsd: 0.16 }), within())).toHaveLength(1);
});

test('a bid that would cost as much as the machine itself is not worth its risk', async () => {
  const emulator = await startVast({
    hosts: [aHost({ machineId: 5, gpuUsdPerHour: 0.06, minBidUsd: 0.059 })],
  });

  const offers = await vastAt(emulator).offers(aGpuJob(), within());

  expect(offers.map(({ name }) => name.split(':')[0])).toEqual(['on-demand']);
});

test.each([
  ['too little memory of its GPU', aGpuJob({ gpu: { minMemoryBytes: 20e9 } })],
  ['too little memory', aGpuJob({ minMemoryBytes: 64e9 })],
  ['too few cores', aGpuJob({ minCpuCores: 32 })],
  ['too small a disk', aGpuJob({ minDiskBytes: 900e9 })],
  ['too short an offer', aGpuJob({ seconds: 90 * 86_400 })],
])('a machine with %s is no offer', async (_, job) => {
  const emulator = await startVast();

  expect(await vastAt(emulator).offers(job, within())).toEqual([]);
});

test.each([
  ['unverified', { verification: 'unverified' as const }],
  ['unreliable', { reliability: 0.9 }],
  ['slow', { downloadMbits: 20 }],
  ['dear in traffic', { downloadCost: 0.03 }],
  ['behind in drivers', { cudaMaxGood: 12.6 }],
  ['too old for PyTorch', { gpuName: 'GTX 1080 Ti', computeCap: 610 }],
  ['one of several GPUs', { numGpus: 4 }],
])('a host that is %s is left out', async (_, host) => {
  const emulator = await startVast({ hosts: [aHost({ machineId: 5, ...host })] });

  expect(await vastAt(emulator).offers(aGpuJob(), within())).toEqual([]);
});

test('a machine that is rented already is no offer', async () => {
  const emulator = await startVast({ hosts: [aHost({ machineId: 5 })] });
  const vast = vastAt(emulator, { kinds: ['on-demand'] });
  const [offer] = await vast.offers(aGpuJob(), within());
  await fetch(`${emulator.url}/api/v0/asks/${readOfferName(offer?.name ?? '').ask}/`, {
    method: 'PUT',
    headers: { authorization: `Bearer ${emulator.apiKey}` },
    body: JSON.stringify({ client_id: 'me', image: 'a:b', disk: 10, runtype: 'args', args: ['sleep', '60'] }),
  });

  expect(await vast.offers(aGpuJob(), within())).toEqual([]);
});

test('rows that make no sense are left out, and a page of them is an error', async () => {
  const emulator = await startVast();
  const vast = vastAt(emulator, { kinds: ['on-demand'] });
  const body = JSON.stringify({ offers: [{ id: 1, dph_total: -1 }] });
  emulator.fault('search', { kind: 'status', status: 200, body });

  await expect(vast.offers(aGpuJob(), within())).rejects.toMatchObject({
    kind: 'system',
    code: 'vast.bad_response',
  });
});

test("an offer's name is read back, and nothing else is taken for one", () => {
  expect(readOfferName('on-demand:17')).toEqual({ ask: 17, bid: null });
  expect(readOfferName('bid:17:0.0525')).toEqual({ ask: 17, bid: 0.0525 });
  for (const name of ['bid:17', 'on-demand:17:0.1', '17', 'on-demand:1/../2', '']) {
    expect(() => readOfferName(name)).toThrow('This is no offer of Vast.ai.');
  }
});
