import { expect, test } from 'vitest';
import { answerDecision } from '../../src/flows/commands/answer-decision.ts';
import { pauseCompetition } from '../../src/flows/commands/control-competition.ts';
import { readDecisions } from '../../src/flows/commands/read-commands.ts';
import { askAboutFailure } from '../../src/flows/human-loop/ask-about-failure.ts';
import { expireDecisions } from '../../src/flows/human-loop/expire-decisions.ts';
import { presentDecision } from '../../src/flows/human-loop/present-decision.ts';
import { expireStages } from '../../src/flows/recovery/expire-stages.ts';
import { failStage } from '../../src/flows/recovery/fail-stage.ts';
import { recoverCompetition } from '../../src/flows/recovery/recover.ts';
import { findCard } from '../../src/state/cards.ts';
import { getCompetition } from '../../src/state/competitions.ts';
import { listDecisions, openDecision } from '../../src/state/decisions.ts';
import { aCompetition, aDraft, someActor } from '../support/builders.ts';
import { aContext } from '../support/context.ts';
import { freshState } from '../support/database.ts';

async function asked(options: { slaSeconds?: number; canAnswer?: boolean } = {}) {
  const db = await freshState();
  const ctx = await aContext({
    state: db.state,
    canBeAsked: () => options.canAnswer ?? true,
  });
  const competition = await aCompetition(db, { slug: 'titanic', state: 'analyzing', version: 4, round: 1 });
  await openDecision(db.state, {
    competitionId: competition.id,
    version: 4,
    move: 'uncertainty_high',
    draft: aDraft({ kind: 'stagnation', question: 'What next?' }),
    slaSeconds: options.slaSeconds ?? 3_600,
    actor: someActor,
  });
  const [decision] = await listDecisions(db.state, { competitionId: competition.id, onlyOpen: true });
  if (decision === undefined) throw new Error('nothing was asked');
  const stateNow = async () => (await getCompetition(db.state, competition.id))?.state;
  /** What its card says. */
  const shown = async () => (await findCard(db.state, `decision:${decision.id}`))?.content;
  return { ctx, db, competition, decision, shown, stateNow };
}

test('where nobody can answer, a question takes its default at once, and says so', async () => {
  const { ctx, decision, stateNow, db, shown } = await asked({ canAnswer: false });

  await presentDecision(ctx, { decisionId: decision.id });

  expect(await stateNow()).toBe('abandoned');
  expect(
    await listDecisions(db.state, { competitionId: decision.competitionId, onlyOpen: false }),
  ).toMatchObject([
    {
      status: 'expired',
      option: 'skip_competition',
      decidedBy: { type: 'default', reason: 'nobody can answer here' },
    },
  ]);
  await presentDecision(ctx, { decisionId: decision.id });
  expect(await shown()).toMatchObject({
    status: 'expired',
    option: 'skip_competition',
    decidedBy: { type: 'default', reason: 'nobody can answer here' },
  });
});

test('where somebody can, it waits, with everything that is needed to answer it', async () => {
  const { ctx, decision, stateNow, shown } = await asked();

  await presentDecision(ctx, { decisionId: decision.id });

  expect(await stateNow()).toBe('awaiting_decision');
  expect(await shown()).toMatchObject({
    kind: 'decision',
    slug: 'titanic',
    status: 'open',
    question: 'What next?',
    options: [{ id: 'retry_different_approach' }, { id: 'adjust_parameters' }, { id: 'skip_competition' }],
    defaultOption: 'skip_competition',
    facts: [],
    decidedBy: null,
  });
});

test('two answers at once: the first wins, and the other is told what was decided', async () => {
  const { ctx, decision, stateNow } = await asked();
  const answer = (option: string, user: string) =>
    answerDecision(
      { ...ctx, actor: { type: 'console', user } },
      { decisionId: null, slug: 'titanic', option },
    );

  const answers = await Promise.allSettled([
    answer('A', 'ann'),
    answer('skip_competition', 'bob'),
    answer('2', 'cy'),
  ]);

  const decided = answers.flatMap((each) =>
    each.status === 'fulfilled' && each.value.outcome === 'decided' ? [each.value] : [],
  );
  expect(decided).toHaveLength(1);
  const late = await answerDecision(ctx, { decisionId: decision.id.slice(-8), slug: null, option: 'B' });
  expect(late).toMatchObject({
    outcome: 'closed',
    decision: { option: decided[0]?.decision.option, decidedBy: decided[0]?.decision.decidedBy },
  });
  expect(['researching', 'abandoned', 'training']).toContain(await stateNow());
});

test.each([
  ['A', 'researching'],
  ['b', 'training'],
  ['3', 'abandoned'],
  ['retry_different_approach', 'researching'],
  [' Skip_Competition ', 'abandoned'],
] as const)('%s is an answer', async (option, state) => {
  const { ctx, stateNow } = await asked();

  expect(await answerDecision(ctx, { decisionId: null, slug: null, option })).toMatchObject({
    outcome: 'decided',
  });
  expect(await stateNow()).toBe(state);
});

test.each(['D', '0', '4', '1.5', 'yes', '', '-1'])(
  '"%s" is none, and the question stays open',
  async (option) => {
    const { ctx, stateNow } = await asked();

    expect(await answerDecision(ctx, { decisionId: null, slug: null, option })).toMatchObject({
      outcome: 'unknown_option',
    });
    expect(await stateNow()).toBe('awaiting_decision');
  },
);

test('a paused competition is not moved by an answer', async () => {
  const { ctx, stateNow } = await asked();
  await pauseCompetition(ctx, { slug: 'titanic' });

  expect(await answerDecision(ctx, { decisionId: null, slug: null, option: 'A' })).toMatchObject({
    outcome: 'paused',
    decision: { status: 'open' },
  });
  expect(await stateNow()).toBe('paused');
});

test('an answer to nothing, and one that could mean several questions, are refused', async () => {
  const { ctx, db } = await asked();
  const other = await aCompetition(db, { slug: 'houses', state: 'analyzing', version: 1 });
  await openDecision(db.state, {
    competitionId: other.id,
    version: 1,
    move: 'uncertainty_high',
    draft: aDraft(),
    slaSeconds: 60,
    actor: someActor,
  });

  await expect(answerDecision(ctx, { decisionId: null, slug: null, option: 'A' })).rejects.toMatchObject({
    code: 'decision.ambiguous',
  });
  await expect(
    answerDecision(ctx, { decisionId: 'ffffffff', slug: null, option: 'A' }),
  ).rejects.toMatchObject({ code: 'decision.not_found' });
  expect((await readDecisions(ctx, { slug: null })).map(({ slug }) => slug).sort()).toEqual([
    'houses',
    'titanic',
  ]);
  expect(await answerDecision(ctx, { decisionId: null, slug: 'houses', option: 'A' })).toMatchObject({
    outcome: 'decided',
  });
});

test('after its deadline a question takes its default, and the card shows that', async () => {
  const { ctx, decision, stateNow, shown } = await asked({ slaSeconds: 0 });
  await presentDecision(ctx, { decisionId: decision.id });

  expect(await expireDecisions(ctx)).toBe(1);
  expect(await expireDecisions(ctx)).toBe(0);

  expect(await stateNow()).toBe('abandoned');
  await presentDecision(ctx, { decisionId: decision.id });
  expect(await shown()).toMatchObject({ status: 'expired', option: 'skip_competition' });
});

test('a press after the deadline is told that it came too late, whether the default was taken yet or not', async () => {
  const { ctx, decision, stateNow } = await asked({ slaSeconds: 0 });

  const late = await answerDecision(ctx, { decisionId: decision.id, slug: null, option: 'A' });

  expect(late).toMatchObject({
    outcome: 'closed',
    decision: { status: 'expired', option: 'skip_competition', decidedBy: 'default (the deadline passed)' },
  });
  expect(await stateNow()).toBe('abandoned');
  expect(await expireDecisions(ctx)).toBe(0);
});

async function failing(
  code: string,
  kind: 'business' | 'configuration' | 'transient' | 'system' = 'business',
) {
  const db = await freshState();
  const ctx = await aContext({ state: db.state });
  const competition = await aCompetition(db, { slug: 'titanic', state: 'training', version: 4, round: 1 });
  await failStage(ctx, {
    competitionId: competition.id,
    version: 4,
    failure: { kind, code, message: 'It went wrong.' },
  });
  const read = async () => {
    const found = await getCompetition(db.state, competition.id);
    if (found === null) throw new Error('it is gone');
    return found;
  };
  return { db, ctx, competition, read };
}

test('a failed stage is tried again by itself as often as allowed, then a person is asked', async () => {
  const { ctx, read, competition, db } = await failing('training.nothing_succeeded');
  const states: string[] = [];

  for (let count = 0; count < 3; count++) {
    await recoverCompetition(ctx, { competitionId: competition.id, version: (await read()).version });
    const { state, version } = await read();
    states.push(state);
    const failure = { kind: 'business', code: 'research.no_approach', message: 'Again.' } as const;
    if (state !== 'failed') await failStage(ctx, { competitionId: competition.id, version, failure });
  }

  expect(states).toEqual(['researching', 'researching', 'failed']);
  await askAboutFailure(ctx, { competitionId: competition.id, version: (await read()).version });
  expect(await listDecisions(db.state, { competitionId: competition.id, onlyOpen: true })).toMatchObject([
    {
      kind: 'failure',
      draft: {
        question: expect.stringContaining('titanic'),
        context: 'Again.',
        facts: [
          { label: 'Rounds', value: '1 of 2' },
          { label: 'Submissions', value: '0' },
        ],
        chart: null,
        options: [{ isFinal: false }, { id: 'skip_competition', isFinal: true }],
        defaultOption: 'skip_competition',
      },
    },
  ]);
  // asked a second time it is the same question
  await askAboutFailure(ctx, { competitionId: competition.id, version: (await read()).version });
  expect(await listDecisions(db.state, { competitionId: competition.id, onlyOpen: true })).toHaveLength(1);
});

test.each([
  ['kaggle.deadline_passed', 'business', 'abandoned'],
  ['kaggle.rules_not_accepted', 'business', 'failed'],
  ['kaggle.unauthorized', 'configuration', 'failed'],
  ['unexpected', 'system', 'researching'],
] as const)('a stage that fails with %s (%s) leads to %s', async (code, kind, state) => {
  const { ctx, read, competition } = await failing(code, kind);

  await recoverCompetition(ctx, { competitionId: competition.id, version: 5 });

  expect(await read()).toMatchObject({ state, version: 6 });
});

test('a failure that comes late, after somebody moved the competition on, changes nothing', async () => {
  const { ctx, read, competition } = await failing('training.nothing_succeeded');
  const failure = { kind: 'business', code: 'late', message: 'Late.' } as const;

  await failStage(ctx, { competitionId: competition.id, version: 4, failure });
  await recoverCompetition(ctx, { competitionId: competition.id, version: 4 });

  expect(await read()).toMatchObject({ state: 'recovering', version: 5 });
});

test('a stage that takes longer than it may has failed', async () => {
  const db = await freshState();
  const ctx = await aContext({ state: db.state, policy: { stageSlaSeconds: { researching: 10 } } });
  const slow = await aCompetition(db, { state: 'researching', version: 2, round: 1 });
  await db.pool.query(
    `insert into transitions (competition_id, version, from_state, event, to_state, payload, actor, at)
     values ($1, 2, 'discovered', 'research_started', 'researching', '{}', $2, clock_timestamp() - interval '11 seconds')`,
    [slow.id, JSON.stringify(someActor)],
  );

  expect(await expireStages(ctx)).toBe(1);

  expect(await getCompetition(db.state, slow.id)).toMatchObject({
    state: 'recovering',
    resumeState: 'researching',
  });
  expect(await expireStages(ctx)).toBe(0);
});
