import { expect, test } from 'vitest';
import { pauseCompetition, stopCompetition } from '../../../src/flows/commands/control-competition.ts';
import { stopAllGpus } from '../../../src/flows/gpu/stop-all.ts';
import { watchCosts } from '../../../src/flows/gpu/watch-costs.ts';
import { expireStages } from '../../../src/flows/recovery/expire-stages.ts';
import { recoverCompetition } from '../../../src/flows/recovery/recover.ts';
import { getCompetition, listTransitions } from '../../../src/state/competitions.ts';
import { readBudget } from '../../../src/state/money.ts';
import { listOpenGpuSessions } from '../../../src/state/training.ts';
import { aRentedWorld, holding, jobOf, look, type RentedWorld, trainToEnd } from './rented-world.ts';

const signal = new AbortController().signal;
const spentToday = async ({ ctx }: RentedWorld) => (await readBudget(ctx.state, null)).gpuTodayMicroUsd;

/** The next order of a machine arrives, and its answer only when it is let through. */
function holdOrder(world: RentedWorld) {
  const [arrived, let_] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const { start } = world.vendor;
  world.vendor.start = async (...args) => {
    arrived.resolve();
    await let_.promise;
    return await start(...args);
  };
  return { arrived: arrived.promise, letThrough: let_.resolve };
}

test('machines that were ordered while everything was stopped go at the next look, and no start is lost', async () => {
  const { work, release } = holding();
  const world = await aRentedWorld({ work });
  const [id] = world.jobs;
  const order = holdOrder(world);
  const looking = look(world, id);
  await order.arrived;

  expect(await stopAllGpus(world.ctx, { reason: null })).toMatchObject({ stopped: [], isHeld: true });
  order.letThrough();
  await looking;
  expect(await world.vendor.list({ signal })).toHaveLength(1);
  await look(world, id);

  expect(await world.vendor.list({ signal })).toEqual([]);
  expect(await listOpenGpuSessions(world.ctx.state)).toEqual([]);
  expect(await jobOf(world, id)).toMatchObject({ status: 'planned', starts: 0 });
  await look(world, id);
  expect(world.vendor.started).toHaveLength(1);
  release();
});

test('a stop of all machines between the row and the order lets no order out', async () => {
  const world: RentedWorld = await aRentedWorld({
    context: {
      packRunner: async () => {
        await stopAllGpus(world.ctx, { reason: null });
        return Buffer.from('the runner');
      },
    },
  });
  const [id] = world.jobs;

  await look(world, id);

  expect(world.vendor.started).toEqual([]);
  expect(await listOpenGpuSessions(world.ctx.state)).toEqual([]);
  expect(await spentToday(world)).toBe(0);
  expect(await jobOf(world, id)).toMatchObject({ status: 'planned', starts: 0 });
});

test('a machine that is ordered while its competition is paused or stopped goes, and its money is free again', async () => {
  const { work, release } = holding();
  for (const leave of [pauseCompetition, stopCompetition]) {
    const world = await aRentedWorld({ work });
    const [id] = world.jobs;
    const order = holdOrder(world);
    const looking = look(world, id);
    await order.arrived;

    await leave(world.ctx, { slug: world.competition.slug });
    order.letThrough();
    await looking;
    // whoever comes first: the run's own job, or the watch
    if (leave === pauseCompetition) await look(world, id);
    else await watchCosts(world.ctx);

    expect(await world.vendor.list({ signal })).toEqual([]);
    expect(await listOpenGpuSessions(world.ctx.state)).toEqual([]);
    expect(await spentToday(world)).toBeLessThan(2_000);
    // it was looked at before it went: where a vendor has no bill to read, nothing else says what it cost
    const { rows } = await world.pool.query('select seen_state from gpu_sessions');
    expect(rows).toEqual([{ seen_state: 'running' }]);
  }
  release();
});

test('a bill that never comes is waited for, then the machine is settled as it was seen', async () => {
  const world = await aRentedWorld();
  world.vendor.bill = async () => [];
  await trainToEnd(world, world.jobs[0]);
  await watchCosts(world.ctx);
  expect(await spentToday(world)).toBeGreaterThan(50_000);

  await world.pool.query("update gpu_sessions set bill_until = clock_timestamp() - interval '1 second'");
  await watchCosts(world.ctx);

  expect(await spentToday(world)).toBeLessThan(2_000);
});

test('a machine that was there at midnight counts on the new day with the share of its time since', async () => {
  const world = await aRentedWorld();
  await trainToEnd(world, world.jobs[0]);
  const at = (entry: string, hours: number) =>
    world.pool.query(
      `update spend_ledger set micro_usd = 100000, at = date_trunc('day', clock_timestamp() at time zone 'UTC') at time zone 'UTC'
         + make_interval(hours => $2) where entry = $1`,
      [entry, hours],
    );
  const session = (created: number, closed: number) =>
    world.pool.query(
      `update gpu_sessions set created_at = day.began_at + make_interval(hours => $1),
         closed_at = day.began_at + make_interval(hours => $2)
       from (select date_trunc('day', clock_timestamp() at time zone 'UTC') at time zone 'UTC' as began_at) day`,
      [created, closed],
    );
  await at('reserve', -3);
  await at('settle', 1);

  await session(-3, 1);
  expect(await spentToday(world)).toBe(25_000);
  // its bill came after midnight, and it was gone before
  await session(-3, -1);
  expect(await spentToday(world)).toBe(0);
});

test('a competition whose runs find no machine until its time is over asks a person, and tries nothing else first', async () => {
  const world = await aRentedWorld({ pricePerHourUsd: 0.2 });
  for (const id of world.jobs) await look(world, id);
  await world.pool.query("update transitions set at = at - interval '2 hours'");
  const ctx = { ...world.ctx, policy: { ...world.ctx.policy, stageSlaSeconds: { training: 3_600 } } };

  expect(await expireStages(ctx)).toBe(1);
  const { id: competitionId, slug } = world.competition;
  const late = await getCompetition(ctx.state, competitionId);
  await recoverCompetition(ctx, { competitionId, version: late?.version ?? 0 });

  const [last] = (await listTransitions(ctx.state, competitionId)).slice(-1);
  expect(last).toMatchObject({
    event: 'manual_intervention_required',
    payload: {
      code: 'gpu.no_machine',
      reason: `${slug} has waited for a machine for longer than allowed. No machine fits: one is above the $0.15 an hour that are free.`,
    },
  });
});
