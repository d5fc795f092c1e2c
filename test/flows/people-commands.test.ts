import { expect, test } from 'vitest';
import { createFlowsFor } from '../../src/app/command-flows.ts';
import type { Actor } from '../../src/domain/actor.ts';
import type { RequestedLimits } from '../../src/domain/command-results.ts';
import type { ResearchProvider } from '../../src/providers/research/contract.ts';
import { readInstallation } from '../../src/state/alerts.ts';
import { registerChat } from '../../src/state/card-deliveries.ts';
import { saveCard } from '../../src/state/cards.ts';
import { listDecisions, openDecision } from '../../src/state/decisions.ts';
import { readBudget } from '../../src/state/money.ts';
import { aCompetition, aDraft, anApproach, someActor } from '../support/builders.ts';
import { aContext } from '../support/context.ts';
import { freshState } from '../support/database.ts';
import { aPracticeWorld, driveTo, practiceSlug, startedCompetition } from '../support/practice-world.ts';

const mika: Actor = { type: 'slack', teamId: 'T1', userId: 'UMIKA' };
const rin: Actor = { type: 'discord', guildId: 'G1', userId: '4711' };

async function aDoor() {
  const db = await freshState();
  const ctx = await aContext({ state: db.state });
  const flowsFor = createFlowsFor((actor) => ({ ...ctx, actor }));
  const audit = async () =>
    (
      await db.pool.query<{ actor: Actor; action: string; details: object }>(
        'select actor, action, details from audit_log order by id',
      )
    ).rows;
  const ask = async (slug = 'titanic') => {
    const { id } = await aCompetition(db, { slug, state: 'analyzing', version: 3, round: 1 });
    await openDecision(db.state, {
      competitionId: id,
      version: 3,
      move: 'uncertainty_high',
      draft: aDraft({ kind: 'stagnation', facts: [{ label: 'Rounds', value: '1 of 3' }] }),
      slaSeconds: 3_600,
      actor: someActor,
    });
    const [decision] = await listDecisions(db.state, { competitionId: id, onlyOpen: true });
    return decision?.id ?? '';
  };
  return { db, ctx, flowsFor, audit, ask };
}

test('who decided is known by name, with a note of bearable length', async () => {
  const { flowsFor, ask } = await aDoor();
  const decisionId = await ask();

  const { outcome, decision } = await flowsFor(mika).decide({
    decisionId,
    slug: null,
    option: 'A',
    note: ` ${'x'.repeat(700)} `,
    byName: 'Mika',
  });
  const late = await flowsFor(rin).decide({ decisionId, slug: null, option: 'B', byName: 'Rin' });

  expect(outcome).toBe('decided');
  expect(decision).toMatchObject({
    decidedBy: 'Mika',
    decidedByName: 'Mika',
    decidedByActor: mika,
    decidedAt: expect.any(Date),
    facts: [{ label: 'Rounds', value: '1 of 3' }],
  });
  expect(decision.note).toHaveLength(500);
  expect(late).toMatchObject({ outcome: 'closed', decision: { decidedByName: 'Mika' } });
  expect(await flowsFor(rin).decision({ decisionId })).toMatchObject({ status: 'decided' });
  expect(await flowsFor(rin).decision({ decisionId: "'; drop table cards" })).toBeNull();
});

test('a question can be put off once, and asked again once it is answered', async () => {
  const { flowsFor, ask, audit } = await aDoor();
  const decisionId = await ask();
  const flows = flowsFor(mika);

  expect(await flows.snooze({ decisionId })).toMatchObject({ outcome: 'done' });
  expect(await flows.snooze({ decisionId })).toMatchObject({ outcome: 'limit' });
  expect(await flows.decision({ decisionId })).toMatchObject({ isSnoozed: true });
  await flows.decide({ decisionId, slug: null, option: 'retry_different_approach' });
  expect(await flows.snooze({ decisionId })).toMatchObject({ outcome: 'closed' });
  const again = await flowsFor(rin).askAgain({ decisionId });

  expect(again).toMatchObject({ outcome: 'done', decision: { status: 'open', slug: 'titanic' } });
  expect(again.decision.id).not.toBe(decisionId);
  expect((await flows.decisions({ slug: null })).map(({ id }) => id)).toEqual([again.decision.id]);
  expect((await audit()).map(({ action, actor }) => [action, actor])).toEqual([
    ['decision.snoozed', mika],
    ['decision.answered', mika],
    ['decision.asked_again', rin],
  ]);
  expect((await flows.decisionLog({ slug: 'titanic', limit: 2 })).map(({ action }) => action)).toEqual([
    'decision.answered',
    'decision.asked_again',
  ]);
  await expect(flows.snooze({ decisionId: 'abc' })).rejects.toMatchObject({ code: 'decision.not_found' });
});

test('what cannot be undone any more is not asked again, and a paused competition says so', async () => {
  const { flowsFor, ask } = await aDoor();
  const flows = flowsFor(mika);
  const ended = await ask();
  await flows.decide({ decisionId: ended, slug: null, option: 'skip_competition' });
  const held = await ask('houses');
  await flows.decide({ decisionId: held, slug: null, option: 'adjust_parameters' });
  await flows.pause({ slug: 'houses' });

  expect(await flows.askAgain({ decisionId: ended })).toMatchObject({
    outcome: 'too_late',
    decision: { id: ended, status: 'decided' },
  });
  await expect(flows.askAgain({ decisionId: held })).rejects.toMatchObject({ code: 'competition.paused' });
});

test('a cap is changed with a reason, by whoever asks, and shows at once', async () => {
  const { db, flowsFor, audit } = await aDoor();

  const budget = await flowsFor(mika).setBudget({ scope: 'gpu_day', usd: 5.25, reason: ' final week ' });

  expect(budget.caps).toEqual({ gpu_day: 5.25 });
  expect((await readBudget(db.state, null)).caps).toEqual({ gpu_day: 5_250_000 });
  expect(await audit()).toEqual([
    {
      actor: mika,
      action: 'budget.set',
      details: { scope: 'gpu_day', microUsd: 5_250_000, reason: 'final week' },
    },
  ]);
  for (const usd of [-1, Number.NaN, Number.POSITIVE_INFINITY, 1e9]) {
    await expect(flowsFor(mika).setBudget({ scope: 'gpu_day', usd, reason: null })).rejects.toMatchObject({
      code: 'budget.bad_amount',
    });
  }
});

test('what a competition may cost is set when it is started, and shown', async () => {
  const { ctx } = await aPracticeWorld();
  const flows = createFlowsFor((actor) => ({ ...ctx, actor }))(mika);

  await flows.start({ slug: practiceSlug, limits: { budgetUsd: 2.5 } });

  expect((await flows.budget({ slug: practiceSlug })).caps).toMatchObject({ competition: 2.5 });
});

test.each([{ maxRounds: 0 }, { budgetUsd: -1 }, { approachesPerRound: 99 }, { timeLimitSeconds: 1.5 }])(
  'a limit that makes no sense is refused before anything is entered: %j',
  async (limits: RequestedLimits) => {
    const { ctx, pool } = await aPracticeWorld();
    const flows = createFlowsFor((actor) => ({ ...ctx, actor }))(mika);

    await expect(flows.start({ slug: practiceSlug, limits })).rejects.toMatchObject({
      kind: 'business',
      code: 'competition.bad_limits',
    });
    expect((await pool.query('select 1 from competitions')).rowCount).toBe(0);
  },
);

test('how people are talked to can be changed, if it can be followed', async () => {
  const { flowsFor, ctx, audit } = await aDoor();
  const flows = flowsFor(mika);

  expect(await flows.preferences()).toEqual(ctx.policy.preferences);
  const changed = await flows.setPreferences({ language: 'ja', timeZone: 'Asia/Tokyo' });
  expect(changed).toEqual({ ...ctx.policy.preferences, language: 'ja', timeZone: 'Asia/Tokyo' });
  expect(await flowsFor(rin).preferences()).toEqual(changed);
  await expect(flows.setPreferences({ timeZone: 'Mars/Olympus' })).rejects.toMatchObject({
    code: 'preferences.invalid',
    message: expect.stringMatching(/time zone .*Asia\/Tokyo/),
    details: { field: 'timeZone' },
  });
  await flows.setPreferences({});
  expect(await audit()).toHaveLength(1);
});

test('a refusal changes nothing and is written down', async () => {
  const { db, flowsFor, audit } = await aDoor();
  await aCompetition(db, { slug: 'titanic' });

  await flowsFor(rin).recordRefusal({ action: 'stop', slug: 'titanic' });
  await flowsFor(rin).recordRefusal({ action: 'decide', slug: null });
  await flowsFor(rin).recordRefusal({ action: 'start', slug: 'x'.repeat(500) });

  expect(await audit()).toEqual([
    { actor: rin, action: 'refused.stop', details: { slug: 'titanic' } },
    { actor: rin, action: 'refused.decide', details: {} },
    { actor: rin, action: 'refused.start', details: { slug: 'x'.repeat(100) } },
  ]);
  expect(await flowsFor(rin).decisionLog({ slug: null, limit: 5 })).toMatchObject([
    { action: 'refused.decide', decisionId: null },
  ]);
});

test('every competition that was seen can be suggested, wanted or not', async () => {
  const { db, flowsFor } = await aDoor();
  await aCompetition(db, { slug: 'wanted', state: 'training', requested: true });
  const { id } = await aCompetition(db, { slug: 'seen' });
  await db.pool.query(
    `update competitions set details = '{"deadline": "2027-01-02T00:00:00Z"}' where id = $1`,
    [id],
  );

  expect(await flowsFor(mika).known()).toMatchObject([
    { slug: 'wanted', state: 'training', isRequested: true, deadline: null },
    { slug: 'seen', isRequested: false, deadline: new Date('2027-01-02T00:00:00Z') },
  ]);
});

test('a thread belongs to the competition whose message it hangs on', async () => {
  const { db, flowsFor } = await aDoor();
  const { id: competitionId } = await aCompetition(db, { slug: 'titanic' });
  await registerChat(db.state, { platform: 'slack', channel: 'C1', canAnswer: true });
  await saveCard(db.state, {
    subject: 'failed:1',
    competitionId,
    content: {
      kind: 'failed',
      slug: 'titanic',
      title: 'Titanic',
      code: 'x',
      message: 'It failed.',
    },
    actor: mika,
  });
  await db.pool.query(`update card_deliveries set message_id = '17.5', thread_id = '17.9'`);
  const flows = flowsFor(mika);
  const slugOf = (threadId: string, channel = 'C1') =>
    flows.competitionOfThread({ platform: 'slack', channel, threadId });

  expect([await slugOf('17.5'), await slugOf('17.9')]).toEqual(['titanic', 'titanic']);
  expect([await slugOf('17.5', 'C2'), await slugOf('1.1')]).toEqual([null, null]);
});

test('buttons carry the first characters of the installation', async () => {
  const { db, flowsFor } = await aDoor();

  const mark = await flowsFor(mika).installation();

  expect(mark).toMatch(/^[0-9a-f]{8}$/);
  expect(await readInstallation(db.state)).toMatch(new RegExp(`^${mark}`));
});

test('research tells what was asked, found and tried, newest round first', async () => {
  const world = await aPracticeWorld();
  const flows = createFlowsFor((actor) => ({ ...world.ctx, actor }))(mika);
  const started = await startedCompetition(world);
  await driveTo(world, started, 'completed');

  const { round, queries, approaches } = await flows.research({ slug: practiceSlug });

  expect(round).toBe(1);
  expect(queries.length).toBeGreaterThan(0);
  expect(queries[0]).toMatchObject({ round: 1, status: 'done', provider: 'tests' });
  expect(approaches).toMatchObject([
    { round: 1, status: 'trained', cv: expect.any(Number) },
    { round: 1, status: 'trained', cv: expect.any(Number) },
  ]);
});

test('what people wrote when they decided reaches the research that comes after', async () => {
  const advice: unknown[] = [];
  const provider: ResearchProvider = {
    name: 'tests',
    async research(request) {
      advice.push(request.advice);
      const approaches = [anApproach('first-way'), anApproach('second-way')];
      return { provider: 'tests', summary: 'Two ways.', findings: [], approaches, citations: [] };
    },
  };
  const world = await aPracticeWorld({ context: { research: [provider] } });
  const { ctx } = world;
  const competition = await startedCompetition(world);
  await openDecision(ctx.state, {
    competitionId: competition.id,
    version: competition.version,
    move: null,
    draft: aDraft({ blocking: false, kind: 'suggestion' }),
    slaSeconds: 60,
    actor: mika,
  });
  const flows = createFlowsFor((actor) => ({ ...ctx, actor }))(mika);
  await flows.decide({
    decisionId: null,
    slug: practiceSlug,
    option: 'A',
    note: 'skip neural nets, we tried',
  });

  await driveTo(world, competition, 'research_completed');

  expect(advice.length).toBeGreaterThan(0);
  for (const notes of advice) expect(notes).toEqual(['skip neural nets, we tried']);
});
