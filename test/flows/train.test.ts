import { expect, test, vi } from 'vitest';
import { pauseCompetition, resumeCompetition } from '../../src/flows/commands/control-competition.ts';
import { planTraining } from '../../src/flows/gpu/plan-training.ts';
import { train } from '../../src/flows/gpu/train.ts';
import { watchCosts } from '../../src/flows/gpu/watch-costs.ts';
import { Wait } from '../../src/flows/support/wait.ts';
import { setBudget } from '../../src/state/money.ts';
import { getTrainingJob, listOpenGpuSessions, listTrainingJobs } from '../../src/state/training.ts';
import { someActor } from '../support/builders.ts';
import { anOfferRequest } from '../support/compute.ts';
import type { Work } from '../support/in-process-compute.ts';
import {
  aPracticeWorld,
  driveTo,
  now,
  oddOrEven,
  type PracticeWorld,
  startedCompetition,
} from '../support/practice-world.ts';

const waiting = { timeout: 25_000, interval: 20 };

/** A competition whose two scripts are about to be trained; nothing is started yet. */
async function planned(options: Parameters<typeof aPracticeWorld>[0] = {}) {
  const world = await aPracticeWorld(options);
  const competition = await driveTo(world, await startedCompetition(world), 'training');
  await planTraining(world.ctx, { competitionId: competition.id, version: competition.version });
  const jobs = await listTrainingJobs(world.ctx.state, competition.id);
  const [first, second] = jobs.map(({ id }) => id);
  if (first === undefined || second === undefined) throw new Error('two runs are planned');
  return { world, competition, first, second };
}

/** One look of the run's job; true while there is something to wait for. */
async function look({ ctx }: PracticeWorld, itemId: string): Promise<boolean> {
  try {
    await train(ctx, { itemId });
    return false;
  } catch (error) {
    if (error instanceof Wait) return true;
    throw error;
  }
}

async function trainToEnd(world: PracticeWorld, itemId: string) {
  await vi.waitFor(async () => expect(await look(world, itemId)).toBe(false), waiting);
  return await getTrainingJob(world.ctx.state, itemId);
}

/** A script that goes on until it is told to end. */
function holding(): { work: Work; release: () => void } {
  const held = Promise.withResolvers<void>();
  const work: Work = async (job) => {
    await held.promise;
    return await oddOrEven(job);
  };
  return { work, release: () => held.resolve() };
}

test('a run starts one machine, is watched, and is judged by what it uploaded', async () => {
  const { world, first } = await planned();

  const job = await trainToEnd(world, first);

  expect(job).toMatchObject({ status: 'succeeded', starts: 1, token: 1, result: { exitClass: 'ok' } });
  expect(job?.scores?.folds).toHaveLength(3);
  expect(world.compute.started).toHaveLength(1);
  expect(await listOpenGpuSessions(world.ctx.state)).toEqual([]);
  // the job comes once more
  expect(await look(world, first)).toBe(false);
  expect(world.compute.started).toHaveLength(1);
});

test('a machine that vanishes is replaced, under the next token', async () => {
  const { world, first } = await planned();
  world.compute.vanishing = 1;

  const job = await trainToEnd(world, first);

  expect(job).toMatchObject({ status: 'succeeded', starts: 2, token: 2 });
  expect(new Set(world.compute.started).size).toBe(2);
});

test('a run whose machines vanish again and again is given up after its starts', async () => {
  const { world, first } = await planned();
  world.compute.vanishing = 99;

  const job = await trainToEnd(world, first);

  expect(job).toMatchObject({ status: 'failed', starts: 3, error: expect.stringContaining('lost 3 times') });
  expect(world.compute.started).toHaveLength(3);
  expect(await listOpenGpuSessions(world.ctx.state)).toEqual([]);
});

test('a machine that says nothing for too long is ended and replaced', async () => {
  const { work, release } = holding();
  const { world, first } = await planned({ work });
  await look(world, first);
  const later = { ...world, ctx: { ...world.ctx, now: () => new Date(Date.now() + 61_000) } };

  await look(later, first);

  expect(world.compute.stopped).toEqual([world.compute.started[0]]);
  release();
  expect(await trainToEnd(world, first)).toMatchObject({ status: 'succeeded', starts: 2 });
});

test('a machine that was replaced and comes back writes beside its successor, and has no say', async () => {
  const { work, release } = holding();
  const { world, first } = await planned({ work });
  await look(world, first);
  const later = { ...world, ctx: { ...world.ctx, now: () => new Date(Date.now() + 61_000) } };
  await look(later, first);
  await look(world, first);
  release();

  const job = await trainToEnd(world, first);

  expect(job).toMatchObject({ status: 'succeeded', token: 2, result: { token: '2' } });
  const objects = await world.ctx.objects.list(job?.objectPrefix ?? '');
  const results = () => objects.map(({ key }) => key).filter((key) => key.endsWith('result.json'));
  await vi.waitFor(
    () => expect(results().every((key) => /\/[12]\/result\.json$/.test(key))).toBe(true),
    waiting,
  );
});

test('where there is no room a run waits for its turn, and uses up no start', async () => {
  const { work, release } = holding();
  const { world, first, second } = await planned({ work, slots: 1 });
  await look(world, first);

  for (let count = 0; count < 5; count++) expect(await look(world, second)).toBe(true);

  expect(await getTrainingJob(world.ctx.state, second)).toMatchObject({ status: 'planned', starts: 0 });
  release();
  expect(await trainToEnd(world, first)).toMatchObject({ status: 'succeeded' });
  expect(await trainToEnd(world, second)).toMatchObject({ status: 'succeeded', starts: 1 });
});

test('room that is gone between the look and the start is no start either', async () => {
  const { world, first } = await planned();
  const offers = world.compute.offers;
  const start = world.compute.start;
  let refusals = 0;
  world.compute.start = async (spec, options) => {
    refusals += 1;
    if (refusals > 2) return await start(spec, options);
    const { TransientFailure } = await import('../../src/domain/errors.ts');
    throw new TransientFailure('There is no room.', { code: 'compute.no_capacity' });
  };

  const job = await trainToEnd(world, first);

  expect(job).toMatchObject({ status: 'succeeded', starts: 1 });
  expect(refusals).toBe(3);
  expect(await offers(anOfferRequest(), { signal: world.ctx.signal })).toHaveLength(1);
});

test('what the budget does not allow is not started', async () => {
  const { world, first } = await planned();
  const offers = world.compute.offers;
  world.compute.offers = async (request, options) =>
    (await offers(request, options)).map((offer) => ({ ...offer, pricePerHourUsd: 1 }));
  await setBudget(world.ctx.state, 'gpu_day', 10_000, someActor);

  expect(await look(world, first)).toBe(true);

  expect(world.compute.started).toEqual([]);
  expect(await getTrainingJob(world.ctx.state, first)).toMatchObject({ status: 'planned', starts: 0 });
});

test('a pause ends the machine, and the resumed competition trains the run again', async () => {
  const { work, release } = holding();
  const { world, competition, first } = await planned({ work });
  await look(world, first);
  await pauseCompetition(world.ctx, competition);

  expect(await look(world, first)).toBe(false);

  expect(world.compute.stopped).toEqual(world.compute.started);
  expect(await listOpenGpuSessions(world.ctx.state)).toEqual([]);
  release();
  await resumeCompetition(world.ctx, competition);
  const { version } = await now(world, competition);
  await planTraining(world.ctx, { competitionId: competition.id, version });
  // the pause took the first token, and the start the second
  expect(await trainToEnd(world, first)).toMatchObject({ status: 'succeeded', starts: 1, token: 3 });
});

test('a run that was judged bad is failed with the reason, and no start is wasted on it', async () => {
  const work: Work = async (job) => {
    const done = await oddOrEven(job);
    return 'files' in done ? { files: { ...done.files, 'oof.csv': 'id,0,1\n1,0.5,0.5\n' } } : done;
  };
  const { world, first } = await planned({ work });

  const job = await trainToEnd(world, first);

  expect(job).toMatchObject({
    status: 'failed',
    starts: 1,
    error: expect.stringContaining('oof.csv does not predict each of the 60 rows'),
  });
});

test('the cost watch ends machines that nobody trains on, and leaves the others alone', async () => {
  const { work, release } = holding();
  const { world, competition, first, second } = await planned({ work });
  await look(world, first);
  await look(world, second);
  expect(await watchCosts(world.ctx)).toEqual({ stopped: 0, closed: 0 });

  await pauseCompetition(world.ctx, competition);
  expect(await watchCosts(world.ctx)).toEqual({ stopped: 2, closed: 2 });

  expect(world.compute.stopped.toSorted()).toEqual(world.compute.started.toSorted());
  expect(await listOpenGpuSessions(world.ctx.state)).toEqual([]);
  release();
});

test('a crash between the start of a machine and its record is taken up: no second machine', async () => {
  const { work, release } = holding();
  const { world, first } = await planned({ work });
  const dying = {
    ...world.ctx.state,
    call: ((name, args, answer) =>
      name === 'mark_gpu_session_running'
        ? Promise.reject(new Error('the process dies here'))
        : world.ctx.state.call(name, args, answer)) as typeof world.ctx.state.call,
  };
  await expect(train({ ...world.ctx, state: dying }, { itemId: first })).rejects.toThrow('dies here');
  release();

  expect(await trainToEnd(world, first)).toMatchObject({ status: 'succeeded', starts: 1 });
  expect(world.compute.started).toHaveLength(1);
});
