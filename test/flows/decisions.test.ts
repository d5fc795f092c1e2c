import { expect, test, vi } from 'vitest';
import type { Chat } from '../../src/domain/chat.ts';
import { answerDecision } from '../../src/flows/commands/answer-decision.ts';
import { pauseCompetition } from '../../src/flows/commands/control-competition.ts';
import { readDecisions } from '../../src/flows/commands/read-commands.ts';
import { askAboutFailure } from '../../src/flows/human-loop/ask-about-failure.ts';
import { deliverCard } from '../../src/flows/human-loop/deliver-card.ts';
import { expireDecisions } from '../../src/flows/human-loop/expire-decisions.ts';
import { presentDecision } from '../../src/flows/human-loop/present-decision.ts';
import { tell } from '../../src/flows/human-loop/tell.ts';
import { expireStages } from '../../src/flows/recovery/expire-stages.ts';
import { failStage } from '../../src/flows/recovery/fail-stage.ts';
import { recoverCompetition } from '../../src/flows/recovery/recover.ts';
import { getCompetition } from '../../src/state/competitions.ts';
import { listDecisions, openDecision } from '../../src/state/decisions.ts';
import { aCompetition, aDraft, someActor } from '../support/builders.ts';
import { aContext } from '../support/context.ts';
import { freshState } from '../support/database.ts';

/** A chat that remembers what it shows. */
function aChat(canAnswer = true) {
  const shown = new Map<string, string>();
  const chat: Chat = {
    platform: 'console',
    channel: 'here',
    canAnswer,
    deliver: vi.fn(async (card, previous) => {
      const id = previous ?? `message-${shown.size + 1}`;
      shown.set(id, `${card.content.title}\n${card.content.body}`);
      return id;
    }),
  };
  return { chat, shown };
}

async function asked(options: { slaSeconds?: number; canAnswer?: boolean } = {}) {
  const db = await freshState();
  const { chat, shown } = aChat(options.canAnswer);
  const ctx = await aContext({ state: db.state, chats: [chat] });
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
  /** What the events since the last time cause in the chats. */
  const deliverAll = async () => {
    const { rows } = await db.pool.query<{ id: string }>('select id from cards');
    for (const { id } of rows) await deliverCard(ctx, { cardId: id });
  };
  return { ctx, db, competition, decision, shown, chat, stateNow, deliverAll };
}

test('where nobody can answer, a question takes its default at once, and says so', async () => {
  const { ctx, decision, stateNow, db, shown, deliverAll } = await asked({ canAnswer: false });

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
  await deliverAll();
  expect([...shown.values()]).toEqual([expect.stringContaining('Nobody answered, so: skip_competition')]);
});

test('where somebody can, it waits, with its options and the default marked', async () => {
  const { ctx, decision, stateNow, shown, deliverAll } = await asked();

  await presentDecision(ctx, { decisionId: decision.id });
  await deliverAll();

  expect(await stateNow()).toBe('awaiting_decision');
  const [text] = [...shown.values()];
  expect(text).toMatch(/Decision needed: titanic\nWhat next\?/);
  expect(text).toMatch(/C {2}skip_competition: something happens {2}\(the default\)/);
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
  const { ctx, decision, stateNow, shown, deliverAll } = await asked({ slaSeconds: 0 });
  await presentDecision(ctx, { decisionId: decision.id });
  await deliverAll();

  expect(await expireDecisions(ctx)).toBe(1);
  expect(await expireDecisions(ctx)).toBe(0);

  expect(await stateNow()).toBe('abandoned');
  await presentDecision(ctx, { decisionId: decision.id });
  await deliverAll();
  expect([...shown.values()]).toEqual([expect.stringContaining('Default taken: titanic')]);
});

test('a chat that fails holds no other up, and gets its message later', async () => {
  const { ctx, decision, db, chat, shown } = await asked();
  const broken: Chat = {
    ...chat,
    channel: 'elsewhere',
    deliver: vi.fn(async () => Promise.reject(new Error('down'))),
  };
  await presentDecision(ctx, { decisionId: decision.id });
  const { rows } = await db.pool.query<{ id: string }>('select id from cards');
  const cardId = rows[0]?.id ?? '';

  await expect(deliverCard({ ...ctx, chats: [broken, chat] }, { cardId })).rejects.toThrow('down');
  await expect(deliverCard({ ...ctx, chats: [broken, chat] }, { cardId })).rejects.toThrow('down');

  expect(shown.size).toBe(1);
  expect(chat.deliver).toHaveBeenCalledTimes(1);
});

test('an event is told once, however often it comes', async () => {
  const { ctx, db, competition } = await asked();
  const event = {
    eventId: 77,
    type: 'score_received',
    competitionId: competition.id,
    payload: { publicScore: '0.81', cv: 0.8 },
  } as const;

  await tell(ctx, event);
  await tell(ctx, event);

  const { rows } = await db.pool.query(
    `select content ->> 'summary' as summary from cards where subject = 'event:77'`,
  );
  expect(rows).toEqual([{ summary: expect.stringMatching(/titanic.*0\.81.*0\.8/) }]);
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
