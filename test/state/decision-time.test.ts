import { expect, test } from 'vitest';
import { getCompetition, transitionCompetition } from '../../src/state/competitions.ts';
import {
  askDecisionAgain,
  claimNudges,
  closeDecision,
  getDecision,
  listDecisionLog,
  listDecisions,
  openDecision,
  snoozeDecision,
} from '../../src/state/decisions.ts';
import { listEvents } from '../../src/state/outbox.ts';
import { createPgPort } from '../../src/state/pg-port.ts';
import { listTrainingJobs } from '../../src/state/training.ts';
import { aCompetition, someActor as actor, aDraft, aTrainingJob } from '../support/builders.ts';
import { freshState, testPool } from '../support/database.ts';

type Db = Awaited<ReturnType<typeof freshState>>;
const hour = 3_600;

/** A competition that waits for an answer; it may end in some hours. */
async function aQuestion(db: Db, options: { endsInHours?: number; kind?: 'budget' | 'stagnation' } = {}) {
  const { id: competitionId } = await aCompetition(db, { state: 'analyzing', version: 3, round: 1 });
  if (options.endsInHours !== undefined) {
    await db.pool.query(
      `update competitions set details = jsonb_build_object('deadline', clock_timestamp() + make_interval(hours => $2))
       where id = $1`,
      [competitionId, options.endsInHours],
    );
  }
  await openDecision(db.state, {
    competitionId,
    version: 3,
    move: 'uncertainty_high',
    draft: aDraft({ kind: options.kind ?? 'stagnation' }),
    slaSeconds: 4 * hour,
    actor,
  });
  return { competitionId, decisionId: await openOf(db, competitionId) };
}

async function openOf(db: Db, competitionId: string): Promise<string> {
  const [open] = await listDecisions(db.state, { competitionId, onlyOpen: true });
  if (open === undefined) throw new Error('nothing is asked');
  return open.id;
}

/** Everything about a decision that has a time happens earlier, as if so much of its time had passed. */
async function timePasses(db: Db, hours: number): Promise<void> {
  await db.pool.query(
    `update human_interventions set created_at = created_at - make_interval(secs => $1),
       deadline = deadline - make_interval(secs => $1), remind_at = remind_at - make_interval(secs => $1),
       escalate_at = escalate_at - make_interval(secs => $1), decided_at = decided_at - make_interval(secs => $1)`,
    [hours * hour],
  );
}

function hoursUntil(moment: Date | undefined): number {
  return Math.round(((moment?.getTime() ?? 0) - Date.now()) / 36_000) / 100;
}

async function changes(db: Db): Promise<number> {
  const events = await listEvents(db.state, { competitionId: null, after: 0, limit: 1_000 });
  return events.filter(({ type }) => type === 'decision_changed').length;
}

test.each([
  [24, 4],
  [5, 3],
  [1, 0],
] as const)('where the competition ends in %d h, people have %d h', async (endsInHours, expected) => {
  const db = await freshState();
  const { decisionId } = await aQuestion(db, { endsInHours });

  expect(hoursUntil((await getDecision(db.state, decisionId))?.deadline)).toBeCloseTo(expected, 1);
});

test('three questions are open for a competition at most, and one place is kept for the one that blocks', async () => {
  const db = await freshState();
  const { id: competitionId } = await aCompetition(db, { state: 'analyzing', version: 3 });
  const ask = (blocking: boolean) =>
    openDecision(db.state, {
      competitionId,
      version: 3,
      move: blocking ? 'uncertainty_high' : null,
      draft: aDraft({ blocking, kind: 'suggestion' }),
      slaSeconds: hour,
      actor,
    });

  expect([await ask(false), await ask(false), await ask(false)]).toEqual([true, true, false]);
  expect(await ask(true)).toBe(true);
  expect(await listDecisions(db.state, { competitionId, onlyOpen: true })).toHaveLength(3);
});

test('people are reminded at half of the time and once more at three quarters, each once', async () => {
  const db = await freshState();
  const { decisionId } = await aQuestion(db);
  const others = Array.from({ length: 3 }, () => createPgPort(testPool(db.connectionString, 2)));
  /** Several processes look at the same moment. */
  const look = async () =>
    (
      await Promise.all([db.state, ...others].map((state) => claimNudges(state, { isQuiet: false, actor })))
    ).flat();

  expect(await look()).toEqual([]);
  await timePasses(db, 2.1);
  expect(await look()).toMatchObject([{ decisionId, step: 'reminder' }]);
  expect(await look()).toEqual([]);
  await timePasses(db, 1);
  expect(await look()).toMatchObject([{ decisionId, step: 'escalation' }]);
  await timePasses(db, 0.5);
  expect(await look()).toEqual([]);
  expect(await changes(db)).toBe(2);
  expect(await getDecision(db.state, decisionId)).toMatchObject({
    remindedAt: expect.any(Date),
    escalatedAt: expect.any(Date),
  });
});

test('who was away for long is not reminded and pressed in one breath', async () => {
  const db = await freshState();
  const { decisionId } = await aQuestion(db);
  await timePasses(db, 3.2);

  expect(await claimNudges(db.state, { isQuiet: false, actor })).toMatchObject([
    { decisionId, step: 'escalation' },
  ]);
  expect((await getDecision(db.state, decisionId))?.remindedAt).toBeNull();
  expect(await claimNudges(db.state, { isQuiet: false, actor })).toEqual([]);
});

test('quiet hours hold reminders back, but for money and for a competition that ends soon', async () => {
  const db = await freshState();
  const usual = await aQuestion(db);
  const money = await aQuestion(db, { kind: 'budget' });
  const ending = await aQuestion(db, { endsInHours: 5 });
  await timePasses(db, 2.1);

  const inTheNight = await claimNudges(db.state, { isQuiet: true, actor });
  const inTheMorning = await claimNudges(db.state, { isQuiet: false, actor });

  expect(inTheNight.map(({ decisionId }) => decisionId).sort()).toEqual(
    [money.decisionId, ending.decisionId].sort(),
  );
  expect(inTheMorning.map(({ decisionId }) => decisionId)).toEqual([usual.decisionId]);
});

test('a closed question is not reminded of', async () => {
  const db = await freshState();
  const { decisionId } = await aQuestion(db);
  await timePasses(db, 3);
  await closeDecision(db.state, {
    id: decisionId,
    option: 'skip_competition',
    note: null,
    byDefault: false,
    actor,
  });

  expect(await claimNudges(db.state, { isQuiet: false, actor })).toEqual([]);
});

test('a question gets an hour more once, whoever asks for it at the same time', async () => {
  const db = await freshState();
  const { decisionId } = await aQuestion(db);

  const answers = await Promise.all(
    Array.from({ length: 5 }, () => snoozeDecision(db.state, { id: decisionId, actor })),
  );

  expect(answers.map((given) => given?.outcome).sort()).toEqual(['done', 'limit', 'limit', 'limit', 'limit']);
  expect(hoursUntil((await getDecision(db.state, decisionId))?.deadline)).toBeCloseTo(5, 1);
  expect(await changes(db)).toBe(1);
});

test('no question waits longer than the end of its competition allows', async () => {
  const db = await freshState();
  const { decisionId: some } = await aQuestion(db, { endsInHours: 6 });
  const { decisionId: none } = await aQuestion(db, { endsInHours: 5 });
  await db.pool.query(
    `update human_interventions set deadline = deadline - interval '30 minutes' where id = $1`,
    [some],
  );

  expect(hoursUntil((await snoozeDecision(db.state, { id: some, actor }))?.deadline)).toBeCloseTo(4, 1);
  expect(await snoozeDecision(db.state, { id: none, actor })).toMatchObject({ outcome: 'limit' });
});

test('what is closed gets no more time', async () => {
  const db = await freshState();
  const { decisionId } = await aQuestion(db);
  await timePasses(db, 4.5);

  expect(await snoozeDecision(db.state, { id: decisionId, actor })).toMatchObject({ outcome: 'closed' });
  expect(await snoozeDecision(db.state, { id: '00000000-0000-4000-8000-000000000000', actor })).toBeNull();
});

async function answered(db: Db, option: string) {
  const { competitionId, decisionId } = await aQuestion(db);
  await closeDecision(db.state, { id: decisionId, option, note: null, byDefault: false, actor });
  return { competitionId, decisionId };
}

test.each(['retry_different_approach', 'adjust_parameters'])(
  'what was decided can be asked again while it can be undone: %s',
  async (option) => {
    const db = await freshState();
    const { competitionId, decisionId } = await answered(db, option);
    const again = () => askDecisionAgain(db.state, { id: decisionId, slaSeconds: hour, actor });

    const asked = await Promise.all([again(), again(), again()]);

    expect(asked.map((one) => one?.outcome)).toEqual(['done', 'done', 'done']);
    expect(await getCompetition(db.state, competitionId)).toMatchObject({
      state: 'awaiting_decision',
      version: 6,
    });
    const fresh = await openOf(db, competitionId);
    expect(fresh).not.toBe(decisionId);
    for (const one of asked) expect(one).toMatchObject({ decision: { id: fresh, status: 'open' } });
    expect((await getDecision(db.state, decisionId))?.status).toBe('decided');
    expect(
      await closeDecision(db.state, {
        id: fresh,
        option: 'skip_competition',
        note: null,
        byDefault: false,
        actor,
      }),
    ).toMatchObject({ outcome: 'decided' });
  },
);

test('what trains because of an answer is released when the question is asked again', async () => {
  const db = await freshState();
  const { competition, jobId } = await aTrainingJob(db);
  const { rows } = await db.pool.query<{ id: string }>(
    `insert into human_interventions (competition_id, kind, blocking, draft, status, option, deadline, remind_at, escalate_at, decided_at)
     values ($1, 'stagnation', true, $2, 'decided', 'adjust_parameters', now(), now(), now(), clock_timestamp()) returning id`,
    [competition.id, JSON.stringify(aDraft())],
  );
  const id = rows[0]?.id ?? '';

  expect(await askDecisionAgain(db.state, { id, slaSeconds: hour, actor })).toMatchObject({
    outcome: 'done',
  });

  expect(await listTrainingJobs(db.state, competition.id)).toMatchObject([
    { id: jobId, status: 'cancelled' },
  ]);
});

test('what cannot be undone is not asked again', async () => {
  const db = await freshState();
  const ended = await answered(db, 'skip_competition');
  const trained = await answered(db, 'adjust_parameters');
  await transitionCompetition(db.state, {
    id: trained.competitionId,
    version: 5,
    event: 'training_completed',
    actor,
  });
  const paused = await answered(db, 'retry_different_approach');
  await transitionCompetition(db.state, { id: paused.competitionId, version: 5, event: 'paused', actor });
  const again = (id: string) => askDecisionAgain(db.state, { id, slaSeconds: hour, actor });

  expect(await again(ended.decisionId)).toEqual({ outcome: 'too_late' });
  expect(await again(trained.decisionId)).toEqual({ outcome: 'too_late' });
  expect(await again(paused.decisionId)).toEqual({ outcome: 'paused' });
  expect(await again('00000000-0000-4000-8000-000000000000')).toBeNull();
});

test('a question that was followed by another is not asked again', async () => {
  const db = await freshState();
  const { decisionId, competitionId } = await answered(db, 'retry_different_approach');
  const asked = await askDecisionAgain(db.state, { id: decisionId, slaSeconds: hour, actor });
  const second = await openOf(db, competitionId);
  await closeDecision(db.state, {
    id: second,
    option: 'adjust_parameters',
    note: null,
    byDefault: false,
    actor,
  });

  // the first leads to the one that was asked instead, the second can be asked anew
  expect(await askDecisionAgain(db.state, { id: decisionId, slaSeconds: hour, actor })).toMatchObject({
    outcome: 'done',
    decision: { id: second, status: 'decided' },
  });
  expect(asked).toMatchObject({ decision: { id: second } });
  expect(await askDecisionAgain(db.state, { id: second, slaSeconds: hour, actor })).toMatchObject({
    outcome: 'done',
    decision: { status: 'open' },
  });
});

test('the log of decisions says who did what, with the words of the option', async () => {
  const db = await freshState();
  const { decisionId } = await aQuestion(db);
  const close = (option: string, byName: string) =>
    closeDecision(db.state, { id: decisionId, option, note: 'as ever', byDefault: false, byName, actor });
  await snoozeDecision(db.state, { id: decisionId, actor });
  await close('adjust_parameters', 'Mika');
  // the same press, delivered twice
  await close('adjust_parameters', 'Mika');
  await close('skip_competition', 'Rin');

  const log = await listDecisionLog(db.state, { competitionId: null, limit: 10 });

  expect(log).toMatchObject([
    { action: 'decision.snoozed', option: null, name: null },
    { action: 'decision.answered', option: 'adjust_parameters', name: 'Mika', byDefault: false, decisionId },
    { action: 'decision.too_late', option: 'skip_competition', name: 'Rin', question: 'What now?' },
  ]);
  expect(await getDecision(db.state, decisionId)).toMatchObject({ decidedByName: 'Mika', note: 'as ever' });
});
