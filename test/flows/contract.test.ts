import { expect, test } from 'vitest';
import { asFailure } from '../../src/domain/errors.ts';
import { answerDecision } from '../../src/flows/commands/answer-decision.ts';
import { pauseCompetition } from '../../src/flows/commands/control-competition.ts';
import { expireDecisions } from '../../src/flows/human-loop/expire-decisions.ts';
import { failStage } from '../../src/flows/recovery/fail-stage.ts';
import { listDecisions } from '../../src/state/decisions.ts';
import {
  aPracticeWorld,
  driveTo,
  now,
  type PracticeWorld,
  runJob,
  startedCompetition,
} from '../support/practice-world.ts';

/** A competition whose metric Kaggle calls so, and somebody who can be asked about it. */
async function asked(
  metricText: string,
  options: { canBeAsked?: boolean; pages?: string } = {},
): Promise<PracticeWorld> {
  const world = await aPracticeWorld({ context: { canBeAsked: () => options.canBeAsked ?? true } });
  const { kaggle } = world.ctx;
  const { pages } = options;
  const own: typeof kaggle = {
    ...kaggle,
    async findCompetition(slug, call) {
      const seen = await kaggle.findCompetition(slug, call);
      return seen === null ? null : { ...seen, metricText };
    },
    listPages: async (slug, call) =>
      pages === undefined ? await kaggle.listPages(slug, call) : [{ name: 'evaluation', content: pages }],
    // at the arena the board would tell by itself
    leaderboard: async () => [],
  };
  return { ...world, ctx: { ...world.ctx, kaggle: own } };
}

async function theQuestion({ ctx }: PracticeWorld) {
  const [decision] = await listDecisions(ctx.state, { competitionId: null, onlyOpen: true });
  if (decision === undefined) throw new Error('nothing is asked');
  return decision;
}

async function answer(world: PracticeWorld, option: string, note?: string): Promise<void> {
  const { id } = await theQuestion(world);
  const said = { decisionId: id, slug: null, option, ...(note === undefined ? {} : { note }) };
  expect(await answerDecision(world.ctx, said)).toMatchObject({ outcome: 'decided' });
  await answered(world, id);
}

const answered = (world: PracticeWorld, decisionId: string) =>
  runJob(world.ctx, 'discovery.gate', {
    eventId: 1,
    type: 'human_decision_made',
    competitionId: null,
    payload: { decisionId },
  });

test('a metric that is certain is not asked about', async () => {
  const world = await asked('Categorization Accuracy');
  const competition = await startedCompetition(world);

  await driveTo(world, competition, 'research_completed');

  expect((await now(world, competition)).details).toMatchObject({ confidence: 1 });
  expect(await listDecisions(world.ctx.state, { competitionId: null, onlyOpen: false })).toEqual([]);
});

test('with doubts the contract is shown in three lines, and taken when nobody objects within half an hour', async () => {
  const world = await asked('Balanced Accuracy');
  const competition = await startedCompetition(world);
  await driveTo(world, competition, 'paused');

  const { id, deadline, createdAt, draft } = await theQuestion(world);
  expect(draft).toMatchObject({ kind: 'metric', blocking: false, defaultOption: 'ok' });
  expect(draft.context.split('\n').slice(0, 3)).toEqual([
    'Metric: Balanced Accuracy, higher is better; it is not computed here, so I work towards Macro F1 Score (higher is better).',
    'Rows are named by id; y is predicted, as classes.',
    expect.stringMatching(/^The file has the columns id, y and \d+ rows\.$/),
  ]);
  expect(draft.options.map((option) => option.id)).toEqual([
    'ok',
    'metric_accuracy',
    'metric_f1',
    'metric_quadratic_kappa',
    'edit',
  ]);
  // half an hour of the usual four
  expect(deadline.getTime() - createdAt.getTime()).toBeCloseTo(3_600_000 / 8, -3);
  await world.pool.query(`update human_interventions set deadline = clock_timestamp()`);
  expect(await expireDecisions(world.ctx)).toBe(1);
  await answered(world, id);

  expect(await driveTo(world, competition, 'research_completed')).toMatchObject({
    round: 1,
    problem: { metric: 'f1_macro', officialMetric: { name: 'Balanced Accuracy', direction: 'maximize' } },
    details: { contract: { isSettled: true, told: null } },
  });
});

test('another metric is chosen, the data are read anew with it, and nothing is asked again', async () => {
  const world = await asked('Balanced Accuracy');
  const competition = await startedCompetition(world);
  await driveTo(world, competition, 'paused');

  await answer(world, 'metric_accuracy');

  const done = await driveTo(world, competition, 'research_completed');
  expect(done).toMatchObject({ round: 1, problem: { metric: 'accuracy' } });
  expect(done.problem?.officialMetric).toBeUndefined();
  expect(done.details).toMatchObject({ confidence: 1, contract: { told: { metric: 'accuracy' } } });
  expect(done.details.evidence?.join(' ')).toContain('as a person said');
});

test('a metric that is only guessed waits for a person; what is not understood is asked again', async () => {
  const world = await asked('House Special', { pages: 'Submissions are judged by mean absolute error.' });
  const competition = await startedCompetition(world);
  await driveTo(world, competition, 'paused');
  expect((await theQuestion(world)).draft).toMatchObject({ defaultOption: 'skip', recommendedOption: 'ok' });

  await answer(world, 'edit', 'no idea');
  const again = await theQuestion(world);
  expect(again.draft.context).toContain('I did not understand "no idea"');
  await answer(world, 'edit', 'metric: F1; target: y');

  expect(await driveTo(world, competition, 'research_completed')).toMatchObject({
    problem: { metric: 'f1', targetColumns: ['y'] },
    details: { contract: { told: { metric: 'f1', targetColumns: ['y'] } } },
  });
});

test('where not even a guess can be made a person is asked in its stead, and the work goes on with the answer', async () => {
  const world = await asked('', { pages: 'The best wins.' });
  const competition = await startedCompetition(world);
  const { id, version } = await driveTo(world, competition, 'researching');
  const error = await runJob(world.ctx, 'research.plan', { competitionId: id, version }).catch(
    (thrown: unknown) => thrown,
  );
  await failStage(world.ctx, { competitionId: id, version, failure: asFailure(error) });

  const { draft } = await theQuestion(world);
  expect(draft).toMatchObject({ question: 'How is odd-or-even judged?', defaultOption: 'skip' });
  expect(draft.options.map((option) => option.id)).toEqual([
    'metric_roc_auc',
    'metric_accuracy',
    'metric_rmse',
    'edit',
    'skip',
  ]);
  await answer(world, 'B');

  expect(await driveTo(world, competition, 'research_completed')).toMatchObject({
    problem: { metric: 'accuracy' },
  });
});

test('a target that is not there is asked about again, with the reason', async () => {
  const world = await asked('Balanced Accuracy');
  const competition = await startedCompetition(world);
  await driveTo(world, competition, 'paused');
  await answer(world, 'edit', 'target: z');
  const { id, version } = await driveTo(world, competition, 'researching');
  const error = await runJob(world.ctx, 'research.plan', { competitionId: id, version }).catch(
    (thrown: unknown) => thrown,
  );
  await failStage(world.ctx, { competitionId: id, version, failure: asFailure(error) });

  expect((await theQuestion(world)).draft.context).toContain('has no column z to predict');
  await answer(world, 'edit', 'target: y');

  expect(await driveTo(world, competition, 'research_completed')).toMatchObject({
    problem: { targetColumns: ['y'] },
  });
});

test('paused by a person while it is read, nothing is asked, and nothing fails', async () => {
  const world = await asked('Balanced Accuracy');
  const competition = await startedCompetition(world);
  const { id, version } = await driveTo(world, competition, 'researching');
  const { kaggle } = world.ctx;
  const ctx = {
    ...world.ctx,
    kaggle: {
      ...kaggle,
      async leaderboard() {
        await pauseCompetition(world.ctx, { slug: competition.slug });
        return [];
      },
    },
  };

  await runJob(ctx, 'research.plan', { competitionId: id, version });

  expect(await now(world, competition)).toMatchObject({ state: 'paused', details: { confidence: 0.6 } });
  expect(await listDecisions(world.ctx.state, { competitionId: null, onlyOpen: false })).toEqual([]);
});

test('nobody says how it is judged: the competition is left', async () => {
  const world = await asked('House Special', { pages: 'Submissions are judged by mean absolute error.' });
  const competition = await startedCompetition(world);
  await driveTo(world, competition, 'paused');

  await answer(world, 'skip');

  expect(await now(world, competition)).toMatchObject({
    state: 'abandoned',
    outcome: 'nobody said how odd-or-even is judged',
  });
});

test.each(['House Special', ''])(
  'where nobody can be asked a guess is not worked towards (%j)',
  async (name) => {
    const pages = name === '' ? 'The best wins.' : 'Judged by mean absolute error.';
    const world = await asked(name, { canBeAsked: false, pages });
    const competition = await startedCompetition(world);

    await expect(driveTo(world, competition, 'research_completed')).rejects.toMatchObject({
      code: 'problem.metric_unknown',
    });
  },
);

test('where nobody can be asked small doubts do not stop the work', async () => {
  const world = await asked('Balanced Accuracy', { canBeAsked: false });
  const competition = await startedCompetition(world);

  expect(await driveTo(world, competition, 'research_completed')).toMatchObject({
    problem: { metric: 'f1_macro' },
  });
});
