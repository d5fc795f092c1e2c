import { vi } from 'vitest';
import type { Context } from '../../../src/context.ts';
import { planTraining } from '../../../src/flows/gpu/plan-training.ts';
import { train } from '../../../src/flows/gpu/train.ts';
import { Wait } from '../../../src/flows/support/wait.ts';
import type { Offer } from '../../../src/providers/compute/contract.ts';
import type { Competition } from '../../../src/state/competitions.ts';
import { setBudget } from '../../../src/state/money.ts';
import { getTrainingJob, listTrainingJobs, type TrainingJob } from '../../../src/state/training.ts';
import { someActor } from '../../support/builders.ts';
import {
  createInProcessCompute,
  type InProcessCompute,
  type Work,
} from '../../support/in-process-compute.ts';
import {
  aPracticeWorld,
  driveTo,
  oddOrEven,
  type PracticeWorld,
  startedCompetition,
} from '../../support/practice-world.ts';

export type RentedWorld = PracticeWorld & {
  vendor: InProcessCompute;
  competition: Competition;
  jobs: string[];
};

type Options = {
  work?: Work;
  /** Of the vendor's machine. */
  offer?: Partial<Offer>;
  pricePerHourUsd?: number;
  approaches?: readonly string[];
  /** Scripts use a graphics card. */
  requirements?: string;
  ownSlots?: number;
  context?: Partial<Omit<Context, 'policy'>>;
  policy?: Partial<Context['policy']>;
};

/** Runs that use a graphics card are about to be trained; our own machine has no room, a vendor has. */
export async function aRentedWorld(options: Options = {}): Promise<RentedWorld> {
  const work = options.work ?? oddOrEven;
  const pricePerHourUsd = options.pricePerHourUsd ?? 0.05;
  const vendor = createInProcessCompute({
    work,
    slots: 9,
    rented: { name: 'saladcloud', pricePerHourUsd, offer: { title: 'RTX 3090, batch', ...options.offer } },
  });
  const own = createInProcessCompute({ work, slots: options.ownSlots ?? 0 });
  const requirements = options.requirements ?? 'torch==2.9.1\n';
  const world = await aPracticeWorld({
    ...(options.approaches === undefined ? {} : { approaches: options.approaches }),
    context: {
      compute: [own, vendor],
      generators: [
        {
          name: 'tests',
          canDebug: false,
          generate: async ({ approach }) => ({ script: `# ${approach.name}\n`, requirements, notes: [] }),
        },
      ],
      ...options.context,
    },
    ...(options.policy === undefined ? {} : { policy: options.policy }),
  });
  await setBudget(world.ctx.state, 'fleet_hour', 150_000, someActor);
  await setBudget(world.ctx.state, 'gpu_day', 3_600_000, someActor);
  const competition = await driveTo(world, await startedCompetition(world), 'training');
  await planTraining(world.ctx, { competitionId: competition.id, version: competition.version });
  const jobs = await listTrainingJobs(world.ctx.state, competition.id);
  return { ...world, compute: own, vendor, competition, jobs: jobs.map(({ id }) => id) };
}

/** One look of a run's job; true while there is something to wait for. */
export async function look({ ctx }: { ctx: Context }, itemId: string | undefined): Promise<boolean> {
  try {
    await train(ctx, { itemId: itemId ?? '' });
    return false;
  } catch (error) {
    if (error instanceof Wait) return true;
    throw error;
  }
}

export async function jobOf({ ctx }: { ctx: Context }, id: string | undefined): Promise<TrainingJob> {
  const job = await getTrainingJob(ctx.state, id ?? '');
  if (job === null) throw new Error('the job is gone');
  return job;
}

/** Looks at a run until it has ended. */
export async function trainToEnd(world: { ctx: Context }, id: string | undefined): Promise<TrainingJob> {
  await vi.waitFor(
    async () => {
      if (await look(world, id)) throw new Error('it goes on');
    },
    { timeout: 20_000, interval: 20 },
  );
  return await jobOf(world, id);
}

/** The same world, some seconds later. */
export function later<World extends { ctx: Context }>(world: World, seconds: number): World {
  return { ...world, ctx: { ...world.ctx, now: () => new Date(Date.now() + seconds * 1000) } };
}

/** A script that goes on until it is told to end. */
export function holding(): { work: Work; release: () => void } {
  const held = Promise.withResolvers<void>();
  const work: Work = async (job) => {
    await held.promise;
    return await oddOrEven(job);
  };
  return { work, release: () => held.resolve() };
}

/** Reasons of the notices in a competition's thread, oldest first, by what they tell of. */
export async function noticesOf({ pool }: RentedWorld, event: string): Promise<string[]> {
  const { rows } = await pool.query<{ reason: string }>(
    `select content ->> 'reason' as reason from cards where content ->> 'event' = $1 order by created_at`,
    [event],
  );
  return rows.map(({ reason }) => reason);
}
