import { expect, test } from 'vitest';
import type { CompetitionState } from '../../src/domain/competition-machine.ts';
import {
  pauseCompetition,
  resumeCompetition,
  stopCompetition,
} from '../../src/flows/commands/control-competition.ts';
import {
  readBudget,
  readDecisions,
  readList,
  readLogs,
  readStatus,
} from '../../src/flows/commands/read-commands.ts';
import { readLeaderboard } from '../../src/flows/commands/read-leaderboard.ts';
import { startCompetition } from '../../src/flows/commands/start-competition.ts';
import { planResearch } from '../../src/flows/research/plan-research.ts';
import { startResearch } from '../../src/flows/research/start-research.ts';
import { routesOf } from '../../src/jobs/routes.ts';
import { findCompetition, listCompetitions } from '../../src/state/competitions.ts';
import { setBudget } from '../../src/state/money.ts';
import { listTrainingJobs } from '../../src/state/training.ts';
import { aCompetition, aTrainingJob, someActor } from '../support/builders.ts';
import { aContext } from '../support/context.ts';
import { freshState } from '../support/database.ts';
import { aCompetitionFolder } from '../support/kaggle.ts';
import { aPracticeWorld, driveTo, now, practiceSlug, startedCompetition } from '../support/practice-world.ts';

test('start enters a competition, once however often it is asked', async () => {
  const { ctx, pool } = await aPracticeWorld();

  const first = await startCompetition(ctx, { slug: practiceSlug, limits: { maxRounds: 4 }, priority: 7 });
  const second = await startCompetition(ctx, { slug: practiceSlug, limits: { maxRounds: 9 } });

  expect(first).toMatchObject({
    outcome: 'started',
    competition: {
      state: 'discovered',
      priority: 7,
      limits: { maxRounds: 4, approachesPerRound: 2, timeLimitSeconds: null },
    },
  });
  expect(second).toMatchObject({ outcome: 'already', competition: { limits: { maxRounds: 4 } } });
  const { rows } = await pool.query('select type from events');
  expect(rows).toEqual([{ type: 'new_competition_found' }]);
});

test('many people who start the same competition at once start it once', async () => {
  const { ctx, pool } = await aPracticeWorld();

  const answers = await Promise.all(
    Array.from({ length: 4 }, () => startCompetition(ctx, { slug: practiceSlug })),
  );

  expect(new Set(answers.map(({ competition }) => competition.id)).size).toBe(1);
  const { rows } = await pool.query('select type from events');
  expect(rows).toEqual([{ type: 'new_competition_found' }]);
});

test('a slug that nobody knows is refused, with what was probably meant', async () => {
  const { ctx } = await aPracticeWorld();

  const refused = startCompetition(ctx, { slug: 'odd-or-evem' });

  await expect(refused).rejects.toMatchObject({ kind: 'business', code: 'kaggle.unknown_competition' });
  await expect(refused).rejects.toThrow(/Did you mean odd-or-even\?/);
  expect(await listCompetitions(ctx.state)).toEqual([]);
});

test('rules that are not accepted are for a person, who is told where', async () => {
  const { ctx } = await aPracticeWorld({ fields: { rulesAccepted: false } });

  await expect(startCompetition(ctx, { slug: practiceSlug })).rejects.toMatchObject({
    code: 'kaggle.rules_not_accepted',
    message: expect.stringMatching(/https?:\S+\/rules/),
  });
  expect(await findCompetition(ctx.state, practiceSlug)).toBeNull();
});

test('rules that are no longer accepted when research begins are asked about', async () => {
  const { ctx, pool } = await aPracticeWorld({ fields: { rulesAccepted: false } });
  const competition = await aCompetition(
    { pool, state: ctx.state },
    { slug: practiceSlug, state: 'researching', version: 1, round: 1 },
  );

  await expect(planResearch(ctx, { competitionId: competition.id, version: 1 })).rejects.toMatchObject({
    code: 'kaggle.rules_not_accepted',
  });
});

test('a deadline that has passed is refused, with its day', async () => {
  const { ctx } = await aPracticeWorld({ fields: { deadline: '2024-05-01T00:00:00Z' } });

  await expect(startCompetition(ctx, { slug: practiceSlug })).rejects.toMatchObject({
    code: 'kaggle.deadline_passed',
    message: expect.stringContaining('2024-05-01'),
  });
});

test('a finished competition begins anew, and its history stays under another name', async () => {
  const world = await aPracticeWorld();
  const first = await startedCompetition(world);
  await driveTo(world, first, 'completed');
  await world.ctx.judge?.closePractice(practiceSlug, { signal: world.ctx.signal });

  const again = await startCompetition(world.ctx, { slug: practiceSlug });

  expect(again).toMatchObject({
    outcome: 'started',
    competition: { slug: practiceSlug, round: 0, state: 'discovered' },
  });
  expect(again.competition.id).not.toBe(first.id);
  expect(await now(world, first)).toMatchObject({
    state: 'completed',
    slug: expect.stringMatching(/^odd-or-even-\d{14}$/),
  });
});

test('a finished competition that cannot be entered any more keeps its name and its history', async () => {
  const { ctx, pool } = await aPracticeWorld({ fields: { deadline: '2024-05-01T00:00:00Z' } });
  const old = await aCompetition(
    { pool, state: ctx.state },
    { slug: practiceSlug, state: 'completed', requested: true },
  );

  await expect(startCompetition(ctx, { slug: practiceSlug })).rejects.toMatchObject({
    code: 'kaggle.deadline_passed',
  });

  expect(await listCompetitions(ctx.state)).toMatchObject([
    { id: old.id, slug: practiceSlug, state: 'completed' },
  ]);
});

test('at most three are active; the others wait in their order, and begin as places become free', async () => {
  const folders = await Promise.all(
    ['a', 'b', 'c', 'd', 'e'].map((slug) => aCompetitionFolder({ slug: `contest-${slug}` })),
  );
  const { ctx } = await aPracticeWorld({ folders });

  const outcomes = [];
  for (const [slug, priority] of [
    ['a', 100],
    ['b', 100],
    ['c', 100],
    ['d', 50],
    ['e', 1],
  ] as const) {
    outcomes.push((await startCompetition(ctx, { slug: `contest-${slug}`, priority })).outcome);
  }

  expect(outcomes).toEqual(['started', 'started', 'started', 'queued', 'queued']);
  await stopCompetition(ctx, { slug: 'contest-b' });
  expect((await findCompetition(ctx.state, 'contest-e'))?.admittedAt).not.toBeNull();
  expect((await findCompetition(ctx.state, 'contest-d'))?.admittedAt).toBeNull();
});

const working: CompetitionState[] = [
  'researching',
  'training',
  'submitted',
  'awaiting_decision',
  'failed',
  'recovering',
];

test.each(working)('pause and resume lead back to where it was: %s', async (state) => {
  const db = await freshState();
  const ctx = await aContext({ state: db.state });
  const resumeState = state === 'recovering' ? 'researching' : null;
  const { slug } = await aCompetition(db, { state, resumeState, version: 3 });

  const paused = await pauseCompetition(ctx, { slug });
  const again = await pauseCompetition(ctx, { slug });
  const resumed = await resumeCompetition(ctx, { slug });
  const twice = await resumeCompetition(ctx, { slug });

  expect([paused.outcome, again.outcome, resumed.outcome, twice.outcome]).toEqual([
    'done',
    'already',
    'done',
    'already',
  ]);
  expect(paused.competition.state).toBe('paused');
  expect(resumed.competition.state).toBe(state === 'recovering' ? 'researching' : state);
});

test('a command that makes no sense where a competition stands says why, and changes nothing', async () => {
  const db = await freshState();
  const ctx = await aContext({ state: db.state });
  const seen = await aCompetition(db, { state: 'discovered' });
  const queued = await aCompetition(db, { state: 'discovered', requested: true });
  const ended = await aCompetition(db, { state: 'abandoned', requested: true });
  const anew = expect.stringContaining(`/kaggle start ${ended.slug}`);

  for (const control of [pauseCompetition, resumeCompetition, stopCompetition]) {
    await expect(control(ctx, seen)).rejects.toMatchObject({
      code: 'competition.not_started',
      message: expect.stringContaining(`/kaggle start ${seen.slug}`),
    });
  }
  await expect(pauseCompetition(ctx, queued)).rejects.toMatchObject({
    code: 'competition.queued',
    message: expect.stringContaining(`/kaggle stop ${queued.slug}`),
  });
  await expect(pauseCompetition(ctx, ended)).rejects.toMatchObject({
    code: 'competition.ended',
    message: anew,
  });
  await expect(resumeCompetition(ctx, ended)).rejects.toMatchObject({
    code: 'competition.ended',
    message: anew,
  });
  expect((await stopCompetition(ctx, ended)).outcome).toBe('already');
  expect((await db.pool.query('select 1 from transitions')).rowCount).toBe(0);
});

test('what has just begun can be paused before its research, and begins on resume', async () => {
  const { ctx, pool } = await aPracticeWorld();
  await startCompetition(ctx, { slug: practiceSlug });

  const paused = await pauseCompetition(ctx, { slug: practiceSlug });
  const resumed = await resumeCompetition(ctx, { slug: practiceSlug });

  expect(paused).toMatchObject({ outcome: 'done', competition: { state: 'paused' } });
  expect(resumed).toMatchObject({ outcome: 'done', competition: { state: 'discovered', round: 0 } });
  const { rows } = await pool.query<{ type: string; payload: { toState: CompetitionState } }>(
    'select type, payload from events order by id',
  );
  const [found, , again] = rows;
  // the first event finds nothing to do any more, the last one begins
  expect([found, again].map((event) => event?.type)).toEqual(['new_competition_found', 'resumed']);
  expect(routesOf({ type: 'resumed', payload: again?.payload ?? {} })).toEqual([
    { job: 'research.start' },
    ...routesOf({ type: 'resumed', payload: {} }),
  ]);
  await startResearch(ctx, { competitionId: paused.competition.id, version: 0 });
  expect((await findCompetition(ctx.state, practiceSlug))?.state).toBe('discovered');
  await startResearch(ctx, { competitionId: paused.competition.id, version: 2 });
  expect(await findCompetition(ctx.state, practiceSlug)).toMatchObject({ state: 'researching', round: 1 });
});

test('what people do to a competition is in the audit log', async () => {
  const db = await freshState();
  const ctx = await aContext({ state: db.state });
  const { slug, id } = await aCompetition(db, { state: 'training', version: 1 });
  const by = (user: string) => ({ ...ctx, actor: { type: 'console', user } as const });

  await pauseCompetition(by('ann'), { slug });
  await pauseCompetition(by('ben'), { slug });
  await resumeCompetition(by('ben'), { slug });
  await stopCompetition(by('cem'), { slug });

  const { rows } = await db.pool.query(
    `select action, actor ->> 'user' as who, details ->> 'from' as "from" from audit_log where competition_id = $1 order by id`,
    [id],
  );
  expect(rows).toEqual([
    { action: 'competition.paused', who: 'ann', from: 'training' },
    { action: 'competition.resumed', who: 'ben', from: 'paused' },
    { action: 'competition.stopped', who: 'cem', from: 'training' },
  ]);
});

test('a pause cancels what trains', async () => {
  const db = await freshState();
  const ctx = await aContext({ state: db.state });
  const { competition, jobId } = await aTrainingJob(db);

  await pauseCompetition(ctx, competition);

  expect(await listTrainingJobs(db.state, competition.id)).toMatchObject([
    { id: jobId, status: 'cancelled', token: 1 },
  ]);
});

test('stop ends a competition for good, whatever it was at, once', async () => {
  const db = await freshState();
  const ctx = await aContext({ state: db.state });
  const { competition } = await aTrainingJob(db);

  const stopped = await stopCompetition(ctx, competition);
  const again = await stopCompetition(ctx, competition);

  expect(stopped).toMatchObject({ outcome: 'done', competition: { state: 'abandoned' } });
  expect(again.outcome).toBe('already');
  expect(await listTrainingJobs(db.state, competition.id)).toMatchObject([{ status: 'cancelled' }]);
});

test('people who pause, resume and stop at the same time leave one clear history', async () => {
  const db = await freshState();
  const ctx = await aContext({ state: db.state });
  const { slug, id } = await aCompetition(db, { state: 'training', version: 1 });

  await Promise.allSettled([
    pauseCompetition(ctx, { slug }),
    stopCompetition(ctx, { slug }),
    pauseCompetition(ctx, { slug }),
    resumeCompetition(ctx, { slug }),
    stopCompetition(ctx, { slug }),
  ]);

  const { rows } = await db.pool.query(
    'select version, from_state, to_state from transitions where competition_id = $1 and not refused order by version',
    [id],
  );
  expect(rows.map(({ version }) => version)).toEqual(rows.map((_, index) => index + 2));
  expect(rows.at(-1)).toMatchObject({ to_state: 'abandoned' });
});

test('every command about an unknown competition says so, and what was probably meant', async () => {
  const db = await freshState();
  const ctx = await aContext({ state: db.state });
  await aCompetition(db, { slug: 'titanic' });
  const input = { slug: 'titanik', limit: 5 };

  for (const ask of [
    () => readStatus(ctx, input),
    () => readLogs(ctx, input),
    () => readLeaderboard(ctx, input),
    () => readBudget(ctx, input),
    () => readDecisions(ctx, input),
    () => pauseCompetition(ctx, input),
    () => resumeCompetition(ctx, input),
    () => stopCompetition(ctx, input),
  ]) {
    await expect(ask()).rejects.toMatchObject({
      kind: 'business',
      code: 'competition.unknown',
      message: expect.stringContaining('Did you mean titanic?'),
    });
  }
});

test('status, list, logs, leaderboard and budget tell what happened', async () => {
  const world = await aPracticeWorld();
  const { ctx } = world;
  await setBudget(ctx.state, 'gpu_day', 3_600_000, someActor);
  const started = await startedCompetition(world);
  await aCompetition({ pool: world.pool, state: ctx.state }, { slug: 'only-seen' });

  await driveTo(world, started, 'completed');

  const status = await readStatus(ctx, { slug: practiceSlug });
  expect(status).toMatchObject({
    state: 'completed',
    round: 1,
    maxRounds: 1,
    metric: { name: 'accuracy', direction: 'maximize' },
    stage: null,
    decisions: [],
    costUsd: 0,
    artifactsFolder: '/artifacts/competitions/odd-or-even',
  });
  expect(status.approaches).toHaveLength(2);
  expect(status.approaches.every(({ cv, status }) => cv !== null && status === 'trained')).toBe(true);
  expect(status.submissions).toMatchObject([{ status: 'scored', round: 1, publicScore: expect.any(Number) }]);
  expect(status.best?.submission).toBe(status.submissions[0]?.key);
  expect((await readList(ctx)).map(({ slug }) => slug)).toEqual([practiceSlug]);
  expect((await readLeaderboard(ctx, { slug: practiceSlug })).snapshots.length).toBeGreaterThan(0);
  expect(await readBudget(ctx, { slug: null })).toMatchObject({
    caps: { gpu_day: 3.6 },
    gpuTodayUsd: 0,
    competitionUsd: 0,
    monthUsd: 0,
  });
  expect((await readLogs(ctx, { slug: practiceSlug, limit: 5 })).runs).toEqual([]);
});
