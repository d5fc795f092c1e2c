import { expect, test } from 'vitest';
import { asFailure, SystemFailure } from '../../src/domain/errors.ts';
import { answerDecision } from '../../src/flows/commands/answer-decision.ts';
import {
  pauseCompetition,
  resumeCompetition,
  stopCompetition,
} from '../../src/flows/commands/control-competition.ts';
import { startCompetition } from '../../src/flows/commands/start-competition.ts';
import { lookUpToEnter } from '../../src/flows/discovery/look-up.ts';
import { checkGates } from '../../src/flows/gates/check-gates.ts';
import { enterCompetition } from '../../src/flows/gates/enter.ts';
import { expireDecisions } from '../../src/flows/human-loop/expire-decisions.ts';
import { presentDecision } from '../../src/flows/human-loop/present-decision.ts';
import { failStage } from '../../src/flows/recovery/fail-stage.ts';
import { findCard } from '../../src/state/cards.ts';
import {
  findCompetition,
  getCompetition,
  limitsSchema,
  listTransitions,
} from '../../src/state/competitions.ts';
import { claimNudges, listDecisions } from '../../src/state/decisions.ts';
import { standingGate } from '../../src/state/gates.ts';
import { claimEvents, listEvents } from '../../src/state/outbox.ts';
import { testToken } from '../support/arena-kit.ts';
import { aCompetition, someActor } from '../support/builders.ts';
import { aCompetitionFolder } from '../support/kaggle.ts';
import {
  aPracticeWorld,
  driveTo,
  type PracticeWorld,
  runJob,
  practiceSlug as slug,
} from '../support/practice-world.ts';

const rules = 'https://www.kaggle.com/competitions/odd-or-even/rules';

/** A world with a competition whose rules nobody has accepted, and somebody who can be asked. */
function aWorld(options: Parameters<typeof aPracticeWorld>[0] = {}) {
  return aPracticeWorld({
    fields: { rulesAccepted: false },
    ...options,
    context: { canBeAsked: () => true, ...options.context },
  });
}

async function acceptRules({ arena }: PracticeWorld): Promise<void> {
  const url = `${arena.apiUrl}/arena/v1/competitions/${slug}/rules`;
  const answer = await fetch(url, { method: 'POST', headers: { authorization: `Bearer ${testToken}` } });
  expect(answer.ok).toBe(true);
}

async function theQuestion({ ctx }: PracticeWorld, onlyOpen = true) {
  const [decision, another] = await listDecisions(ctx.state, { competitionId: null, onlyOpen });
  if (decision === undefined || another !== undefined) throw new Error('not exactly one question');
  return decision;
}

/** Everything that was sent to the outbox by now; none of it runs. */
async function eventTypes({ ctx }: PracticeWorld): Promise<string[]> {
  const events = await claimEvents(ctx.state, { worker: 'tests', limit: 100, leaseSeconds: 0 });
  return events.map(({ type }) => type);
}

const answer = ({ ctx }: PracticeWorld, decisionId: string, option: string) =>
  answerDecision(ctx, { decisionId, slug: null, option });
const answered = (world: PracticeWorld, decisionId: string, ctx = world.ctx) =>
  runJob(ctx, 'discovery.gate', {
    eventId: 1,
    type: 'human_decision_made',
    competitionId: null,
    payload: { decisionId },
  });

test('a start whose rules are not accepted is kept, and a card says what to do, where, and how to answer', async () => {
  const world = await aWorld();

  const started = await startCompetition(world.ctx, { slug, limits: { maxRounds: 5 }, priority: 7 });

  expect(started).toMatchObject({
    outcome: 'waiting',
    competition: { state: 'discovered', admittedAt: null, priority: 7, limits: { maxRounds: 5 } },
    gate: { kind: 'rules_not_accepted', link: rules, task: expect.stringContaining(rules) },
  });
  expect(started.competition.requestedAt).not.toBeNull();
  const decision = await theQuestion(world);
  const day = 24 * 3_600_000 * (3_600 / (4 * 3_600));
  expect(decision.deadline.getTime() - decision.createdAt.getTime()).toBeCloseTo(7 * day, -3);
  await presentDecision(world.ctx, { decisionId: decision.id });
  expect((await findCard(world.ctx.state, `decision:${decision.id}`))?.content).toMatchObject({
    decisionKind: 'gate',
    link: { kind: 'rules', url: rules },
    options: [{ id: 'done' }, { id: 'skip' }],
    defaultOption: 'skip',
    recommendedOption: 'done',
  });
  expect(await eventTypes(world)).not.toContain('new_competition_found');
});

test('it begins by itself once the rules are accepted, and its question is settled', async () => {
  const world = await aWorld();
  const { competition } = await startCompetition(world.ctx, { slug });
  expect(await checkGates(world.ctx)).toEqual({ looked: 1, passed: 0 });
  expect(await findCompetition(world.ctx.state, slug)).toMatchObject({ admittedAt: null });

  await acceptRules(world);
  await world.pool.query(`update gates set looked_at = looked_at - interval '1 hour'`);

  expect(await checkGates(world.ctx)).toEqual({ looked: 1, passed: 1 });
  expect(await theQuestion(world, false)).toMatchObject({ status: 'decided', option: 'done' });
  expect(await standingGate(world.ctx.state, competition.id)).toBeNull();
  await driveTo(world, competition, 'researching');
});

test('Done looks at once and for some seconds again; still shut it is asked anew, open it begins', async () => {
  const world = await aWorld();
  const { competition } = await startCompetition(world.ctx, { slug });
  const first = await theQuestion(world);
  await answer(world, first.id, 'done');

  await expect(
    answered(world, first.id, { ...world.ctx, signal: AbortSignal.timeout(500) }),
  ).rejects.toThrow();
  const later = { ...world.ctx, now: () => new Date(Date.now() + 60_000) };
  await answered(world, first.id, later);
  const second = await theQuestion(world);
  expect(second).toMatchObject({ draft: { context: expect.stringContaining('I looked again') } });

  await acceptRules(world);
  await answer(world, second.id, 'A');
  await answered(world, second.id);
  // delivered twice, it changes nothing more
  await answered(world, second.id);
  expect(await getCompetition(world.ctx.state, competition.id)).toMatchObject({
    state: 'discovered',
    admittedAt: expect.any(Date),
  });
});

test.each(['skip', null])('skipped (%s: or nobody answered), it is not entered and ends', async (option) => {
  const world = await aWorld();
  const { competition } = await startCompetition(world.ctx, { slug });
  const { id } = await theQuestion(world);
  if (option === null) {
    await world.pool.query(`update human_interventions set deadline = clock_timestamp()`);
    expect(await expireDecisions(world.ctx)).toBe(1);
  } else {
    await answer(world, id, option);
  }

  await answered(world, id);

  expect(await getCompetition(world.ctx.state, competition.id)).toMatchObject({
    state: 'abandoned',
    outcome:
      option === null ? 'nobody opened the way at Kaggle in time' : expect.stringContaining('a person'),
  });
  expect(await standingGate(world.ctx.state, competition.id)).toBeNull();
});

test('asked to start again it looks at once, and is entered when the gate is open', async () => {
  const world = await aWorld();
  await startCompetition(world.ctx, { slug });

  expect(await startCompetition(world.ctx, { slug })).toMatchObject({
    outcome: 'waiting',
    gate: { link: rules },
  });
  await theQuestion(world);
  await acceptRules(world);

  expect(await startCompetition(world.ctx, { slug })).toMatchObject({ outcome: 'started' });
  expect(await startCompetition(world.ctx, { slug })).toMatchObject({ outcome: 'already' });
});

test('several who find the gate open at once let it begin once', async () => {
  const world = await aWorld();
  const { competition } = await startCompetition(world.ctx, { slug });
  const { id } = await theQuestion(world);
  await acceptRules(world);

  await Promise.all([
    checkGates(world.ctx),
    checkGates(world.ctx),
    startCompetition(world.ctx, { slug }),
    answer(world, id, 'done').then(() => answered(world, id)),
  ]);

  expect((await eventTypes(world)).filter((type) => type === 'new_competition_found')).toHaveLength(1);
  const events = await listEvents(world.ctx.state, { competitionId: competition.id, after: 0, limit: 100 });
  expect(events.filter(({ type }) => type === 'human_decision_made')).toHaveLength(1);
  expect(await standingGate(world.ctx.state, competition.id)).toBeNull();
});

test('where nobody can be asked a start is refused as before, and nothing is kept', async () => {
  const world = await aWorld({ context: { canBeAsked: () => false } });

  await expect(startCompetition(world.ctx, { slug })).rejects.toMatchObject({
    code: 'kaggle.rules_not_accepted',
    details: { link: rules },
  });
  expect(await findCompetition(world.ctx.state, slug)).toBeNull();
});

test.each([
  ['deadline_passed', { deadline: '2020-01-01T00:00:00Z' }],
  ['submissions_disabled', { submissionsDisabled: true }],
  ['entry_closed', { newEntrantDeadline: '2020-01-01T00:00:00Z' }],
  ['unknown_competition', { isHidden: true }],
  ['code_competition', { isKernelsOnly: true }],
])('what nobody can open is refused at once, whatever else is missing: %s', async (kind, fields) => {
  const world = await aWorld({
    fields: { rulesAccepted: false, ...fields },
    policy: { hasNotebookPath: false },
  });

  await expect(startCompetition(world.ctx, { slug })).rejects.toMatchObject({ code: `kaggle.${kind}` });
});

test('a competition that ended while it waited is given up with the reason', async () => {
  const world = await aWorld({ fields: { rulesAccepted: false, deadline: '2030-01-01T00:00:00Z' } });
  const { competition } = await startCompetition(world.ctx, { slug });

  await checkGates({ ...world.ctx, now: () => new Date('2030-01-02T00:00:00Z') });

  expect(await getCompetition(world.ctx.state, competition.id)).toMatchObject({
    state: 'abandoned',
    outcome: expect.stringContaining('ended on 2030-01-01'),
  });
});

test('asked to start again after its end it is refused with the reason, and given up', async () => {
  const world = await aWorld({ fields: { rulesAccepted: false, deadline: '2030-01-01T00:00:00Z' } });
  const { competition } = await startCompetition(world.ctx, { slug });
  const later = { ...world.ctx, now: () => new Date('2030-01-02T00:00:00Z') };

  await expect(startCompetition(later, { slug })).rejects.toMatchObject({ code: 'kaggle.deadline_passed' });

  expect(await getCompetition(world.ctx.state, competition.id)).toMatchObject({ state: 'abandoned' });
});

test('several who start a finished competition at once begin one, and what it was keeps its history', async () => {
  const world = await aWorld({ fields: { rulesAccepted: true } });
  await startCompetition(world.ctx, { slug });
  await stopCompetition(world.ctx, { slug });

  await Promise.all([1, 2, 3].map(() => startCompetition(world.ctx, { slug })));

  const { rows } = await world.pool.query(
    `select state, slug = $1 as "isCurrent", feasibility is not null as "isJudged" from competitions order by created_at`,
    [slug],
  );
  expect(rows).toEqual([
    { state: 'abandoned', isCurrent: false, isJudged: true },
    { state: 'discovered', isCurrent: true, isJudged: true },
  ]);
});

test('who finds a gate where somebody else has let it begin meanwhile leaves it be', async () => {
  const world = await aWorld();
  const found = await lookUpToEnter(world.ctx, slug);
  const asked = { ...found, priority: 1, limits: limitsSchema.parse({}) };
  await enterCompetition(world.ctx, { ...asked, gate: null });

  expect(await enterCompetition(world.ctx, asked)).toMatchObject({ outcome: 'started' });

  expect(found.gate?.kind).toBe('rules_not_accepted');
  expect(await standingGate(world.ctx.state, found.competition.id)).toBeNull();
});

test('a gate that cannot be looked at hides no other, and an answer that came to nothing is carried out', async () => {
  const world = await aWorld({
    folders: [
      await aCompetitionFolder({ slug: 'broken', rulesAccepted: false }),
      await aCompetitionFolder({ slug, rulesAccepted: true }),
    ],
  });
  await startCompetition(world.ctx, { slug: 'broken' });
  const id = await refusedAtWork(world, 'kaggle.verification_required');
  const { kaggle } = world.ctx;
  const ctx: typeof world.ctx = {
    ...world.ctx,
    kaggle: {
      ...kaggle,
      async findCompetition(name, call) {
        if (name === 'broken') throw new SystemFailure('An odd answer.', { code: 'kaggle.bad_response' });
        return await kaggle.findCompetition(name, call);
      },
    },
  };
  // its own job has died
  await answerDecision(ctx, { decisionId: null, slug, option: 'done' });

  await expect(checkGates(ctx)).rejects.toMatchObject({ code: 'kaggle.bad_response' });

  expect(await getCompetition(world.ctx.state, id)).toMatchObject({ state: 'training_completed' });
});

test('who waits at a gate takes no place among the active ones, and can be stopped', async () => {
  const world = await aWorld({ policy: { maxActiveCompetitions: 1 } });
  const { competition } = await startCompetition(world.ctx, { slug });
  const other = await aCompetition({ pool: world.pool, state: world.ctx.state }, { requested: true });
  await runJob(world.ctx, 'discovery.admit', {
    eventId: 1,
    type: 'stopped',
    competitionId: null,
    payload: {},
  });

  expect(await getCompetition(world.ctx.state, other.id)).toMatchObject({ admittedAt: expect.any(Date) });
  await stopCompetition(world.ctx, { slug });
  expect(await standingGate(world.ctx.state, competition.id)).toBeNull();
  expect(await theQuestion(world, false)).toMatchObject({ status: 'withdrawn' });
});

/** A competition at work that was refused something at Kaggle. */
async function refusedAtWork(world: PracticeWorld, code: string, details: Record<string, unknown> = {}) {
  const { id, version } = await aCompetition(
    { pool: world.pool, state: world.ctx.state },
    { slug, state: 'training_completed', version: 9, round: 1, requested: true, admitted: true },
  );
  await world.pool.query(`update competitions set details = '{"userHasEntered": true}' where id = $1`, [id]);
  const failure = { kind: 'business' as const, code, message: 'Kaggle says no.', details };
  await failStage(world.ctx, { competitionId: id, version, failure });
  return id;
}

test('work that meets a gate waits where it is, and goes on by itself once a person has opened it', async () => {
  const world = await aWorld();
  const id = await refusedAtWork(world, 'kaggle.rules_not_accepted', { hasEntered: false });

  expect(await getCompetition(world.ctx.state, id)).toMatchObject({
    state: 'paused',
    resumeState: 'training_completed',
  });
  expect(await standingGate(world.ctx.state, id)).toMatchObject({
    kind: 'not_entered',
    metIn: 'training_completed',
  });
  await acceptRules(world);
  expect(await checkGates(world.ctx)).toMatchObject({ passed: 1 });

  expect(await getCompetition(world.ctx.state, id)).toMatchObject({ state: 'training_completed', round: 1 });
  expect((await listTransitions(world.ctx.state, id)).map(({ event }) => event)).toEqual([
    'paused',
    'resumed',
  ]);
});

test('who had entered is told so also after the list has shown that it is entered no more', async () => {
  const world = await aWorld({ fields: { rulesAccepted: true } });
  const { competition } = await startCompetition(world.ctx, { slug });
  const { id, version } = await driveTo(world, competition, 'research_completed');
  await world.pool.query(
    `update competitions set details = details || '{"userHasEntered": false}' where id = $1`,
    [id],
  );
  const details = { hasEntered: false };
  const failure = { kind: 'business' as const, code: 'kaggle.rules_not_accepted', message: 'No.', details };

  await failStage(world.ctx, { competitionId: id, version, failure });

  expect(await standingGate(world.ctx.state, id)).toMatchObject({ kind: 'not_entered' });
});

test('what the entry does not show is believed when a person says Done, and never guessed', async () => {
  const world = await aWorld({ fields: { rulesAccepted: true } });
  const id = await refusedAtWork(world, 'kaggle.verification_required', {
    vendorText: 'Please verify your phone number',
    verification: 'phone',
  });
  const decision = await theQuestion(world);
  expect(decision.draft).toMatchObject({
    link: { kind: 'settings', url: 'https://www.kaggle.com/settings/phone' },
    context: expect.stringContaining('Kaggle said: "Please verify your phone number"'),
  });

  expect(await checkGates(world.ctx)).toEqual({ looked: 1, passed: 0 });
  await answer(world, decision.id, 'done');
  await answered(world, decision.id);

  expect(await getCompetition(world.ctx.state, id)).toMatchObject({ state: 'training_completed' });
});

test('a call that is refused as long as the gate is shut shows by itself that it opened', async () => {
  const world = await aWorld();
  // the rules have to be accepted anew: only calls tell, since the account had entered
  const id = await refusedAtWork(world, 'kaggle.rules_not_accepted', { hasEntered: true });
  const { kaggle } = world.ctx;
  const entered = async () => {
    const seen = await kaggle.findCompetition(slug, { signal: world.ctx.signal });
    return seen === null ? null : { ...seen, hasEntered: true };
  };
  const ctx = { ...world.ctx, kaggle: { ...kaggle, findCompetition: entered } };

  expect(await checkGates(ctx)).toEqual({ looked: 1, passed: 0 });
  expect(await standingGate(ctx.state, id)).toMatchObject({ details: { isProbeRefused: true } });
  await acceptRules(world);
  await world.pool.query(`update gates set looked_at = looked_at - interval '1 hour'`);

  expect(await checkGates(ctx)).toEqual({ looked: 1, passed: 1 });
});

test('a real refusal at work that names no reason waits, and goes on once Kaggle lets us in', async () => {
  const world = await aWorld({ fields: { rulesAccepted: true, needsVerification: true } });
  const { competition } = await startCompetition(world.ctx, { slug });
  const { id, version } = await driveTo(world, competition, 'researching');
  const refusal = await runJob(world.ctx, 'research.plan', { competitionId: id, version }).catch(
    (error: unknown) => error,
  );
  const failure = asFailure(refusal);
  expect(failure).toMatchObject({ code: 'kaggle.access_denied', details: { hasEntered: true } });

  await failStage(world.ctx, { competitionId: id, version, failure });
  expect(await checkGates(world.ctx)).toEqual({ looked: 1, passed: 0 });
  world.arena.changeCompetition(slug, { needsVerification: false });
  await world.pool.query(`update gates set looked_at = looked_at - interval '1 hour'`);
  expect(await checkGates(world.ctx)).toEqual({ looked: 1, passed: 1 });

  await driveTo(world, competition, 'research_completed');
});

test('resumed by hand the gate is left; paused by hand it does not go on by itself', async () => {
  const world = await aWorld();
  const id = await refusedAtWork(world, 'kaggle.access_denied');
  await resumeCompetition(world.ctx, { slug });
  expect(await standingGate(world.ctx.state, id)).toBeNull();
  expect(await theQuestion(world, false)).toMatchObject({ status: 'withdrawn' });

  const current = await getCompetition(world.ctx.state, id);
  const failure = { kind: 'business' as const, code: 'kaggle.rules_not_accepted', message: 'No.' };
  await failStage(world.ctx, { competitionId: id, version: current?.version ?? 0, failure });
  await pauseCompetition(world.ctx, { slug });
  await acceptRules(world);
  expect(await checkGates(world.ctx)).toMatchObject({ passed: 1 });

  expect(await getCompetition(world.ctx.state, id)).toMatchObject({ state: 'paused' });
  expect(await standingGate(world.ctx.state, id)).toBeNull();
});

test('paused by hand in the moment in which its gate opens, it is paused all the same', async () => {
  const world = await aWorld({ fields: { rulesAccepted: true } });
  const id = await refusedAtWork(world, 'kaggle.access_denied');
  const { id: question } = await theQuestion(world);
  const { state } = world.ctx;
  let isOpened = false;
  const opening: typeof state = {
    ...state,
    async call(name, args, schema) {
      if (name === 'hold_gate' && !isOpened) {
        isOpened = true;
        await answer(world, question, 'done');
        await answered(world, question);
      }
      return await state.call(name, args, schema);
    },
  };

  expect(await pauseCompetition({ ...world.ctx, state: opening }, { slug })).toMatchObject({
    outcome: 'done',
  });

  expect(isOpened).toBe(true);
  expect(await getCompetition(state, id)).toMatchObject({ state: 'paused' });
});

test('people are reminded of a gate also while its competition is paused for it, after 24 and 72 hours', async () => {
  const world = await aWorld({ policy: { decisionSlaSeconds: 4 * 3_600 } });
  await refusedAtWork(world, 'kaggle.access_denied');
  const passHours = (hours: number) =>
    world.pool.query(
      `update human_interventions set deadline = deadline - make_interval(hours => $1),
         remind_at = remind_at - make_interval(hours => $1), escalate_at = escalate_at - make_interval(hours => $1)`,
      [hours],
    );
  const steps = async () =>
    (await claimNudges(world.ctx.state, { isQuiet: false, actor: someActor })).map(({ step }) => step);

  await passHours(23);
  expect(await steps()).toEqual([]);
  await passHours(2);
  expect(await steps()).toEqual(['reminder']);
  expect(await steps()).toEqual([]);
  await passHours(48);
  expect(await steps()).toEqual(['escalation']);
});
