import { expect, test } from 'vitest';
import {
  denyGpuNode,
  holdGpus,
  isHeldGpu,
  listDeniedNodes,
  listGpuFleet,
  listRentedQueue,
  listUnbilledSessions,
  noteWaitingRun,
  observeGpuSession,
  readGpuBudgets,
  readGpuRoom,
  releaseGpus,
  retireGpuSession,
  type SeenMachine,
  type StartFate,
  settleSpend,
  signGpuSession,
} from '../../src/state/gpu-life.ts';
import { readBudget, setBudget } from '../../src/state/money.ts';
import {
  cancelTraining,
  getTrainingJob,
  listOpenGpuSessions,
  markGpuSessionRunning,
  openGpuSession,
  planTraining,
} from '../../src/state/training.ts';
import { someActor as actor, aRun, aTrainingCompetition, aTrainingJob } from '../support/builders.ts';
import { freshState } from '../support/database.ts';

type Db = Awaited<ReturnType<typeof freshState>>;

const anHour = 3_600;
const perHour = 60_000;

function rent({ state }: Db, jobId: string, options: { maxMachines?: number; perHour?: number } = {}) {
  return openGpuSession(state, {
    jobId,
    provider: 'vendor',
    offer: {},
    microUsd: 4 * (options.perHour ?? perHour),
    microUsdPerHour: options.perHour ?? perHour,
    maxStarts: 3,
    rented: {
      title: 'a card',
      reason: 'it is cheap',
      transferMicroUsd: 500,
      maxMachines: options.maxMachines ?? 2,
      startSeconds: 600,
      lifeSeconds: 4 * anHour,
    },
  });
}

async function rented(db: Db, jobId: string): Promise<string> {
  const answer = await rent(db, jobId);
  if (answer?.outcome !== 'opened') throw new Error(`not opened: ${answer?.outcome}`);
  return answer.session.key;
}

function aSight(seen: Partial<SeenMachine> = {}): SeenMachine {
  return {
    instanceId: 'one',
    state: 'running',
    node: 'node',
    microUsdPerHour: perHour,
    trouble: null,
    ...seen,
  };
}

const see = ({ state }: Db, key: string, seen: Partial<SeenMachine> = {}) =>
  observeGpuSession(state, { key, seen: aSight(seen) });

const gone = ({ state }: Db, key: string, end: { billSeconds?: number; start?: StartFate } = {}) =>
  retireGpuSession(state, { key, reason: 'done', billSeconds: 0, start: 'counts', ...end });

/** Moves all that was seen into the past. */
async function passHours({ pool }: Db, hours: number) {
  const shift = `interval '${hours} hours'`;
  await pool.query(`update gpu_spans set from_at = from_at - ${shift}, to_at = to_at - ${shift}`);
  await pool.query(
    `update gpu_sessions set created_at = created_at - ${shift}, last_seen_at = last_seen_at - ${shift},
       seen_since = seen_since - ${shift}, bill_until = bill_until - ${shift}`,
  );
}

/** Two competitions with so many jobs each. */
async function jobsOf(db: Db, names: readonly string[]) {
  const { competition, codeIds } = await aTrainingCompetition(db, names);
  const ids = await planTraining(db.state, {
    competitionId: competition.id,
    version: competition.version,
    jobs: codeIds.map((codeId) => aRun(codeId)),
    actor,
  });
  return { competition, jobIds: ids ?? [] };
}

test('a job has one machine at a time, and of all jobs no more are rented than there may be', async () => {
  const db = await freshState();
  const { jobIds } = await jobsOf(db, ['one', 'two', 'three', 'four']);

  const answers = await Promise.all(jobIds.flatMap((id) => [rent(db, id), rent(db, id)]));

  expect(answers.filter((answer) => answer?.outcome === 'opened')).toHaveLength(2);
  expect(answers.filter((answer) => answer?.outcome === 'refused')).toMatchObject(
    Array.from({ length: answers.filter((answer) => answer?.outcome === 'refused').length }, () => ({
      cap: 'machines',
    })),
  );
  expect(await listGpuFleet(db.state)).toHaveLength(2);
});

test('a machine of our own is not counted among the rented ones', async () => {
  const db = await freshState();
  const { jobIds } = await jobsOf(db, ['one', 'two', 'three']);
  const own = { provider: 'local', offer: {}, microUsd: 0, microUsdPerHour: 0, maxStarts: 3 };
  await openGpuSession(db.state, { jobId: jobIds[0] ?? '', ...own });

  expect(await rent(db, jobIds[1] ?? '', { maxMachines: 1 })).toMatchObject({ outcome: 'opened' });
  expect(await rent(db, jobIds[2] ?? '', { maxMachines: 1 })).toMatchObject({ cap: 'machines' });
});

test('what was seen running is the cost, and takes the place of the reservation', async () => {
  const db = await freshState();
  const { jobId } = await aTrainingJob(db);
  const key = await rented(db, jobId);
  expect((await readBudget(db.state, null)).gpuTodayMicroUsd).toBe(4 * perHour);

  await see(db, key);
  await passHours(db, 1);
  await see(db, key);
  const cost = await gone(db, key);

  expect(cost).toBeGreaterThanOrEqual(perHour + 500);
  expect(cost).toBeLessThan(perHour + 3_000);
  expect((await readBudget(db.state, null)).gpuTodayMicroUsd).toBe(cost);
  expect(await gone(db, key)).toBeNull();
});

test('time in which a machine only starts costs nothing, time that nobody watched does', async () => {
  const db = await freshState();
  const { jobId } = await aTrainingJob(db);
  const key = await rented(db, jobId);
  await see(db, key, { state: 'starting' });
  await passHours(db, 1);
  await see(db, key, { state: 'starting' });
  await passHours(db, 2);

  await see(db, key);

  const [machine] = await listGpuFleet(db.state);
  expect(machine?.soFarMicroUsd).toBeGreaterThanOrEqual(2 * perHour);
  expect(machine?.soFarMicroUsd).toBeLessThan(2 * perHour + 3_000);
});

test('a machine that came and went between two looks counts from its order on, one that nobody answered for does not', async () => {
  const db = await freshState();
  const { jobId } = await aTrainingJob(db);
  const key = await rented(db, jobId);
  await markGpuSessionRunning(db.state, key, 'one');
  await passHours(db, 1);

  const cost = await gone(db, key);

  expect(cost).toBeGreaterThanOrEqual(perHour);
  expect(cost).toBeLessThan(perHour + 3_000);
  expect(await gone(db, await rented(db, jobId))).toBe(0);
});

test('a machine that moves is billed piece by piece: dearer since the last look, cheaper only from this one on', async () => {
  const db = await freshState();
  const { jobId } = await aTrainingJob(db);
  const key = await rented(db, jobId);
  await see(db, key);
  await passHours(db, 1);
  await see(db, key, { instanceId: 'two', node: 'other', microUsdPerHour: 2 * perHour });
  await passHours(db, 1);
  await see(db, key, { instanceId: 'two', node: 'other', microUsdPerHour: perHour });
  await passHours(db, 1);

  const cost = await gone(db, key);

  expect(cost).toBeGreaterThanOrEqual(5 * perHour);
  expect(cost).toBeLessThan(5 * perHour + 4_000);
});

test('where the vendor sends a bill it is waited for, the money stays reserved and the rate is free', async () => {
  const db = await freshState();
  const { jobId, competition } = await aTrainingJob(db);
  await setBudget(db.state, 'fleet_hour', perHour, actor);
  const key = await rented(db, jobId);
  await see(db, key);
  expect((await readGpuRoom(db.state, competition.id)).microUsdPerHour).toBe(0);

  await gone(db, key, { billSeconds: 600 });

  expect(await listUnbilledSessions(db.state)).toMatchObject([{ key, isOverdue: false }]);
  expect((await readBudget(db.state, null)).gpuTodayMicroUsd).toBe(4 * perHour);
  expect((await readGpuRoom(db.state, competition.id)).microUsdPerHour).toBe(perHour);
  await passHours(db, 1);
  expect(await listUnbilledSessions(db.state)).toMatchObject([{ key, isOverdue: true }]);
  await settleSpend(db.state, key, 1_234);
  await settleSpend(db.state, key, 9_999);
  expect(await listUnbilledSessions(db.state)).toEqual([]);
  expect((await readBudget(db.state, null)).gpuTodayMicroUsd).toBe(1_234);
});

test('a machine that never said a word uses up no start, one that did does, and a pause forgets both', async () => {
  const db = await freshState();
  const { jobId, codeId, competition } = await aTrainingJob(db);
  await gone(db, await rented(db, jobId), { start: 'misstart' });
  expect(await getTrainingJob(db.state, jobId)).toMatchObject({ starts: 0, misstarts: 1, status: 'planned' });

  const key = await rented(db, jobId);
  await signGpuSession(db.state, key);
  await gone(db, key, { start: 'misstart' });

  expect(await getTrainingJob(db.state, jobId)).toMatchObject({ starts: 1, misstarts: 1, token: 2 });
  const { id: competitionId, version } = competition;
  await cancelTraining(db.state, competitionId);
  await planTraining(db.state, { competitionId, version, jobs: [aRun(codeId)], actor });
  expect(await getTrainingJob(db.state, jobId)).toMatchObject({ starts: 0, misstarts: 0, token: 3 });
});

test('a node that failed a run is not for that run, one that failed two is for nobody', async () => {
  const db = await freshState();
  const { jobIds } = await jobsOf(db, ['one', 'two', 'three']);
  const [first = '', second = '', third = ''] = jobIds;
  const deny = (node: string, jobId: string) =>
    denyGpuNode(db.state, { provider: 'vendor', node, jobId, reason: 'it was silent' });
  await deny('bad', first);
  await deny('bad', first);
  await deny('worse', first);
  await deny('worse', second);

  expect(await listDeniedNodes(db.state, first)).toEqual(new Set(['vendor/bad', 'vendor/worse']));
  expect(await listDeniedNodes(db.state, third)).toEqual(new Set(['vendor/worse']));
});

test('the queue knows who waits for a rented machine, and whose machines there are', async () => {
  const db = await freshState();
  const { competition, jobIds } = await jobsOf(db, ['one', 'two', 'three']);
  const [first = '', second = '', third = ''] = jobIds;
  await rented(db, first);
  const wait = (jobId: string, code: 'no_turn' | 'no_offer') =>
    noteWaitingRun(db.state, { jobId, wants: 'rented', code, reason: { code: 'gone' } });
  const waitingOf = async (jobId: string) => (await getTrainingJob(db.state, jobId))?.waiting;
  await wait(third, 'no_turn');
  const began = (await waitingOf(third))?.since;
  await wait(second, 'no_turn');
  await wait(third, 'no_offer');
  // it has its machine, and waits for nothing
  await wait(first, 'no_turn');

  expect(await listRentedQueue(db.state, 60)).toMatchObject({
    waiting: [{ id: second, competitionId: competition.id }],
    busy: [competition.id],
  });
  // What it waits for changes; since when it waits does not, unless it was paused.
  expect(await waitingOf(third)).toMatchObject({ code: 'no_offer', since: began });
  await db.pool.query(
    `update training_jobs set waiting = waiting || '{"at": "2026-01-01T00:00:00Z", "since": "2026-01-01T00:00:00Z"}'`,
  );
  await wait(third, 'no_offer');
  expect((await waitingOf(third))?.since.getTime()).toBeGreaterThanOrEqual(began?.getTime() ?? Number.NaN);
  expect((await rent(db, second))?.outcome).toBe('opened');
  expect(await getTrainingJob(db.state, second)).toMatchObject({ waiting: null });
});

test('a hold rents nothing, takes the runs back, and is lifted once', async () => {
  const db = await freshState();
  const { jobId } = await aTrainingJob(db);
  const key = await rented(db, jobId);

  expect(await holdGpus(db.state, 'too dear', actor)).toEqual([jobId]);
  expect(await holdGpus(db.state, null, actor)).toEqual([]);

  expect(await isHeldGpu(db.state)).toBe(true);
  expect(await getTrainingJob(db.state, jobId)).toMatchObject({ status: 'planned', starts: 0, token: 2 });
  expect(await listOpenGpuSessions(db.state)).toMatchObject([{ key, token: 1, jobToken: 2 }]);
  await gone(db, key);
  expect(await rent(db, jobId)).toMatchObject({ outcome: 'refused', cap: 'held' });
  expect(await releaseGpus(db.state, actor)).toBe(true);
  expect(await releaseGpus(db.state, actor)).toBe(false);
  expect(await rent(db, jobId)).toMatchObject({ outcome: 'opened', token: 3 });
});

test('caps of the day and of competitions are read with what is reserved', async () => {
  const db = await freshState();
  const { jobId, competition } = await aTrainingJob(db);
  await setBudget(db.state, 'gpu_day', 3_600_000, actor);
  await setBudget(db.state, 'gpu_competition', 1_000_000, actor);
  await rented(db, jobId);

  expect(await readGpuBudgets(db.state)).toEqual([
    {
      scope: 'gpu_competition',
      competitionId: competition.id,
      slug: competition.slug,
      capMicroUsd: 1_000_000,
      usedMicroUsd: 4 * perHour,
    },
    { scope: 'gpu_day', competitionId: null, slug: null, capMicroUsd: 3_600_000, usedMicroUsd: 4 * perHour },
  ]);
  expect(await readGpuRoom(db.state, competition.id)).toEqual({
    machines: 1,
    microUsdPerHour: null,
    microUsd: 1_000_000 - 4 * perHour,
    isHeld: false,
  });
});
