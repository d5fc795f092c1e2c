import { expect, test } from 'vitest';
import { TransientFailure } from '../../../src/domain/errors.ts';
import { pauseCompetition, stopCompetition } from '../../../src/flows/commands/control-competition.ts';
import { rentedDemand } from '../../../src/flows/gpu/run-demand.ts';
import { stopAllGpus, stopMachines } from '../../../src/flows/gpu/stop-all.ts';
import { watchCosts } from '../../../src/flows/gpu/watch-costs.ts';
import { expireStages } from '../../../src/flows/recovery/expire-stages.ts';
import { recoverCompetition } from '../../../src/flows/recovery/recover.ts';
import type { ComputeProvider } from '../../../src/providers/compute/contract.ts';
import { getCompetition, listTransitions } from '../../../src/state/competitions.ts';
import { readBudget, setBudget } from '../../../src/state/money.ts';
import { listOpenGpuSessions } from '../../../src/state/training.ts';
import { someActor } from '../../support/builders.ts';
import { anInstance } from '../../support/compute.ts';
import { createInProcessCompute } from '../../support/in-process-compute.ts';
import { silentLog } from '../../support/silent-log.ts';
import { aRentedWorld, holding, jobOf, later, look, type RentedWorld, trainToEnd } from './rented-world.ts';

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

    const checkpoint = `scratch/checkpoints/${id}/1-a.tar.gz`;
    await world.ctx.objects.put(checkpoint, Buffer.from('what it has learnt'));
    await leave(world.ctx, { slug: world.competition.slug });
    order.letThrough();
    await looking;
    // whoever comes first: the run's own job, or the watch
    if (leave === pauseCompetition) await look(world, id);
    else await watchCosts(world.ctx);

    expect(await world.vendor.list({ signal })).toEqual([]);
    expect(await listOpenGpuSessions(world.ctx.state)).toEqual([]);
    expect(await spentToday(world)).toBeLessThan(2_000);
    // where it is resumed it goes on from there
    expect(await world.ctx.objects.head(checkpoint)).not.toBeNull();
    // it was looked at before it went: where a vendor has no bill to read, nothing else says what it cost
    const { rows } = await world.pool.query('select seen_state from gpu_sessions');
    expect(rows).toEqual([{ seen_state: 'running' }]);
  }
  release();
});

test('a machine that arrives after its row was closed goes at once', async () => {
  const { work, release } = holding();
  const world = await aRentedWorld({ work });
  const [id] = world.jobs;
  const order = holdOrder(world);
  const looking = look(world, id);
  await order.arrived;

  await pauseCompetition(world.ctx, { slug: world.competition.slug });
  await look(later(world, world.ctx.policy.gpu.reconcileSeconds + 1), id);
  expect(await listOpenGpuSessions(world.ctx.state)).toEqual([]);
  order.letThrough();
  await looking;

  expect(world.vendor.started).toHaveLength(1);
  expect(await world.vendor.list({ signal })).toEqual([]);
  release();
});

test('a machine that the list does not show is ended by its number', async () => {
  const { work, release } = holding();
  const world = await aRentedWorld({ work });
  const [id] = world.jobs;
  await look(world, id);
  const { list } = world.vendor;
  world.vendor.list = async () => [];

  await pauseCompetition(world.ctx, { slug: world.competition.slug });
  await look(world, id);

  expect(await list({ signal })).toEqual([]);
  expect(await listOpenGpuSessions(world.ctx.state)).toEqual([]);
  release();
});

test('a machine of a vendor whose key is gone counts until its own end, since nobody can say that it has gone', async () => {
  const { work, release } = holding();
  const world = await aRentedWorld({ work });
  const [id] = world.jobs;
  await look(world, id);
  const [session] = await listOpenGpuSessions(world.ctx.state);
  const compute = world.ctx.compute.filter(({ isRented }) => !isRented);
  const without = { ctx: { ...world.ctx, compute } };

  await look(later(without, 1_000), id);
  await pauseCompetition(world.ctx, { slug: world.competition.slug });
  await look(later(without, 1_000), id);
  await watchCosts(later(without, 1_000).ctx);
  expect(await listOpenGpuSessions(world.ctx.state)).toHaveLength(1);

  await watchCosts({ ...without.ctx, now: () => new Date((session?.endsAt?.getTime() ?? 0) + 1_000) });
  expect(await listOpenGpuSessions(world.ctx.state)).toEqual([]);
  release();
});

test('a start that fails before its order costs no start and holds no money', async () => {
  const packRunner = async () => {
    throw new TransientFailure('The store does not answer.', { code: 'objects.unavailable' });
  };
  const world = await aRentedWorld({ context: { packRunner } });
  const [id] = world.jobs;

  await expect(look(world, id)).rejects.toThrow('The store does not answer.');

  expect(await listOpenGpuSessions(world.ctx.state)).toEqual([]);
  expect(await spentToday(world)).toBe(0);
  expect(await jobOf(world, id)).toMatchObject({ status: 'planned', starts: 0, misstarts: 0 });
});

test('the deadline of a run counts from the beginning of its stage, which a person may have begun again', async () => {
  const world = await aRentedWorld({ policy: { stageSlaSeconds: { training: 7_200 } } });
  await world.pool.query("update training_jobs set created_at = created_at - interval '2 days'");

  const { demand } = await rentedDemand(world.ctx, world.competition, await jobOf(world, world.jobs[0]), 0.1);

  expect(demand.deadlineSeconds).toBeGreaterThan(6_000);
});

test('what an emergency stop could not end is told, also where the vendor falls silent meanwhile', async () => {
  const silent = new TransientFailure('It is away.', { code: 'saladcloud.unavailable' });
  let looks = 0;
  const vendor: ComputeProvider = {
    ...createInProcessCompute({
      work: holding().work,
      rented: { name: 'saladcloud', pricePerHourUsd: 0.05 },
    }),
    async list() {
      looks += 1;
      if (looks > 1) throw silent;
      return [anInstance({ id: 'stays', key: 'ka-1', provider: 'saladcloud' })];
    },
    stop: () => Promise.reject(silent),
  };

  const { left, unknown } = await stopMachines({ log: silentLog, signal }, [vendor]);

  expect([left, unknown]).toMatchObject([[{ id: 'stays' }], [{ provider: 'saladcloud' }]]);
});

test('a cap that is lowered below what a machine is about to cost ends it', async () => {
  const { work, release } = holding();
  const world = await aRentedWorld({ work });
  await look(world, world.jobs[0]);

  await setBudget(world.ctx.state, 'gpu_day', 100_000, someActor);
  await watchCosts(world.ctx);
  expect(await world.vendor.list({ signal })).toHaveLength(1);

  await setBudget(world.ctx.state, 'gpu_day', 10, someActor);
  await watchCosts(world.ctx);
  expect(await world.vendor.list({ signal })).toEqual([]);
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

test('a machine that is listed again and will not go is not settled before it has', async () => {
  const world = await aRentedWorld();
  const upTo = () => new Date(Date.now() + 1_000);
  world.vendor.bill = async (keys) => keys.map((key) => ({ key, usd: 0.001, upTo: upTo() }));
  await trainToEnd(world, world.jobs[0]);
  const [key = ''] = world.vendor.started;
  const { list, stop } = world.vendor;
  world.vendor.list = async () => [anInstance({ provider: world.vendor.name, id: key, key })];
  world.vendor.stop = async () => {
    throw new TransientFailure('It will not go.', { code: 'saladcloud.unavailable' });
  };
  await watchCosts(world.ctx);
  expect(await spentToday(world)).toBeGreaterThan(50_000);

  Object.assign(world.vendor, { list, stop });
  await watchCosts(world.ctx);

  expect(await spentToday(world)).toBe(1_000);
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
      reason: `${slug} has waited for a machine for longer than allowed. No machine fits: dearer than the $0.15 an hour that are free (1).`,
    },
  });
});
