import { readdir } from 'node:fs/promises';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { Context } from '../../src/context.ts';
import { readProblem } from '../../src/flows/research/read-problem.ts';
import { Wait } from '../../src/flows/support/wait.ts';
import { createLocalLocks, type Locks } from '../../src/infra/lock.ts';
import { connectRedis } from '../../src/infra/redis.ts';
import { createRedisLocks } from '../../src/infra/redis-lock.ts';
import {
  aPracticeWorld,
  driveTo,
  type PracticeWorld,
  startedCompetition,
} from '../support/practice-world.ts';
import { findRedisServer, startRedis } from '../support/redis.ts';

const binary = findRedisServer();
if (binary === null) console.warn('no redis-server 6.2 or newer here: two processes are not tested');

/** Locks as two processes have them: of their own where they share Redis, the same where there is one process. */
async function locksOfTwo(place: 'Redis' | 'one process'): Promise<[Locks, Locks]> {
  if (place === 'one process') {
    const locks = createLocalLocks();
    return [locks, locks];
  }
  const { url } = await startRedis(binary ?? '');
  const one = () => {
    const connection = connectRedis(url, { onError: () => undefined });
    onTestFinished(() => connection.close());
    return createRedisLocks({ client: connection.client, retryIntervalMs: 10 });
  };
  return [one(), one()];
}

/** The world's context with these locks, and a count of its downloads. */
function contender({ ctx }: PracticeWorld, locks: Locks, downloads: string[]): Context {
  const kaggle: Context['kaggle'] = {
    ...ctx.kaggle,
    downloadData(slug, options) {
      downloads.push(slug);
      return ctx.kaggle.downloadData(slug, options);
    },
  };
  return { ...ctx, kaggle, locks };
}

/** As the job does it that comes again after a wait. */
async function patiently<T>(work: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof Wait)) throw error;
    }
  }
}

describe.each(['Redis', 'one process'] as const)('with locks on %s', (place) => {
  const placeTest = test.skipIf(place === 'Redis' && binary === null);

  placeTest('two that want the same data download them once, and both know them', async () => {
    const world = await aPracticeWorld();
    const competition = await driveTo(world, await startedCompetition(world), 'researching');
    const [one, other] = await locksOfTwo(place);
    const downloads: string[] = [];

    const [first, second] = await Promise.all(
      [one, other].map((locks) =>
        patiently(() => readProblem(contender(world, locks, downloads), competition)),
      ),
    );

    expect(downloads).toEqual([competition.slug]);
    expect(first?.problem).toEqual(second?.problem);
    expect(first?.profile.train.rows).toBe(second?.profile.train.rows);
  });
});

test('who finds the data being read leaves its worker free and comes again', async () => {
  const world = await aPracticeWorld();
  const competition = await driveTo(world, await startedCompetition(world), 'researching');
  const [one, other] = await locksOfTwo('one process');
  const downloads: string[] = [];
  const held = await one.hold(`data-${competition.id}`, world.ctx.signal);

  await expect(readProblem(contender(world, other, downloads), competition)).rejects.toMatchObject({
    name: 'Wait',
    message: `the data of ${competition.slug} are being read by another run`,
  });
  expect(downloads).toEqual([]);
  await held.release();

  await expect(readProblem(contender(world, other, downloads), competition)).resolves.toBeDefined();
  expect(downloads).toEqual([competition.slug]);
});

test('where the object store lies elsewhere, only the tables that are read are copied, and not for long', async () => {
  const world = await aPracticeWorld();
  const competition = await driveTo(world, await startedCompetition(world), 'researching');
  const { localFile: _nowhere, ...objects } = world.ctx.objects;

  const { profile } = await readProblem({ ...world.ctx, objects }, competition);

  expect(profile.train.rows).toBe(60);
  expect(await readdir(world.ctx.scratchFolder)).toEqual([]);
});
