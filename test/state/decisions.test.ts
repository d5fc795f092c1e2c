import { expect, test } from 'vitest';
import type { Actor } from '../../src/domain/actor.ts';
import { getCompetition, transitionCompetition } from '../../src/state/competitions.ts';
import {
  claimNudges,
  closeDecision,
  getDecision,
  listDecisions,
  listExpiredDecisions,
  openDecision,
} from '../../src/state/decisions.ts';
import { listEvents } from '../../src/state/outbox.ts';
import { aCompetition, someActor as actor, aDraft } from '../support/builders.ts';
import { freshState } from '../support/database.ts';

type Db = Awaited<ReturnType<typeof freshState>>;
const byDefault: Actor = { type: 'default', reason: 'deadline passed' };

/** A competition that failed, and the question that it waits with. */
async function aQuestion(db: Db, options: { slaSeconds?: number; blocking?: boolean } = {}) {
  const blocking = options.blocking ?? true;
  const { id: competitionId } = await aCompetition(db, { state: 'recovering', version: 3 });
  const asked = await openDecision(db.state, {
    competitionId,
    version: 3,
    move: blocking ? 'manual_intervention_required' : null,
    draft: aDraft({ blocking }),
    slaSeconds: options.slaSeconds ?? 3_600,
    actor,
  });
  const [decision] = await listDecisions(db.state, { competitionId, onlyOpen: true });
  if (!asked || decision === undefined) throw new Error('no question was asked');
  return { competitionId, decisionId: decision.id };
}

function answer({ state }: Db, id: string, option = 'retry_different_approach', who: Actor = actor) {
  return closeDecision(state, { id, option, note: null, byDefault: who.type === 'default', actor: who });
}

async function eventTypes({ state }: Db): Promise<string[]> {
  return (await listEvents(state, { competitionId: null, after: 0, limit: 1_000 })).map(({ type }) => type);
}

test('a question that blocks takes its competition to where it waits, in the same step', async () => {
  const db = await freshState();
  const { competitionId, decisionId } = await aQuestion(db);

  expect(await getCompetition(db.state, competitionId)).toMatchObject({ state: 'failed', version: 4 });
  expect(await getDecision(db.state, decisionId)).toMatchObject({
    status: 'open',
    blocking: true,
    kind: 'failure',
  });
  expect(await eventTypes(db)).toEqual(['manual_intervention_required', 'decision_required']);
});

test('a competition has one open question that blocks, and no question is asked from an old version', async () => {
  const db = await freshState();
  const { competitionId } = await aQuestion(db);
  const ask = (version: number, blocking: boolean) =>
    openDecision(db.state, {
      competitionId,
      version,
      move: null,
      draft: aDraft({ blocking }),
      slaSeconds: 60,
      actor,
    });

  expect(await ask(4, true)).toBe(false);
  expect(await ask(3, false)).toBe(false);
  expect(await ask(4, false)).toBe(true);
});

test('a question that cannot be waited for is not asked at all', async () => {
  const db = await freshState();
  const { id: competitionId } = await aCompetition(db, { state: 'submitted' });

  await expect(
    openDecision(db.state, {
      competitionId,
      version: 0,
      move: 'uncertainty_high',
      draft: aDraft(),
      slaSeconds: 60,
      actor,
    }),
  ).rejects.toMatchObject({ code: 'state.illegal_move' });

  expect(await listDecisions(db.state, { competitionId: null, onlyOpen: false })).toEqual([]);
  expect(await eventTypes(db)).toEqual([]);
});

test('twenty people answering at once move the competition once', async () => {
  const db = await freshState();
  const { competitionId, decisionId } = await aQuestion(db);
  const people = Array.from(
    { length: 20 },
    (_, index): Actor =>
      index % 2 === 0
        ? { type: 'slack', teamId: 'T1', userId: `U${index}` }
        : { type: 'discord', guildId: 'G1', userId: `${index}` },
  );

  const answers = await Promise.all(
    people.map((who) => answer(db, decisionId, 'retry_different_approach', who)),
  );

  const outcomes = answers.map((given) => given?.outcome);
  expect(outcomes.filter((outcome) => outcome === 'decided')).toHaveLength(1);
  expect(outcomes.filter((outcome) => outcome === 'closed')).toHaveLength(19);
  const winner = people[answers.findIndex((given) => given?.outcome === 'decided')];
  for (const given of answers)
    expect(given).toMatchObject({ decision: { status: 'decided', decidedBy: winner } });
  expect(await getCompetition(db.state, competitionId)).toMatchObject({
    state: 'researching',
    version: 5,
    round: 1,
  });
  expect((await eventTypes(db)).slice(2)).toEqual(['retry_different_approach', 'human_decision_made']);
  const { rows } = await db.pool.query(
    'select action, count(*)::int from audit_log group by action order by action',
  );
  expect(rows).toEqual([
    { action: 'decision.answered', count: 1 },
    { action: 'decision.too_late', count: 19 },
  ]);
});

test('an option that was not offered is refused, and the question stays open', async () => {
  const db = await freshState();
  const { decisionId } = await aQuestion(db);

  expect(await answer(db, decisionId, 'paused')).toEqual({ outcome: 'unknown_option' });
  expect((await getDecision(db.state, decisionId))?.status).toBe('open');
  expect(await answer(db, '00000000-0000-4000-8000-000000000000')).toBeNull();
});

test('after its deadline a question takes its default, and an answer that comes later finds it taken', async () => {
  const db = await freshState();
  const late = await aQuestion(db, { slaSeconds: 0 });
  const pressed = await aQuestion(db, { slaSeconds: 0 });
  const early = await aQuestion(db);
  expect((await listExpiredDecisions(db.state)).map(({ id }) => id)).toEqual([
    late.decisionId,
    pressed.decisionId,
  ]);

  const tooLate = await answer(db, pressed.decisionId);
  const byDeadline = await answer(db, late.decisionId, 'skip_competition', byDefault);

  expect(tooLate).toMatchObject({
    outcome: 'closed',
    decision: { status: 'expired', option: 'skip_competition', decidedBy: { type: 'default' } },
  });
  expect(byDeadline).toMatchObject({
    outcome: 'decided',
    decision: { status: 'expired', decidedBy: byDefault, option: 'skip_competition' },
  });
  expect((await getCompetition(db.state, pressed.competitionId))?.state).toBe('abandoned');
  expect(await listExpiredDecisions(db.state)).toEqual([]);
  expect((await getDecision(db.state, early.decisionId))?.status).toBe('open');
});

test('a press in the moment of the deadline and the default have one winner, whom the record names', async () => {
  const db = await freshState();
  const outcomes: string[] = [];
  for (let round = 0; round < 10; round++) {
    const { decisionId, competitionId } = await aQuestion(db);
    await db.pool.query(
      `update human_interventions set deadline = clock_timestamp() + interval '5 milliseconds' where id = $1`,
      [decisionId],
    );
    const expire = async () => {
      for (;;) {
        const [due] = await listExpiredDecisions(db.state);
        if (due !== undefined) return await answer(db, due.id, 'skip_competition', byDefault);
        if ((await getDecision(db.state, decisionId))?.status !== 'open') return null;
      }
    };

    const [pressed] = await Promise.all([answer(db, decisionId), expire()]);

    const decision = await getDecision(db.state, decisionId);
    expect(pressed?.outcome).toBe(decision?.status === 'decided' ? 'decided' : 'closed');
    expect((await getCompetition(db.state, competitionId))?.state).toBe(
      decision?.status === 'decided' ? 'researching' : 'abandoned',
    );
    outcomes.push(decision?.status ?? '');
  }
  expect(outcomes.every((status) => status === 'decided' || status === 'expired')).toBe(true);
  const types = await eventTypes(db);
  expect(types.filter((type) => type === 'human_decision_made')).toHaveLength(10);
});

test('the question of a paused competition waits with it, and gets the time back', async () => {
  const db = await freshState();
  const { competitionId, decisionId } = await aQuestion(db, { slaSeconds: 60 });
  await transitionCompetition(db.state, { id: competitionId, version: 4, event: 'paused', actor });
  await db.pool.query(`update human_interventions set created_at = created_at - interval '1 hour',
    deadline = deadline - interval '1 hour', remind_at = remind_at - interval '1 hour', escalate_at = escalate_at - interval '1 hour'`);
  await db.pool.query(`update transitions set at = at - interval '1 hour' where event = 'paused'`);

  expect(await listExpiredDecisions(db.state)).toEqual([]);
  expect(await claimNudges(db.state, { isQuiet: false, actor })).toEqual([]);
  expect(await answer(db, decisionId)).toEqual({ outcome: 'paused' });
  await transitionCompetition(db.state, { id: competitionId, version: 5, event: 'resumed', actor });
  expect(await listExpiredDecisions(db.state)).toEqual([]);
  const left = (await getDecision(db.state, decisionId))?.deadline.getTime() ?? 0;
  expect(left - Date.now()).toBeGreaterThan(30_000);
  expect(left - Date.now()).toBeLessThan(61_000);
  expect(await answer(db, decisionId)).toMatchObject({ outcome: 'decided' });
  expect(await eventTypes(db)).toContain('decision_changed');
});

test('stopping a competition withdraws its questions', async () => {
  const db = await freshState();
  const { competitionId, decisionId } = await aQuestion(db);
  await transitionCompetition(db.state, { id: competitionId, version: 4, event: 'stopped', actor });

  expect(await answer(db, decisionId)).toMatchObject({
    outcome: 'closed',
    decision: { status: 'withdrawn', option: null, decidedBy: actor },
  });
  expect(await listDecisions(db.state, { competitionId, onlyOpen: true })).toEqual([]);
  // what shows the question hears of it
  expect(await eventTypes(db)).toEqual([
    'manual_intervention_required',
    'decision_required',
    'stopped',
    'decision_changed',
  ]);
});

test('a competition that ends well withdraws the questions beside its work', async () => {
  const db = await freshState();
  const { id: competitionId } = await aCompetition(db, { state: 'analyzing', version: 3 });
  await openDecision(db.state, {
    competitionId,
    version: 3,
    move: null,
    draft: aDraft({ blocking: false, kind: 'suggestion' }),
    slaSeconds: 60,
    actor,
  });

  await transitionCompetition(db.state, { id: competitionId, version: 3, event: 'success', actor });

  expect(await listDecisions(db.state, { competitionId, onlyOpen: false })).toMatchObject([
    { status: 'withdrawn', option: null },
  ]);
  expect(await eventTypes(db)).toEqual(['decision_required', 'success', 'decision_changed']);
});

test('a command that settles what was asked withdraws the question', async () => {
  const db = await freshState();
  const { competitionId, decisionId } = await aQuestion(db, { slaSeconds: 0 });
  await transitionCompetition(db.state, {
    id: competitionId,
    version: 4,
    event: 'retry_different_approach',
    actor,
  });

  expect((await getDecision(db.state, decisionId))?.status).toBe('withdrawn');
  expect(await listExpiredDecisions(db.state)).toEqual([]);
});

test('an answer that cannot be carried out is not taken for one', async () => {
  const db = await freshState();
  const { decisionId, competitionId } = await aQuestion(db);
  await db.pool.query(
    `update human_interventions set draft = jsonb_set(draft, '{options,0,id}', '"success"')`,
  );

  await expect(answer(db, decisionId, 'success')).rejects.toMatchObject({ code: 'state.illegal_move' });

  expect((await getDecision(db.state, decisionId))?.status).toBe('open');
  expect(await getCompetition(db.state, competitionId)).toMatchObject({ state: 'failed', version: 4 });
});

test('a question beside the work is answered without moving anything', async () => {
  const db = await freshState();
  const { competitionId, decisionId } = await aQuestion(db, { blocking: false });

  expect(await answer(db, decisionId, 'adjust_parameters')).toMatchObject({
    outcome: 'decided',
    decision: { option: 'adjust_parameters' },
  });
  expect(await getCompetition(db.state, competitionId)).toMatchObject({ state: 'recovering', version: 3 });
  expect(await eventTypes(db)).toEqual(['decision_required', 'human_decision_made']);
  const { rows } = await db.pool.query('select action, details from audit_log');
  expect(rows).toEqual([
    { action: 'decision.answered', details: { decisionId, option: 'adjust_parameters', byDefault: false } },
  ]);
});
