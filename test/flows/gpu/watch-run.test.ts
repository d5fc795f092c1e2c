import { expect, test, vi } from 'vitest';
import type { Checkpoint } from '../../../src/domain/checkpoint-contract.ts';
import { TransientFailure } from '../../../src/domain/errors.ts';
import { foldScoreName } from '../../../src/domain/gpu/early-stop.ts';
import { outputPrefix } from '../../../src/flows/gpu/judge-run.ts';
import { watchCosts } from '../../../src/flows/gpu/watch-costs.ts';
import type { Instance } from '../../../src/providers/compute/contract.ts';
import { listAlerts } from '../../../src/state/alerts.ts';
import { listDeniedNodes } from '../../../src/state/gpu-life.ts';
import { readBudget, setBudget } from '../../../src/state/money.ts';
import { listOpenGpuSessions } from '../../../src/state/training.ts';
import { someActor } from '../../support/builders.ts';
import { anInstance } from '../../support/compute.ts';
import { oddOrEven } from '../../support/practice-world.ts';
import {
  aRentedWorld,
  holding,
  jobOf,
  later,
  look,
  noticesOf,
  type RentedWorld,
  trainToEnd,
} from './rented-world.ts';

const signal = new AbortController().signal;

/** What the machine of a run says of itself. */
async function beat(
  world: RentedWorld,
  id: string | undefined,
  metrics: { step: number; value: number | null }[] = [],
  checkpoint: Checkpoint | null = null,
) {
  const job = await jobOf(world, id);
  const body = {
    schema: 1,
    job: job.id,
    token: String(job.token),
    sequence: 1,
    seconds: 5,
    phase: 'running',
    progress: null,
    memoryBytes: null,
    checkpoint,
    metrics: metrics.map((metric, seq) => ({ seq, name: foldScoreName, seconds: seq, ...metric })),
    logTail: '',
  };
  await world.ctx.objects.put(
    `${outputPrefix(job, job.token)}/heartbeat.json`,
    Buffer.from(JSON.stringify(body)),
  );
}

/** Changes what the vendor says of its machines. */
function tell(world: RentedWorld, change: (instance: Instance) => Partial<Instance>): void {
  const { list } = world.vendor;
  world.vendor.list = async (options) =>
    (await list(options)).map((instance) => ({ ...instance, ...change(instance) }));
}

async function aHeldRun(options: Parameters<typeof aRentedWorld>[0] = {}) {
  const { work, release } = holding();
  const world = await aRentedWorld({ work, ...options });
  const [id] = world.jobs;
  await look(world, id);
  return { world, id, release };
}

test('a machine that does not come up in time is ended, its node is left alone, and the start does not count', async () => {
  const { world, id, release } = await aHeldRun({ offer: { node: 'n1' } });
  await look(world, id);

  await look(later(world, 601), id);

  expect(world.vendor.stopped).toEqual([world.vendor.started[0]]);
  expect(await jobOf(world, id)).toMatchObject({ starts: 0, misstarts: 1, status: 'planned' });
  expect(await listDeniedNodes(world.ctx.state, id ?? '')).toEqual(new Set(['saladcloud/n1']));
  expect(await noticesOf(world, 'machine_lost')).toEqual(['first-way: The machine did not come up in time.']);
  // the only machine to be had is the same
  await look(world, id);
  expect(await jobOf(world, id)).toMatchObject({ waiting: { code: 'no_offer' } });
  release();
});

test('a run that falls silent is lost and begins again, and that start counts', async () => {
  const { world, id, release } = await aHeldRun();
  await beat(world, id);
  await look(world, id);

  await look(later(world, 121), id);

  expect(world.vendor.stopped).toHaveLength(1);
  expect(await jobOf(world, id)).toMatchObject({ starts: 1, misstarts: 0 });
  // the old one cannot deliver any more
  await look(world, id);
  release();
  expect(await trainToEnd(world, id)).toMatchObject({ status: 'succeeded', starts: 2, token: 2 });
});

test('however often a run is interrupted it goes on, as long as each start saves a checkpoint', async () => {
  const checkpoint = { slot: 'a', sha256: 'c'.repeat(64), sizeBytes: 9, sequence: 1, seconds: 5 } as const;
  const { world, id, release } = await aHeldRun({ policy: { maxTrainingStarts: 2 } });
  for (let token = 1; token <= 4; token += 1) {
    expect(await jobOf(world, id)).toMatchObject({ token, starts: 1, misstarts: 0 });
    await beat(world, id, [], checkpoint);
    await look(world, id);
    await look(later(world, 121), id);
    expect(await jobOf(world, id)).toMatchObject({ starts: 0, status: 'planned' });
    await look(world, id);
  }
  release();
  expect(await trainToEnd(world, id)).toMatchObject({ status: 'succeeded', token: 5 });
});

test('what a run delivered while its machine was given up counts', async () => {
  const checkpoint = { slot: 'a', sha256: 'c'.repeat(64), sizeBytes: 9, sequence: 1, seconds: 5 } as const;
  const { world, id, release } = await aHeldRun();
  await beat(world, id, [], checkpoint);
  await look(world, id);
  const { stop } = world.vendor;
  world.vendor.stop = async (instanceId, options) => {
    release();
    const result = `${outputPrefix(await jobOf(world, id), 1)}/result.json`;
    await vi.waitFor(async () => expect(await world.ctx.objects.head(result)).not.toBeNull(), 20_000);
    await stop(instanceId, options);
  };

  await look(later(world, 121), id);

  expect(await trainToEnd(world, id)).toMatchObject({ status: 'succeeded', token: 1 });
  expect(world.vendor.started).toHaveLength(1);
});

test('a machine in trouble is given up at once', async () => {
  const { world, id, release } = await aHeldRun({ offer: { node: 'n2' } });
  tell(world, () => ({
    trouble: { code: 'compute.start_failed', message: 'Its container cannot be made.' },
  }));

  await look(world, id);

  expect(world.vendor.stopped).toHaveLength(1);
  expect(await noticesOf(world, 'machine_lost')).toEqual(['first-way: Its container cannot be made.']);
  release();
});

test('a rented machine that cannot run the job, or is told to end, is no failure of the job', async () => {
  const message = 'There is not enough disk space: 9000 MB needed, 4000 MB free.';
  const faults = [
    { exitClass: 'unfit_machine', message },
    { exitClass: 'cancelled', message: 'The run was cancelled.' },
  ] as const;
  let runs = 0;
  const world = await aRentedWorld({
    work: async (job) => faults[runs++] ?? (await oddOrEven(job)),
  });
  const [id] = world.jobs;

  expect(await trainToEnd(world, id)).toMatchObject({ status: 'succeeded', token: 3, misstarts: 2 });
  expect(await noticesOf(world, 'machine_lost')).toEqual([
    `first-way: ${message}`,
    'first-way: The run was cancelled.',
  ]);
});

test('a job for which no machine comes up is given up after a few', async () => {
  const { world, id, release } = await aHeldRun({ policy: { maxTrainingStarts: 3 } });
  tell(world, () => ({ trouble: { code: 'compute.image_missing', message: 'There is no such image.' } }));

  for (let count = 0; count < 14; count++) await look(world, id);

  expect(await jobOf(world, id)).toMatchObject({ status: 'failed', misstarts: 5 });
  expect(world.vendor.started).toHaveLength(5);
  expect((await readBudget(world.ctx.state, null)).gpuTodayMicroUsd).toBeLessThan(2_000);
  release();
});

test('a run that cannot beat the best any more is ended before its time', async () => {
  const { work, release } = holding();
  let runs = 0;
  const world = await aRentedWorld({
    work: (job) => {
      runs += 1;
      return runs === 1
        ? import('../../support/practice-world.ts').then((kit) => kit.oddOrEven(job))
        : work(job);
    },
  });
  const [first, second] = world.jobs;
  expect(await trainToEnd(world, first)).toMatchObject({ status: 'succeeded' });
  await look(world, second);
  await beat(world, second, [
    { step: 0, value: 0.1 },
    { step: 1, value: 0.1 },
  ]);

  await look(world, second);

  expect(await jobOf(world, second)).toMatchObject({
    status: 'failed',
    error: expect.stringContaining('After 2 of 3 folds'),
  });
  expect(world.vendor.stopped).toContain(world.vendor.started[1]);
  expect(await noticesOf(world, 'run_given_up')).toHaveLength(1);
  release();
});

test('a vendor that does not answer holds up no result, and its machine is ended later', async () => {
  const world = await aRentedWorld();
  const { stop } = world.vendor;
  world.vendor.stop = () =>
    Promise.reject(new TransientFailure('It is away.', { code: 'saladcloud.unavailable' }));
  // the machine stays after its script has ended
  const stays = anInstance({ id: 'stays', provider: 'saladcloud', pricePerHourUsd: 0.05 });
  const isThere = { now: true };
  world.vendor.list = async () =>
    isThere.now ? [{ ...stays, key: world.vendor.started[0] ?? null }].filter(({ key }) => key !== null) : [];
  const [id] = world.jobs;

  let job = await jobOf(world, id);
  for (let count = 0; count < 40 && job.status !== 'succeeded'; count++) {
    await look(world, id);
    job = await jobOf(world, id);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }

  expect(job.status).toBe('succeeded');
  expect(await listOpenGpuSessions(world.ctx.state)).toHaveLength(1);
  world.vendor.stop = async (...args) => {
    isThere.now = false;
    await stop(...args);
  };
  await watchCosts(world.ctx);
  expect(world.vendor.stopped).toContain('stays');
  expect(await listOpenGpuSessions(world.ctx.state)).toEqual([]);
});

test('the cost watch leaves the rows of a vendor that gives no list, and says that it does not know', async () => {
  const { world, release } = await aHeldRun();
  const { list } = world.vendor;
  world.vendor.list = () =>
    Promise.reject(new TransientFailure('No list.', { code: 'saladcloud.unavailable' }));

  await expect(watchCosts(world.ctx)).rejects.toMatchObject({ code: 'saladcloud.unavailable' });

  expect(await listOpenGpuSessions(world.ctx.state)).toHaveLength(1);
  world.vendor.list = list;
  expect(await watchCosts(world.ctx)).toEqual({ stopped: 0, closed: 0 });
  release();
});

test('the cost watch ends what outlives its time, and one of two machines with the same key', async () => {
  const { world, release } = await aHeldRun();
  const key = world.vendor.started[0] ?? '';
  const twin = anInstance({ id: 'twin', provider: 'saladcloud', key, startedAt: new Date(0) });
  const { list } = world.vendor;
  world.vendor.list = async (options) => [twin, ...(await list(options))];
  expect(await watchCosts(world.ctx)).toMatchObject({ stopped: 1 });
  expect(world.vendor.stopped).toEqual(['twin']);
  world.vendor.list = list;

  await watchCosts(later(world, 10 * 3_600).ctx);

  expect(await world.vendor.list({ signal })).toEqual([]);
  expect(await listOpenGpuSessions(world.ctx.state)).toEqual([]);
  release();
});

test('a price that rises over the cap ends the machine, and people are told', async () => {
  const { world, id, release } = await aHeldRun();
  await beat(world, id);
  await look(world, id);
  tell(world, () => ({ pricePerHourUsd: 0.16 }));

  expect(await watchCosts(world.ctx)).toMatchObject({ stopped: 1 });

  expect(await world.vendor.list({ signal })).toEqual([]);
  expect(await listAlerts(world.ctx.state)).toMatchObject([{ kind: 'gpu_over_cap', severity: 'warning' }]);
  expect(await jobOf(world, id)).toMatchObject({ status: 'running', starts: 1 });
  release();
});

test('half, four fifths and nearly all of a cap are told once', async () => {
  const { world, release } = await aHeldRun();
  const { gpuTodayMicroUsd } = await readBudget(world.ctx.state, null);
  const capAt = (share: number) =>
    setBudget(world.ctx.state, 'gpu_day', Math.floor(gpuTodayMicroUsd / share), someActor);
  const kinds = async () => {
    await watchCosts(world.ctx);
    return (await listAlerts(world.ctx.state)).map(({ kind, count }) => `${kind} ${count}`).sort();
  };

  expect(await kinds()).toEqual([]);
  await capAt(0.6);
  expect(await kinds()).toEqual(['gpu_budget:*:50 1']);
  await capAt(0.96);
  expect(await kinds()).toEqual(['gpu_budget:*:50 1', 'gpu_budget:*:80 1', 'gpu_budget:*:95 1']);
  expect(await kinds()).toEqual(['gpu_budget:*:50 1', 'gpu_budget:*:80 1', 'gpu_budget:*:95 1']);
  // What is reserved comes and goes with each run.
  await capAt(0.7);
  expect(await kinds()).toEqual(['gpu_budget:*:50 1', 'gpu_budget:*:80 1']);
  await capAt(0.1);
  expect(await kinds()).toEqual([]);
  release();
});

test("a vendor's bill takes the place of what was reckoned", async () => {
  const world = await aRentedWorld();
  const billed = new Map<string, number>();
  world.vendor.bill = async (keys) =>
    keys.flatMap((key) => {
      const usd = billed.get(key);
      return usd === undefined ? [] : [{ key, usd, upTo: new Date(Date.now() + 60_000) }];
    });
  await trainToEnd(world, world.jobs[0]);
  const reserved = (await readBudget(world.ctx.state, null)).gpuTodayMicroUsd;
  expect(reserved).toBeGreaterThan(50_000);

  billed.set(world.vendor.started[0] ?? '', 0.0123);
  await watchCosts(world.ctx);

  expect((await readBudget(world.ctx.state, null)).gpuTodayMicroUsd).toBe(12_300);
});

test('a balance that runs low is told, and over when it is filled up', async () => {
  const { world, release } = await aHeldRun();
  world.vendor.account = async () => ({ balanceUsd: 0.4, warnings: ['Automatic recharge is on.'] });
  await watchCosts(world.ctx);
  expect(await listAlerts(world.ctx.state)).toMatchObject([
    {
      kind: 'gpu_account:saladcloud',
      message: 'SaladCloud: Only $0.40 is left on the prepaid account. Automatic recharge is on.',
    },
  ]);

  world.vendor.account = async () => ({ balanceUsd: 5, warnings: [] });
  await watchCosts(world.ctx);

  expect(await listAlerts(world.ctx.state)).toEqual([]);
  release();
});
