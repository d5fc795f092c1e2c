import { expect, test } from 'vitest';
import { listCompetitions, transitionCompetition } from '../../src/state/competitions.ts';
import { retireGpuSession } from '../../src/state/gpu-life.ts';
import { readBudget, setBudget } from '../../src/state/money.ts';
import { listEvents } from '../../src/state/outbox.ts';
import { listApproaches } from '../../src/state/research.ts';
import {
  cancelGpuSession,
  cancelTraining,
  endTrainingJob,
  getTrainingJob,
  listOpenGpuSessions,
  listTrainingJobs,
  markGpuSessionRunning,
  openGpuSession,
  planTraining,
  reportTrainingProgress,
} from '../../src/state/training.ts';
import { someActor as actor, aRun, aTrainingCompetition, aTrainingJob } from '../support/builders.ts';
import { freshState } from '../support/database.ts';

type Db = Awaited<ReturnType<typeof freshState>>;

function open({ state }: Db, jobId: string, options: { microUsd?: number; perHour?: number } = {}) {
  return openGpuSession(state, {
    jobId,
    provider: 'local',
    offer: { cores: 2 },
    microUsd: options.microUsd ?? 0,
    microUsdPerHour: options.perHour ?? 0,
    maxStarts: 3,
  });
}

async function opened(db: Db, jobId: string) {
  const answer = await open(db, jobId);
  if (answer?.outcome !== 'opened') throw new Error(`not opened: ${answer?.outcome}`);
  return answer;
}

/** Its machine is gone. */
async function gone({ state }: Db, { session }: { session: { key: string } }) {
  await retireGpuSession(state, { key: session.key, reason: 'lost', billSeconds: 0, start: 'counts' });
}

const progress = { phase: 'running', progress: null, seconds: 1, logTail: '' };
const scores = { folds: [0.8, 0.9], cv: 0.85, cvSd: 0.05, gate: null };

async function plannedItems({ state }: Db): Promise<unknown[]> {
  const events = await listEvents(state, { competitionId: null, after: 0, limit: 1_000 });
  return events.filter(({ type }) => type === 'training_planned').map(({ payload }) => payload.items);
}

test('training is planned once, and what is planned later is announced by itself', async () => {
  const db = await freshState();
  const { competition, codeIds } = await aTrainingCompetition(db);
  const plan = (jobs: ReturnType<typeof aRun>[], version = competition.version) =>
    planTraining(db.state, { competitionId: competition.id, version, jobs, actor });
  const searches = codeIds.map((codeId) => aRun(codeId));

  const [first, second] = await Promise.all([plan(searches), plan(searches)]);
  const more = await plan([aRun(codeIds[0] ?? '', { purpose: 'confirm', seed: 43 })]);

  expect(first).toHaveLength(2);
  expect(new Set(second)).toEqual(new Set(first));
  expect(more).toHaveLength(3);
  expect(await plan(searches, 0)).toBeNull();
  expect(await plannedItems(db)).toEqual([first, more?.filter((id) => !first?.includes(id))]);
});

test('a script of another competition is not trained', async () => {
  const db = await freshState();
  const { competition } = await aTrainingCompetition(db);
  const other = await aTrainingCompetition(db);

  const ids = await planTraining(db.state, {
    competitionId: competition.id,
    version: competition.version,
    jobs: [aRun(other.codeIds[0] ?? '')],
    actor,
  });

  expect(ids).toEqual([]);
});

test('a start writes its intent under a key of its own and takes the next token', async () => {
  const db = await freshState();
  const { jobId, competition } = await aTrainingJob(db);

  const first = await opened(db, jobId);
  await markGpuSessionRunning(db.state, first.session.key, 'instance-7');

  expect(first.session.key).toMatch(/^ka-[0-9a-f]{8}-gpu-[0-9a-f]{32}-1$/);
  expect(await listOpenGpuSessions(db.state)).toMatchObject([
    {
      key: first.session.key,
      status: 'running',
      instanceId: 'instance-7',
      token: 1,
      jobToken: 1,
      jobStatus: 'running',
      competitionId: competition.id,
    },
  ]);
  await gone(db, first);
  const second = await opened(db, jobId);
  expect(await listOpenGpuSessions(db.state)).toMatchObject([
    { key: second.session.key, status: 'planned', token: 2, jobToken: 2 },
  ]);
  expect(await getTrainingJob(db.state, jobId)).toMatchObject({
    starts: 2,
    status: 'running',
    approach: { name: 'boosting-plain' },
    code: { status: 'ready' },
  });
});

test('of several starts at once one gets the machine, and no more starts than allowed happen', async () => {
  const db = await freshState();
  const { jobId } = await aTrainingJob(db);
  const tokens: number[] = [];

  for (let count = 0; count < 3; count++) {
    const answers = await Promise.all(Array.from({ length: 4 }, () => open(db, jobId)));
    const won = answers.filter((answer) => answer?.outcome === 'opened');
    tokens.push(...won.map(({ token }) => token));
    for (const answer of won) await gone(db, answer);
  }

  expect(tokens).toEqual([1, 2, 3]);
  expect(await open(db, jobId)).toEqual({ outcome: 'exhausted' });
});

test('a start that the budget does not allow changes nothing', async () => {
  const db = await freshState();
  const { jobId } = await aTrainingJob(db);
  await setBudget(db.state, 'fleet_hour', 150_000, actor);

  expect(await open(db, jobId, { microUsd: 50_000, perHour: 200_000 })).toEqual({
    outcome: 'refused',
    cap: 'fleet_hour',
    freeMicroUsd: 150_000,
  });
  expect(await getTrainingJob(db.state, jobId)).toMatchObject({ starts: 0, token: 0, status: 'planned' });
  expect(await listOpenGpuSessions(db.state)).toEqual([]);
});

test('a start for which the provider had no room does not count, and frees what was reserved for it', async () => {
  const db = await freshState();
  const { jobId } = await aTrainingJob(db);
  const answer = await open(db, jobId, { microUsd: 90_000, perHour: 90_000 });
  const { key } = answer?.outcome === 'opened' ? answer.session : { key: '' };

  await cancelGpuSession(db.state, key);
  await cancelGpuSession(db.state, key);

  expect(await getTrainingJob(db.state, jobId)).toMatchObject({ starts: 0, token: 1, status: 'planned' });
  expect((await readBudget(db.state, null)).gpuTodayMicroUsd).toBe(0);
  expect(await listOpenGpuSessions(db.state)).toEqual([]);
  expect((await opened(db, jobId)).token).toBe(2);
});

test('the result of an older start is refused, and so is its progress', async () => {
  const db = await freshState();
  const { jobId, competition } = await aTrainingJob(db);
  const old = await opened(db, jobId);
  await gone(db, old);
  const fresh = await opened(db, jobId);
  const end = (token: number) => endTrainingJob(db.state, { id: jobId, token, status: 'succeeded', scores });

  expect(await reportTrainingProgress(db.state, { id: jobId, token: old.token, progress })).toBe(false);
  expect(await end(old.token)).toBe(false);
  expect(await reportTrainingProgress(db.state, { id: jobId, token: fresh.token, progress })).toBe(true);
  expect(await end(fresh.token)).toBe(true);
  expect(await end(fresh.token)).toBe(false);
  expect(await reportTrainingProgress(db.state, { id: jobId, token: fresh.token, progress })).toBe(false);
  expect(await listTrainingJobs(db.state, competition.id)).toMatchObject([
    { status: 'succeeded', scores, progress },
  ]);
  expect(await open(db, jobId)).toBeNull();
});

test('an approach is trained when one of its searches succeeded, whatever happens beside it', async () => {
  const db = await freshState();
  const { competition, codeIds } = await aTrainingCompetition(db, ['one-way', 'other-way']);
  const [one = '', other = ''] = codeIds;
  const jobs = [aRun(one), aRun(one, { seed: 43 }), aRun(other), aRun(one, { purpose: 'confirm' })];
  await planTraining(db.state, { competitionId: competition.id, version: competition.version, jobs, actor });
  const planned = await listTrainingJobs(db.state, competition.id);
  const end = (codeId: string, seed: number, purpose: string, status: 'succeeded' | 'failed') => {
    const job = planned.find((row) => row.codeId === codeId && row.seed === seed && row.purpose === purpose);
    return endTrainingJob(db.state, {
      id: job?.id ?? '',
      token: 0,
      status,
      ...(status === 'failed' ? { error: 'broken' } : {}),
    });
  };

  await end(one, 42, 'search', 'succeeded');
  await end(one, 43, 'search', 'failed');
  await end(one, 42, 'confirm', 'failed');
  await end(other, 42, 'search', 'failed');

  expect(
    (await listApproaches(db.state, competition.id)).map(({ status, error }) => [status, error]),
  ).toEqual([
    ['trained', null],
    ['failed', 'broken'],
  ]);
});

test('what a pause cancelled begins again with all its starts, and the old machine has no say any more', async () => {
  const db = await freshState();
  const { competition, jobId, codeId } = await aTrainingJob(db);
  const old = await opened(db, jobId);
  const move = (version: number, event: 'paused' | 'resumed') =>
    transitionCompetition(db.state, { id: competition.id, version, event, actor });
  await move(competition.version, 'paused');
  expect(await cancelTraining(db.state, competition.id)).toEqual([jobId]);
  expect(await cancelTraining(db.state, competition.id)).toEqual([]);
  expect(await open(db, jobId)).toBeNull();
  await move(competition.version + 1, 'resumed');

  const ids = await planTraining(db.state, {
    competitionId: competition.id,
    version: competition.version + 2,
    jobs: [aRun(codeId)],
    actor,
  });

  expect(ids).toEqual([jobId]);
  expect(await getTrainingJob(db.state, jobId)).toMatchObject({
    status: 'planned',
    starts: 0,
    endedAt: null,
  });
  expect(await endTrainingJob(db.state, { id: jobId, token: old.token, status: 'succeeded' })).toBe(false);
  // the old machine has to go first
  expect(await open(db, jobId)).toBeNull();
  await gone(db, old);
  expect((await opened(db, jobId)).token).toBeGreaterThan(old.token);
  expect((await listCompetitions(db.state)).map(({ state }) => state)).toEqual(['training']);
});
