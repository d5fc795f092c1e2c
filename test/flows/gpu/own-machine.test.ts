import { expect, test, vi } from 'vitest';
import { returnStarts } from '../../../src/flows/gpu/return-starts.ts';
import { readResult } from '../../../src/flows/gpu/watch-run.ts';
import type { ComputeProvider, Offer } from '../../../src/providers/compute/contract.ts';
import { noteWaitingRun } from '../../../src/state/gpu-life.ts';
import { endTrainingJob, listOpenGpuSessions } from '../../../src/state/training.ts';
import { aTrainingJob } from '../../support/builders.ts';
import { anOffer } from '../../support/compute.ts';
import { aRentedWorld, holding, jobOf, look, type RentedWorld, trainToEnd } from './rented-world.ts';

const plain = 'scikit-learn==1.7\n';
const signal = new AbortController().signal;
const card = { name: 'NVIDIA GeForce RTX 3090', memoryBytes: 24 * 2 ** 30 };

async function offersTaken({ ctx }: RentedWorld): Promise<string[]> {
  return (await listOpenGpuSessions(ctx.state)).map(({ jobId }) => jobId);
}

test('no competition gets a second place on this machine while another waits for its first', async () => {
  const { work, release } = holding();
  const approaches = ['first-way', 'second-way', 'third-way'];
  const policy = { approachesPerRound: 3 };
  const world = await aRentedWorld({ requirements: plain, approaches, policy, ownSlots: 2, work });
  const [first = '', second = '', third = ''] = world.jobs;
  // Runs of one round train side by side on all places that are free.
  for (const id of world.jobs) await look(world, id);
  expect((await offersTaken(world)).sort()).toEqual([first, second].sort());
  expect(await jobOf(world, third)).toMatchObject({ waiting: { wants: 'local', code: 'no_room' } });
  const other = await aTrainingJob({ pool: world.pool, state: world.ctx.state });
  await noteWaitingRun(world.ctx.state, {
    ...{ jobId: other.jobId, wants: 'local', code: 'no_room' },
    reason: { code: 'taken_local' },
  });

  release();
  await trainToEnd(world, first);
  expect(await look(world, third)).toBe(true);
  expect(await jobOf(world, third)).toMatchObject({ starts: 0, waiting: { code: 'no_turn' } });

  await endTrainingJob(world.ctx.state, { id: other.jobId, token: 0, status: 'cancelled' });
  expect(await trainToEnd(world, third)).toMatchObject({ status: 'succeeded', starts: 1 });
});

test('a script that uses a graphics card gets this machine’s own, and the next one waits for it', async () => {
  const { work, release } = holding();
  const world = await aRentedWorld({
    work,
    ownSlots: 1,
    context: { linksReachOut: false, environment: { ...anEnvironment, cards: [card] } },
  });
  const offer = { ...anOffer({ provider: world.compute.name, name: 'card:1', title: card.name }), gpu: card };
  const [first = '', second = ''] = world.jobs;
  const own: ComputeProvider = {
    ...world.compute,
    // It has cards and no other place.
    offers: async ({ gpu }) =>
      gpu === null || (await world.compute.list({ signal })).length > 0 ? [] : [offer satisfies Offer],
  };
  const here = { ...world, ctx: { ...world.ctx, compute: [own, world.vendor] } };

  await look(here, first);
  await look(here, second);
  expect(await offersTaken(here)).toEqual([first]);
  expect(await jobOf(here, second)).toMatchObject({
    waiting: { wants: 'local_gpu', code: 'no_room', reason: { code: 'taken_local_gpu' } },
  });

  release();
  expect(await trainToEnd(here, first)).toMatchObject({ status: 'succeeded' });
  expect(await trainToEnd(here, second)).toMatchObject({ status: 'succeeded', starts: 1 });
  expect(world.vendor.started).toEqual([]);
});

test('however often the agent stops, its runs go on with all their starts, and what has delivered is not trained again', async () => {
  const { work, release } = holding();
  const world = await aRentedWorld({ requirements: plain, ownSlots: 1, work });
  const [id = ''] = world.jobs;
  const stop = async () => {
    const keys = world.compute.started;
    for (const key of keys) await world.compute.stop(key, { signal });
    await returnStarts(world.ctx, keys);
  };

  for (let times = 0; times <= world.ctx.policy.maxTrainingStarts; times += 1) {
    await look(world, id);
    expect(await jobOf(world, id)).toMatchObject({ status: 'running', starts: 1 });
    await stop();
    expect(await jobOf(world, id)).toMatchObject({ status: 'planned', starts: 0 });
    expect(await listOpenGpuSessions(world.ctx.state)).toEqual([]);
  }
  await look(world, id);
  const job = await jobOf(world, id);
  release();
  await vi.waitFor(async () => expect(await readResult(world.ctx, job)).not.toBeNull(), { timeout: 20_000 });
  await stop();

  expect(await trainToEnd(world, id)).toMatchObject({ status: 'succeeded', token: job.token });
});

const anEnvironment = {
  cores: 4,
  memoryBytes: 16_000_000_000,
  lightgbm: false,
  pythonVersion: null,
  sklearnVersion: null,
};
