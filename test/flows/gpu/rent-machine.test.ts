import { expect, test, vi } from 'vitest';
import { ConfigurationFailure, TransientFailure } from '../../../src/domain/errors.ts';
import { waitingRuns, waitsForMachine } from '../../../src/domain/overview.ts';
import { competitionOverview } from '../../../src/flows/commands/competition-overview.ts';
import { allowGpus, stopAllGpus } from '../../../src/flows/gpu/stop-all.ts';
import { watchCosts } from '../../../src/flows/gpu/watch-costs.ts';
import type { ComputeProvider } from '../../../src/providers/compute/contract.ts';
import { listAlerts } from '../../../src/state/alerts.ts';
import { listGpuFleet } from '../../../src/state/gpu-life.ts';
import { readBudget, setBudget } from '../../../src/state/money.ts';
import { listOpenGpuSessions } from '../../../src/state/training.ts';
import { someActor } from '../../support/builders.ts';
import { aRentedWorld, holding, jobOf, later, look, noticesOf, trainToEnd } from './rented-world.ts';

const signal = new AbortController().signal;

test('a run that uses a graphics card is rented one, which is told, and the machine goes with its result', async () => {
  const world = await aRentedWorld();

  const job = await trainToEnd(world, world.jobs[0]);

  expect(job).toMatchObject({ status: 'succeeded', starts: 1 });
  expect(world.vendor.started).toHaveLength(1);
  expect(await noticesOf(world, 'machine_chosen')).toEqual([
    expect.stringMatching(
      /^first-way: RTX 3090, batch on SaladCloud at \$0\.05\/h, .* expected, because it is the only/,
    ),
  ]);
  expect(await world.vendor.list({ signal })).toEqual([]);
  expect(await listOpenGpuSessions(world.ctx.state)).toEqual([]);
  // some seconds, not the hours that were reserved
  expect((await readBudget(world.ctx.state, null)).gpuTodayMicroUsd).toBeLessThan(2_000);
});

test('a run without use for a card waits for our own machine, and one with use goes there where it has room', async () => {
  const plain = await aRentedWorld({ requirements: 'scikit-learn==1.7\n' });
  for (let count = 0; count < 3; count++) expect(await look(plain, plain.jobs[0])).toBe(true);
  expect(plain.vendor.started).toEqual([]);
  expect(await jobOf(plain, plain.jobs[0])).toMatchObject({ waiting: { wants: 'local', code: 'no_room' } });

  const roomy = await aRentedWorld({ ownSlots: 1 });
  await trainToEnd(roomy, roomy.jobs[0]);
  expect(roomy.vendor.started).toEqual([]);
  expect(roomy.compute.started).toHaveLength(1);
});

test('a run that waited while nothing could be rented is rented a machine once something can', async () => {
  const world = await aRentedWorld();
  const before = { ...world, ctx: { ...world.ctx, compute: [world.compute] } };
  expect(await look(before, world.jobs[0])).toBe(true);
  expect(await jobOf(world, world.jobs[0])).toMatchObject({ waiting: { wants: 'local', code: 'no_room' } });

  await trainToEnd(later(world, 10), world.jobs[0]);

  expect(world.vendor.started).toHaveLength(1);
});

test('links that do not reach out rent nothing', async () => {
  const world = await aRentedWorld({ context: { linksReachOut: false } });

  expect(await look(world, world.jobs[0])).toBe(true);

  expect(world.vendor.started).toEqual([]);
});

test('no more machines are there at once than there may be, and the next run follows', async () => {
  const { work, release } = holding();
  const world = await aRentedWorld({
    work,
    approaches: ['first-way', 'second-way', 'another-try'],
    policy: { approachesPerRound: 3 },
  });
  expect(world.jobs).toHaveLength(3);

  for (const id of world.jobs) await look(world, id);
  for (const id of world.jobs) await look(world, id);

  expect(world.vendor.started).toHaveLength(2);
  expect(await listGpuFleet(world.ctx.state)).toMatchObject([
    { provider: 'saladcloud', title: 'RTX 3090, batch', slug: world.competition.slug },
    { seenState: 'running' },
  ]);
  release();
  for (const id of world.jobs) expect(await trainToEnd(world, id)).toMatchObject({ status: 'succeeded' });
  expect(world.vendor.started).toHaveLength(3);
});

test('what no cap allows waits, says so once, and is looked at again when there is money', async () => {
  const world = await aRentedWorld({ pricePerHourUsd: 0.2 });
  const [id] = world.jobs;

  await look(world, id);
  await look(world, id);

  expect(world.vendor.started).toEqual([]);
  expect(await jobOf(world, id)).toMatchObject({
    status: 'planned',
    starts: 0,
    waiting: { code: 'over_cap' },
  });
  expect(await noticesOf(world, 'machine_awaited')).toEqual([
    'first-way: No machine fits: dearer than the $0.15 an hour that are free (1).',
  ]);
  for (const other of world.jobs) await look(world, other);
  const overview = await competitionOverview(world.ctx, world.competition);
  expect(waitsForMachine(overview)).toBe(true);
  expect(waitingRuns(overview)[0]).toMatchObject({
    ...{ approach: 'first-way', since: expect.any(Date), reason: { code: 'none_fits' } },
  });
  await setBudget(world.ctx.state, 'fleet_hour', 300_000, someActor);
  await look(later(world, 70), id);
  expect(world.vendor.started).toHaveLength(1);
});

test('a vendor without machines is asked again at the next cost watch, not all the time', async () => {
  const world = await aRentedWorld();
  const { offers } = world.vendor;
  let asked = 0;
  world.vendor.offers = async () => {
    asked += 1;
    return [];
  };
  for (let count = 0; count < 5; count++) await look(world, world.jobs[0]);
  expect(asked).toBe(1);
  world.vendor.offers = offers;

  expect(await trainToEnd(later(world, 301), world.jobs[0])).toMatchObject({
    status: 'succeeded',
    starts: 1,
  });
});

test('an offer that is gone costs no start, and the next one is taken', async () => {
  const world = await aRentedWorld();
  const { offers, start } = world.vendor;
  world.vendor.offers = async (request, options) =>
    (await offers(request, options)).flatMap((offer) => [
      { ...offer, name: 'gone', pricePerHourUsd: 0.01 },
      offer,
    ]);
  world.vendor.start = async (spec, options) => {
    if (spec.offer.name !== 'gone') return await start(spec, options);
    throw new TransientFailure('It is gone.', { code: 'compute.no_capacity' });
  };

  expect(await trainToEnd(world, world.jobs[0])).toMatchObject({ status: 'succeeded', starts: 1, token: 2 });
  expect((await readBudget(world.ctx.state, null)).gpuTodayMicroUsd).toBeLessThan(2_000);
});

test('a vendor whose key is refused is told of and left out; the other one is taken', async () => {
  const world = await aRentedWorld();
  const refused = (): Promise<never> =>
    Promise.reject(new ConfigurationFailure('The key is refused.', { code: 'vast.refused' }));
  const broken: ComputeProvider = {
    ...world.vendor,
    name: 'vast',
    offers: refused,
    account: refused,
    list: async () => [],
  };
  const both = { ...world, ctx: { ...world.ctx, compute: [...world.ctx.compute, broken] } };

  expect(await trainToEnd(both, world.jobs[0])).toMatchObject({ status: 'succeeded' });

  const alertsNow = async () =>
    (await listAlerts(world.ctx.state)).map(({ kind, message }) => ({ kind, message }));
  const told = { kind: 'gpu_account:vast', message: 'Vast.ai: The key is refused.' };
  expect(await alertsNow()).toContainEqual(told);
  broken.account = async () => ({ balanceUsd: 5, warnings: [] });
  await watchCosts(both.ctx);
  expect(await alertsNow()).not.toContainEqual(told);
});

test('an order that is refused is told for as long as none is taken, though the account says nothing of it', async () => {
  const world = await aRentedWorld();
  const alertsNow = async () =>
    (await listAlerts(world.ctx.state)).map(({ kind, message }) => ({ kind, message }));
  const { start } = world.vendor;
  world.vendor.start = async () => {
    throw new ConfigurationFailure('The credit is used up.', {
      code: 'saladcloud.no_credit',
      details: { surelyNothingHappened: true },
    });
  };
  const told = { kind: 'gpu_account:saladcloud:order', message: 'SaladCloud: The credit is used up.' };

  await look(world, world.jobs[0]);
  expect(await alertsNow()).toEqual([told]);
  await watchCosts(world.ctx);
  expect(await alertsNow()).toEqual([told]);

  world.vendor.start = start;
  await look(later(world, 301), world.jobs[0]);
  expect(await alertsNow()).toEqual([]);
});

test('a start whose answer was lost is found by its key, and nothing is started twice', async () => {
  const world = await aRentedWorld();
  const { start } = world.vendor;
  world.vendor.start = async (spec, options) => {
    await start(spec, options);
    throw new TransientFailure('Nobody knows.', { code: 'compute.unknown' });
  };

  expect(await trainToEnd(world, world.jobs[0])).toMatchObject({ status: 'succeeded', starts: 1 });

  expect(world.vendor.started).toHaveLength(1);
});

test('a machine that has delivered and gone before anybody saw it is not waited for', async () => {
  const world = await aRentedWorld();
  const { start } = world.vendor;
  world.vendor.start = async (spec, options) => {
    await start(spec, options);
    await vi.waitFor(async () => expect(await world.vendor.list({ signal })).toEqual([]), {
      timeout: 20_000,
    });
    throw new TransientFailure('Nobody knows.', { code: 'compute.unknown' });
  };

  expect(await trainToEnd(world, world.jobs[0])).toMatchObject({ status: 'succeeded', starts: 1 });

  expect(await listOpenGpuSessions(world.ctx.state)).toEqual([]);
});

test('a start that never took effect is waited for, then made again without a lost start', async () => {
  const world = await aRentedWorld();
  const { start } = world.vendor;
  world.vendor.start = () =>
    Promise.reject(new TransientFailure('Nobody knows.', { code: 'compute.unknown' }));
  const [id] = world.jobs;
  await look(world, id);
  expect(await look(world, id)).toBe(true);
  expect(await listOpenGpuSessions(world.ctx.state)).toHaveLength(1);

  await look(later(world, 61), id);
  world.vendor.start = start;

  expect(await listOpenGpuSessions(world.ctx.state)).toEqual([]);
  expect(await jobOf(world, id)).toMatchObject({ starts: 0, misstarts: 1 });
  expect(await trainToEnd(world, id)).toMatchObject({ status: 'succeeded', starts: 1, token: 2 });
});

test('the emergency stop ends all machines, and nothing is rented until it is lifted', async () => {
  const { work, release } = holding();
  const world = await aRentedWorld({ work });
  const [first, second] = world.jobs;
  await look(world, first);
  await look(world, second);
  expect(await world.vendor.list({ signal })).toHaveLength(2);

  const stop = await stopAllGpus(world.ctx, { reason: null });

  expect(stop).toMatchObject({ left: [], unknown: [] });
  expect(stop.stopped).toHaveLength(2);
  expect(await world.vendor.list({ signal })).toEqual([]);
  for (const id of world.jobs) await look(world, id);
  for (const id of world.jobs) await look(world, id);
  expect(await jobOf(world, first)).toMatchObject({
    status: 'planned',
    starts: 0,
    waiting: { code: 'held' },
  });
  expect(world.vendor.started).toHaveLength(2);
  expect(await allowGpus(world.ctx)).toBe(true);
  // Who gets a machine, loses it and waits once more is told of that too.
  await look(world, first);
  await stopAllGpus(world.ctx, { reason: null });
  for (let count = 0; count < 3; count++) await look(world, first);
  const held = await noticesOf(world, 'machine_awaited');
  expect(held.filter((told) => told.startsWith('first-way: All rented machines'))).toHaveLength(2);
  await allowGpus(world.ctx);
  release();
  expect(await trainToEnd(world, first)).toMatchObject({ status: 'succeeded', starts: 1 });
});
