import { expect, test } from 'vitest';
import type { DecisionDraft } from '../../src/domain/decision.ts';
import type { Preferences } from '../../src/domain/preferences.ts';
import { changeSettings } from '../../src/flows/commands/change-settings.ts';
import { expireDecisions } from '../../src/flows/human-loop/expire-decisions.ts';
import { nudgePeople } from '../../src/flows/human-loop/nudge-people.ts';
import { presentDecision } from '../../src/flows/human-loop/present-decision.ts';
import { findCard } from '../../src/state/cards.ts';
import { transitionCompetition } from '../../src/state/competitions.ts';
import { closeDecision, listDecisions, openDecision } from '../../src/state/decisions.ts';
import { listEvents } from '../../src/state/outbox.ts';
import { aCompetition, someActor as actor, aDraft } from '../support/builders.ts';
import { aContext } from '../support/context.ts';
import { freshState } from '../support/database.ts';

/** Midnight in Berlin. */
const night = new Date('2026-11-22T23:00:00Z');
const berlinNights: Partial<Preferences> = {
  timeZone: 'Europe/Berlin',
  quietHours: { from: '22:00', to: '08:00' },
};

async function asked(kind: DecisionDraft['kind'] = 'stagnation') {
  const db = await freshState();
  const ctx = await aContext({ state: db.state, canBeAsked: () => true });
  const competition = await aCompetition(db, { slug: 'titanic', state: 'analyzing', version: 3, round: 1 });
  await openDecision(db.state, {
    competitionId: competition.id,
    version: 3,
    move: 'uncertainty_high',
    draft: aDraft({ kind, question: 'What next?' }),
    slaSeconds: 4 * 3_600,
    actor,
  });
  const [decision] = await listDecisions(db.state, { competitionId: competition.id, onlyOpen: true });
  const decisionId = decision?.id ?? '';
  /** What follows from the events so far, as the jobs do it. */
  const follow = async () => {
    for (const { payload } of await listEvents(db.state, { competitionId: null, after: 0, limit: 100 })) {
      if (payload.decisionId !== undefined) await presentDecision(ctx, { decisionId: payload.decisionId });
    }
  };
  const hoursPass = (hours: number) =>
    db.pool.query(
      `update human_interventions set deadline = deadline - make_interval(secs => $1),
         remind_at = remind_at - make_interval(secs => $1), escalate_at = escalate_at - make_interval(secs => $1)`,
      [hours * 3_600],
    );
  const card = (step: string) => findCard(db.state, `nudge:${decisionId}:${step}`);
  const decide = (option: string) =>
    closeDecision(db.state, { id: decisionId, option, note: null, byDefault: false, actor });
  return { ctx, db, competition, decisionId, follow, hoursPass, card, decide };
}

test('a reminder disturbs nobody, an escalation mentions the second group, both below the question', async () => {
  const { ctx, follow, hoursPass, card, decisionId } = await asked();
  await hoursPass(2.1);
  expect(await nudgePeople(ctx)).toBe(1);
  await follow();
  await hoursPass(1);
  expect(await nudgePeople(ctx)).toBe(1);
  expect(await nudgePeople(ctx)).toBe(0);
  await follow();

  const shared = { surface: 'thread', parentSubject: `decision:${decisionId}`, isUrgent: false };
  expect(await card('reminder')).toMatchObject({
    ...shared,
    mention: 'nobody',
    content: {
      kind: 'nudge',
      step: 'reminder',
      slug: 'titanic',
      question: 'What next?',
      defaultLabel: 'skip_competition',
      isOver: false,
    },
  });
  expect(await card('escalation')).toMatchObject({
    ...shared,
    mention: 'escalation',
    content: { step: 'escalation', isOver: false },
  });
});

test.each(['an answer', 'the deadline', 'a stop'])(
  'reminders are shown as over once the question is closed by %s',
  async (how) => {
    const { ctx, db, competition, follow, hoursPass, card, decide, decisionId } = await asked();
    await hoursPass(3.1);
    await nudgePeople(ctx);
    await follow();
    expect((await card('escalation'))?.content).toMatchObject({ isOver: false });

    if (how === 'an answer') await decide('retry_different_approach');
    if (how === 'the deadline') {
      await hoursPass(1);
      expect(await expireDecisions(ctx)).toBe(1);
    }
    if (how === 'a stop') {
      const { id } = competition;
      await transitionCompetition(db.state, { id, version: 4, event: 'stopped', actor });
    }
    await follow();

    expect(await card('escalation')).toMatchObject({ isOver: true, content: { isOver: true } });
    const status = { 'an answer': 'decided', 'the deadline': 'expired', 'a stop': 'withdrawn' }[how];
    expect((await findCard(db.state, `decision:${decisionId}`))?.content).toMatchObject({ status });
  },
);

test('in the night nobody is reminded, but in the morning', async () => {
  const { ctx, hoursPass } = await asked();
  await changeSettings(ctx, berlinNights);
  await hoursPass(2.1);

  expect(await nudgePeople({ ...ctx, now: () => night })).toBe(0);
  expect(await nudgePeople({ ...ctx, now: () => new Date('2026-11-23T09:00:00Z') })).toBe(1);
});

test('a question about money breaks the quiet hours', async () => {
  const { ctx, hoursPass, card, follow } = await asked('budget');
  await changeSettings(ctx, berlinNights);
  await hoursPass(3.1);

  expect(await nudgePeople({ ...ctx, now: () => night })).toBe(1);
  await follow();
  expect(await card('escalation')).toMatchObject({ isUrgent: true, mention: 'escalation' });
});

test('a question that cannot take its default holds no other up', async () => {
  const { ctx, db, hoursPass } = await asked();
  const other = await aCompetition(db, { state: 'analyzing', version: 1 });
  await openDecision(db.state, {
    competitionId: other.id,
    version: 1,
    move: 'uncertainty_high',
    draft: aDraft(),
    slaSeconds: 3_600,
    actor,
  });
  await db.pool.query(
    `update human_interventions set draft = jsonb_set(draft, '{defaultOption}', '"nonsense"') where competition_id <> $1`,
    [other.id],
  );
  await hoursPass(4.5);

  expect(await expireDecisions(ctx)).toBe(1);
  expect(await listDecisions(db.state, { competitionId: other.id, onlyOpen: false })).toMatchObject([
    { status: 'expired' },
  ]);
});
