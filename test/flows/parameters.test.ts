import { expect, test } from 'vitest';
import type { Context } from '../../src/context.ts';
import { asFailure } from '../../src/domain/errors.ts';
import type { Problem } from '../../src/domain/problem.ts';
import { answerDecision } from '../../src/flows/commands/answer-decision.ts';
import { readComparison } from '../../src/flows/commands/compare-runs.ts';
import { pauseCompetition } from '../../src/flows/commands/control-competition.ts';
import { changeParameters, readParameters } from '../../src/flows/commands/parameters.ts';
import { forwardRuns } from '../../src/flows/tracking/forward-runs.ts';
import { listCode } from '../../src/state/code.ts';
import { getCompetition, transitionCompetition } from '../../src/state/competitions.ts';
import { listDecisions, openDecision } from '../../src/state/decisions.ts';
import { storeUsedParams } from '../../src/state/parameters.ts';
import {
  endTrainingJob,
  listTrainingJobs,
  markGpuSessionRunning,
  openGpuSession,
  planTraining,
} from '../../src/state/training.ts';
import { aDraft, aRun, aTrainingCompetition, someActor } from '../support/builders.ts';
import { aContext } from '../support/context.ts';
import { freshState } from '../support/database.ts';
import type { Work } from '../support/in-process-compute.ts';
import {
  aPracticeWorld,
  driveTo,
  oddOrEven,
  practiceSlug,
  startedCompetition,
} from '../support/practice-world.ts';
import { trackerAt } from '../support/wandb/a-tracker.ts';
import { startWandb } from '../support/wandb/start-wandb.ts';

const problem: Problem = {
  slug: 'any',
  title: 'Any',
  modality: 'tabular',
  task: 'binary',
  metric: 'accuracy',
  metricK: null,
  predictionKind: 'label',
  idColumn: 'id',
  targetColumns: ['y'],
  submissionColumns: ['y'],
  classes: ['no', 'yes'],
  predictionColumns: ['no', 'yes'],
  textColumns: [],
  groupColumn: null,
  timeColumn: null,
};
const own = { model: { learning_rate: 0.05, seeds: 1 } };

type Trained = Awaited<ReturnType<typeof trained>>;

/** A competition in training, whose two approaches have been trained. */
async function trained(context: Partial<Omit<Context, 'policy'>> = {}) {
  const db = await freshState();
  const { competition, codeIds } = await aTrainingCompetition(db);
  await db.pool.query('update competitions set problem = $2 where id = $1', [
    competition.id,
    JSON.stringify(problem),
  ]);
  const world = { ...competition, ...db, ctx: await aContext({ state: db.state, ...context }), codeIds };
  await trainAll(world);
  return world;
}

/** Runs every script once; the first is the best, and a tuned one is better than its parent. */
async function trainAll({
  state,
  id,
  ctx,
}: {
  state: Context['state'];
  id: string;
  ctx: Context;
}): Promise<void> {
  const codes = await codesOf(ctx, id);
  const competition = await getCompetition(state, id);
  await planTraining(state, {
    competitionId: id,
    version: competition?.version ?? 0,
    jobs: codes.map((code) => aRun(code.id, { objectPrefix: `runs/${code.id}` })),
    actor: someActor,
  });
  for (const [index, job] of (await listTrainingJobs(state, id)).entries()) {
    if (job.status !== 'planned') continue;
    const session = { provider: 'local', offer: {}, microUsd: 0, microUsdPerHour: 0, maxStarts: 3 };
    const opened = await openGpuSession(state, { jobId: job.id, ...session });
    if (opened?.outcome !== 'opened') throw new Error('it does not start');
    const { token } = opened;
    await markGpuSessionRunning(state, opened.session.key, 'machine');
    const params = { model: { ...own.model, ...job.params?.model } };
    await storeUsedParams(state, { jobId: job.id, token, params });
    const cv = 0.8 - index / 100 + (job.params === null ? 0 : 0.1);
    const scores = { folds: [cv - 0.01, cv + 0.01], cv, cvSd: 0.01, gate: 0.987654 };
    await endTrainingJob(state, { id: job.id, token, status: 'succeeded', scores });
  }
}

const codesOf = async (ctx: Context, id: string) =>
  (await listCode(ctx.state, id)).filter(({ status }) => status === 'ready');

/** The same, and it asks what to do next. */
async function waitingForAnswer(context: Partial<Omit<Context, 'policy'>> = {}) {
  const world = await trained(context);
  const move = (version: number, event: 'training_completed' | 'submission_deferred') =>
    transitionCompetition(world.state, { id: world.id, version, event, actor: someActor });
  const completed = await move(world.version, 'training_completed');
  const analyzing = await move(completed?.version ?? 0, 'submission_deferred');
  await openDecision(world.state, {
    competitionId: world.id,
    version: analyzing?.version ?? 0,
    move: 'uncertainty_high',
    draft: aDraft(),
    slaSeconds: 3_600,
    actor: someActor,
  });
  return world;
}

const set = (
  { ctx, slug }: Trained,
  values: { name: string; value: string }[],
  approach: string | null = null,
) => changeParameters(ctx, { slug, approach, values, byName: 'mika' });
const codeOf = (work: Promise<unknown>) =>
  work.then(
    () => 'taken',
    (error: unknown) => asFailure(error).code,
  );

test('what a person sets is the answer, is trained at once, and is shown with who set it', async () => {
  const world = await waitingForAnswer();

  const answer = await set(world, [{ name: 'learning_rate', value: '0.03' }]);

  expect(answer).toMatchObject({
    basedOn: 'boosting-plain',
    trains: 'now',
    changes: [{ model: 'model', name: 'learning_rate', from: 0.05, to: 0.03 }],
  });
  expect(await getCompetition(world.state, world.id)).toMatchObject({ state: 'training', round: 1 });
  const [decision] = await listDecisions(world.state, { competitionId: world.id, onlyOpen: false });
  expect(decision).toMatchObject({ status: 'decided', option: 'adjust_parameters', decidedByName: 'mika' });
  await trainAll(world);
  const jobs = await listTrainingJobs(world.state, world.id);
  expect(jobs.filter(({ approach }) => approach.name === answer.approach)).toMatchObject([
    { status: 'succeeded', params: { model: { learning_rate: 0.03 } }, approach: { operator: 'improve' } },
  ]);
  const shown = await readParameters(world.ctx, { slug: world.slug, approach: null });
  expect(shown).toMatchObject({
    approach: answer.approach,
    isTuned: true,
    changes: [{ name: 'mika', params: { model: { learning_rate: 0.03 } }, approach: answer.approach }],
  });
  expect(shown.parameters).toContainEqual(expect.objectContaining({ name: 'learning_rate', value: 0.03 }));
});

test('values in the words of an answer are set, and nonsense there leaves the question open', async () => {
  const world = await waitingForAnswer();
  const answer = (note: string) =>
    answerDecision(world.ctx, { decisionId: null, slug: world.slug, option: 'adjust_parameters', note });

  expect(await codeOf(answer('please learning_rate=fast'))).toBe('parameters.bad_value');
  expect(await answer('slower please: learning_rate=0.01, seeds=3.')).toMatchObject({ outcome: 'decided' });

  expect(await codesOf(world.ctx, world.id)).toContainEqual(
    expect.objectContaining({ params: { model: { learning_rate: 0.01, seeds: 3 } } }),
  );
});

test('while a round trains it is trained with it, and the same values twice are one node', async () => {
  const world = await trained();

  const answers = [
    await set(world, [{ name: 'seeds', value: '2' }]),
    await set(world, [{ name: 'seeds', value: '3' }]),
  ];
  const again = await codeOf(set(world, [{ name: 'seeds', value: '3' }]));

  expect(answers.map(({ trains }) => trains)).toEqual(['this_round', 'this_round']);
  expect(again).toBe('parameters.taken');
});

test('two who set the same at once make one node', async () => {
  const world = await waitingForAnswer();

  const codes = await Promise.all([1, 2, 3].map(() => codeOf(set(world, [{ name: 'seeds', value: '2' }]))));

  expect(codes.toSorted()).toEqual(['parameters.taken', 'parameters.taken', 'taken']);
});

test('after the training of a round it waits for the next one', async () => {
  const world = await trained();
  const event = 'training_completed';
  await transitionCompetition(world.state, { id: world.id, version: world.version, event, actor: someActor });

  const answer = await set(world, [{ name: 'learning_rate', value: '0.2' }]);

  expect(answer.trains).toBe('next_round');
  const codes = await codesOf(world.ctx, world.id);
  expect(codes.map(({ round }) => round).toSorted()).toEqual([1, 1, 2]);
});

test('nonsense, an unknown approach, a pause and the end are refused with their reasons', async () => {
  const world = await trained();
  const value = [{ name: 'learning_rate', value: '0.03' }];

  expect(await codeOf(set(world, [{ name: 'learning_rate', value: '70' }]))).toBe('parameters.out_of_range');
  expect(await codeOf(set(world, [{ name: 'depth', value: '7' }]))).toBe('parameters.unknown');
  expect(await codeOf(set(world, value, 'third-way'))).toBe('parameters.no_node');
  await pauseCompetition(world.ctx, { slug: world.slug });
  expect(await codeOf(set(world, value))).toBe('competition.paused');
});

test('a script that takes no parameters says so, and before anything is trained there are none', async () => {
  const db = await freshState();
  const { competition } = await aTrainingCompetition(db);
  const ctx = await aContext({ state: db.state });
  const look = (slug: string) => codeOf(readParameters(ctx, { slug, approach: null }));
  const world = await trained();
  await world.pool.query('update training_jobs set used_params = null');

  expect(await look(competition.slug)).toBe('parameters.no_node');
  expect(await codeOf(readParameters(world.ctx, { slug: world.slug, approach: null }))).toBe(
    'parameters.none',
  );
});

test('a script reads what was set from its data folder, for every run of it, and its results lie apart', async () => {
  /** A script that says which parameters it used. */
  const tunable: Work = async (job) => {
    const given = job.files.get('params.json');
    const params = given === undefined ? own : { model: { ...own.model, ...JSON.parse(given).model } };
    const done = await oddOrEven(job);
    if (!('files' in done)) return done;
    const meta = JSON.stringify({ family: 'rule', feature_count: 1, packages: {}, params });
    return { ...done, files: { ...done.files, 'meta.json': meta } };
  };
  const world = await aPracticeWorld({ work: tunable, approaches: ['first-way'], policy: { maxRounds: 3 } });
  const competition = await driveTo(world, await startedCompetition(world), 'analyzing');
  await openDecision(world.ctx.state, {
    competitionId: competition.id,
    version: competition.version,
    move: 'uncertainty_high',
    draft: aDraft(),
    slaSeconds: 3_600,
    actor: world.ctx.actor,
  });

  const values = [{ name: 'learning_rate', value: '0.03' }];
  await changeParameters(world.ctx, { slug: practiceSlug, approach: null, values });
  await driveTo(world, competition, 'training_completed');

  const jobs = await listTrainingJobs(world.ctx.state, competition.id);
  const tuned = jobs.filter(({ params }) => params !== null);
  expect(tuned.length).toBeGreaterThan(0);
  for (const job of tuned) {
    expect(job).toMatchObject({
      status: 'succeeded',
      params: { model: { learning_rate: 0.03 } },
      usedParams: { model: { learning_rate: 0.03, seeds: 1 } },
    });
  }
  const prefixes = jobs.map(({ objectPrefix }) => objectPrefix);
  expect(new Set(prefixes).size).toBe(prefixes.length);
});

test('runs are compared by their scores, with what differs, and their links where they are tracked', async () => {
  const wandb = await startWandb();
  const world = await waitingForAnswer({ tracker: trackerAt(wandb) });
  await set(world, [{ name: 'learning_rate', value: '0.2' }]);
  await trainAll(world);
  await forwardRuns(world.ctx);

  const result = await readComparison(world.ctx, { slug: world.slug });

  expect(result.runs.map(({ approach }) => approach.replace(/-p.{6}$/, '-p'))).toEqual([
    'boosting-plain-p',
    'boosting-plain',
    'linear-plain',
  ]);
  expect(result.differing).toEqual([{ name: 'model.learning_rate', values: [0.2, 0.05, 0.05] }]);
  expect(result.chart).toMatchObject({ kind: 'runs' });
  expect(result.tracking).toBe('on');
  expect(result.runs[0]).toMatchObject({ trackedState: 'finished', url: expect.stringContaining('/runs/') });
  expect(JSON.stringify(result)).not.toContain('0.987654');
  wandb.outage = { status: 500 };
  expect(await readComparison(world.ctx, { slug: world.slug })).toMatchObject({ tracking: 'away' });
});
