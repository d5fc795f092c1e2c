import { expect, test, vi } from 'vitest';
import type { Context } from '../../src/context.ts';
import { type CardContent, type CardKind, type ContentOf, cardContentSchema } from '../../src/domain/card.ts';
import { dropReasons, holdReasons } from '../../src/domain/submission-slots.ts';
import { alertPeople, clearPeopleAlert } from '../../src/flows/human-loop/alert.ts';
import { deliverNext } from '../../src/flows/human-loop/deliver-card.ts';
import { refreshCards, refreshStatus, showMove } from '../../src/flows/human-loop/status-card.ts';
import { tell } from '../../src/flows/human-loop/tell.ts';
import { finishCompetition } from '../../src/flows/submission/finish-competition.ts';
import { registerChat } from '../../src/state/card-deliveries.ts';
import { type CardRow, findCard, plainCardRow, saveCard } from '../../src/state/cards.ts';
import { transitionCompetition } from '../../src/state/competitions.ts';
import { claimEvents } from '../../src/state/outbox.ts';
import { aProblem } from '../domain/problems.ts';
import { aCompetition, anEvent, someActor } from '../support/builders.ts';
import { aDecisionCard } from '../support/card-facts.ts';
import { aContext } from '../support/context.ts';
import { freshState } from '../support/database.ts';
import { aPracticeWorld, driveTo, startedCompetition } from '../support/practice-world.ts';
import { aRecordingChat } from '../support/recording-chat.ts';

type Db = Awaited<ReturnType<typeof freshState>>;

/** All cards in the order in which people are told. */
async function cardsIn({ pool }: Pick<Db, 'pool'>) {
  const { rows } = await pool.query<{ card: unknown }>(
    'select to_jsonb(c) as card from cards c order by seq',
  );
  return rows.map(({ card }) => {
    const row = plainCardRow.parse(card);
    return { ...row, content: cardContentSchema.parse(row.content) };
  });
}

async function contentOf<K extends CardKind>(
  { state }: Pick<Db, 'state'>,
  subject: string,
  kind: K,
): Promise<ContentOf<K>> {
  const card: CardRow | null = await findCard(state, subject);
  const content: CardContent = cardContentSchema.parse(card?.content);
  if (content.kind !== kind) throw new Error(`${subject} is a ${content.kind}`);
  return content as ContentOf<K>;
}

test('a run from start to end is told: one living message, a thread, and few words in the channel', async () => {
  const world = await aPracticeWorld({ policy: { maxRounds: 1 } });
  const { ctx, pool } = world;
  const { id } = await startedCompetition(world);
  const ended = await driveTo(world, { id }, 'completed');
  for (const event of await claimEvents(ctx.state, { worker: 'rest', limit: 50, leaseSeconds: 60 })) {
    await showMove(ctx, event);
    await tell(ctx, { ...event, eventId: event.id });
  }
  await finishCompetition(ctx, { competitionId: id });
  await refreshCards(ctx);

  const cards = await cardsIn({ pool });
  const home = cards.filter(({ surface }) => surface === 'home').map(({ kind }) => kind);
  expect(new Set(home)).toEqual(new Set(['status', 'board', 'started', 'new_best', 'finished']));
  expect(home.filter((kind) => kind === 'new_best').length).toBe(1);
  const thread = cards.filter(({ surface }) => surface === 'thread');
  expect(new Set(thread.map(({ parentSubject }) => parentSubject))).toEqual(new Set([`status:${id}`]));
  const firstReply = cards.findIndex(({ surface }) => surface === 'thread');
  expect(cards.findIndex(({ kind }) => kind === 'status')).toBeLessThan(firstReply);
  const rounds = cards.flatMap(({ content }) => (content.kind === 'round' ? [content] : []));
  expect(rounds.map(({ round }) => round)).toEqual(
    Array.from({ length: ended.round }, (_, index) => index + 1),
  );
  expect(rounds[0]).toMatchObject({
    metric: { name: 'accuracy', direction: 'maximize' },
    // The two may be joined in a blend of theirs.
    approaches: expect.arrayContaining([
      expect.objectContaining({ name: 'first-way', cv: expect.any(Number), error: null }),
      expect.objectContaining({ name: 'second-way', cv: expect.any(Number), error: null }),
    ]),
    charts: [{ kind: 'scores' }],
    next: expect.any(String),
  });
  expect(rounds[0]?.approaches.some(({ publicScore }) => publicScore !== null)).toBe(true);

  expect(await contentOf(ctx, `started:${id}`, 'started')).toMatchObject({
    metric: { name: 'accuracy' },
    by: someActor,
  });
  const finished = await contentOf(ctx, `finished:${id}`, 'finished');
  expect(finished).toMatchObject({
    state: 'completed',
    rounds: ended.round,
    best: { score: expect.any(Number), rank: expect.any(Number), entrants: expect.any(Number) },
    chart: { points: expect.any(Array) },
  });
  expect(await contentOf(ctx, `status:${id}`, 'status')).toMatchObject({
    state: 'completed',
    best: finished.best,
    progress: null,
    openDecisions: 0,
    startedBy: someActor,
    submissionsToday: finished.submissions,
  });
  expect(await contentOf(ctx, 'board', 'board')).toMatchObject({ lines: [] });
  expect(cards.find(({ kind }) => kind === 'board')?.isPinned).toBe(true);
});

/** A training competition that somebody asked for. */
async function training(options: { policy?: Partial<Context['policy']>; now?: () => Date } = {}) {
  const db = await freshState();
  const competition = await aCompetition(db, {
    slug: 'titanic',
    state: 'training',
    version: 4,
    round: 1,
    requested: true,
    admitted: true,
  });
  const ctx = await aContext({
    state: db.state,
    ...(options.policy === undefined ? {} : { policy: options.policy }),
    ...(options.now === undefined ? {} : { now: options.now }),
  });
  return { ...db, ctx, competition };
}

type World = Awaited<ReturnType<typeof training>>;

async function told(
  { ctx, pool, competition }: World,
  type: Parameters<typeof tell>[1]['type'],
  payload: Record<string, unknown> = {},
) {
  const eventId = await anEvent(pool, { type, competitionId: competition.id, payload });
  await tell(ctx, { eventId, type, competitionId: competition.id, payload });
  return eventId;
}

/** Written as the vendor's answer would be. */
async function aScoredSubmission(
  { pool, competition }: World,
  options: { score: string; cv: number; key: string },
) {
  await pool.query(`update competitions set problem = $2 where id = $1`, [
    competition.id,
    JSON.stringify(aProblem()),
  ]);
  await pool.query(
    `insert into submissions (competition_id, round, key, params_hash, approach, object_key, cv, status, vendor_ref,
       public_score, sent_at, accepted_at, scored_at)
     values ($1, 1, $2, $2, 'boosting', 'file', $3, 'scored', $2, $4, clock_timestamp(), clock_timestamp(), clock_timestamp())`,
    [competition.id, options.key, options.cv, options.score],
  );
}

test('progress is told in whole percents, and what did not move is no news', async () => {
  const world = await training();
  const { ctx, competition, state } = world;
  await refreshStatus(ctx, competition.id);
  await refreshStatus(ctx, competition.id);
  await refreshCards(ctx);
  expect(await findCard(state, `status:${competition.id}`)).toMatchObject({
    rev: 1,
    surface: 'home',
    lane: 3,
  });
  expect(await contentOf(world, 'board', 'board')).toMatchObject({
    lines: [{ slug: 'titanic', state: 'training', isQueued: false, progress: null }],
  });
});

test('what nobody asked for has neither a message nor a line on the board', async () => {
  const db = await freshState();
  const seen = await aCompetition(db, { state: 'discovered' });
  const ctx = await aContext({ state: db.state });
  await showMove(ctx, { competitionId: seen.id });
  await refreshCards(ctx);
  expect(await cardsIn(db)).toEqual([]);
});

test('the same event told twice is told once', async () => {
  const world = await training();
  const { ctx, pool, competition } = world;
  for (let times = 0; times < 2; times++) {
    await tell(ctx, {
      eventId: 7,
      type: 'paused',
      competitionId: competition.id,
      payload: { version: 5, toState: 'paused' },
    });
  }
  expect((await cardsIn({ pool })).map(({ subject, rev }) => [subject, rev])).toEqual([
    [`status:${competition.id}`, 1],
    ['event:7', 1],
  ]);
});

test('a submission that waits, and one that is not sent any more, are told apart', async () => {
  const world = await training();
  for (const [reason, event] of [
    [holdReasons.used_up, 'submission_deferred'],
    [dropReasons.held_back, 'submission_withheld'],
  ] as const) {
    const eventId = await told(world, 'submission_deferred', { reason });
    expect((await findCard(world.state, `event:${eventId}`))?.content).toMatchObject({ event, reason });
  }
});

test('a notice says who did it', async () => {
  const world = await training();
  const { ctx, competition, state } = world;
  const paused = await transitionCompetition(state, {
    id: competition.id,
    version: 4,
    event: 'paused',
    actor: { type: 'slack', teamId: 'T1', userId: 'U1' },
  });
  const [event] = await claimEvents(state, { worker: 'test', limit: 1, leaseSeconds: 60 });
  if (event === undefined || paused === null) throw new Error('it did not pause');
  await tell(ctx, { ...event, eventId: event.id });
  expect(await contentOf(world, `event:${event.id}`, 'notice')).toMatchObject({
    event: 'paused',
    toState: 'paused',
    by: { type: 'slack', userId: 'U1' },
  });
});

test('better scores within half an hour rewrite one message, which tells of all the gain', async () => {
  let clock = new Date();
  const world = await training({ now: () => clock });
  const { pool, state } = world;
  const best = async () => (await cardsIn({ pool })).filter(({ kind }) => kind === 'new_best');
  await aScoredSubmission(world, { key: 's1', score: '0.70', cv: 0.7 });
  await told(world, 'score_received', { key: 's1', publicScore: '0.70' });
  await aScoredSubmission(world, { key: 's2', score: '0.75', cv: 0.75 });
  await told(world, 'score_received', { key: 's2', publicScore: '0.75' });
  await aScoredSubmission(world, { key: 's3', score: '0.80', cv: 0.8 });
  await told(world, 'score_received', { key: 's3', publicScore: '0.80' });
  expect(
    (await best()).map(({ content, rev }) => [content.kind === 'new_best' && content.best, rev]),
  ).toEqual([[expect.objectContaining({ score: 0.8, previous: null }), 3]]);

  clock = new Date(Date.now() + 31 * 60_000);
  await aScoredSubmission(world, { key: 's4', score: '0.79', cv: 0.9 });
  await told(world, 'score_received', { key: 's4', publicScore: '0.79' });
  expect(await best()).toHaveLength(1);
  await aScoredSubmission(world, { key: 's5', score: '0.81', cv: 0.95 });
  const eventId = await told(world, 'score_received', { key: 's5', publicScore: '0.81' });
  expect((await findCard(state, `new_best:${eventId}`))?.content).toMatchObject({
    best: { score: 0.81, previous: 0.79 },
  });
});

test('what people do not want in the channel goes to the thread', async () => {
  const preferences = {
    language: 'en',
    timeZone: 'UTC',
    quietHours: null,
    digestAt: null,
    bars: true,
  } as const;
  const world = await training({ policy: { preferences: { ...preferences, broadcast: ['finished'] } } });
  const { state, competition } = world;
  await told(world, 'new_competition_found', { version: 1 });
  expect(await findCard(state, `started:${competition.id}`)).toMatchObject({
    surface: 'thread',
    parentSubject: `status:${competition.id}`,
  });
  const stopped = await transitionCompetition(state, {
    id: competition.id,
    version: 4,
    event: 'stopped',
    actor: someActor,
  });
  expect(stopped?.state).toBe('abandoned');
  await told(world, 'stopped', { version: 5, toState: 'abandoned' });
  expect(await findCard(state, `finished:${competition.id}`)).toMatchObject({ surface: 'home', lane: 1 });
});

test('a competition that cannot go on by itself calls its operators', async () => {
  const world = await training();
  const eventId = await told(world, 'manual_intervention_required', {
    code: 'gpu.none',
    reason: 'No machine.',
  });
  expect(await findCard(world.state, `failed:${eventId}`)).toMatchObject({
    surface: 'home',
    mention: 'operators',
    isUrgent: false,
    content: { kind: 'failed', code: 'gpu.none', message: 'No machine.' },
  });
});

test('new competitions are one message a day, which grows', async () => {
  const db = await freshState();
  const ctx = await aContext({ state: db.state });
  for (const slug of ['one', 'two']) {
    const { id } = await aCompetition(db, { slug });
    const eventId = await anEvent(db.pool, { type: 'competition_discovered', competitionId: id });
    await tell(ctx, { eventId, type: 'competition_discovered', competitionId: id, payload: {} });
  }
  const cards = await cardsIn(db);
  expect(cards).toMatchObject([
    {
      kind: 'discovered',
      rev: 2,
      surface: 'alerts',
      mention: 'nobody',
      content: { competitions: [{ slug: 'one' }, { slug: 'two' }] },
    },
  ]);
});

test('an alert is one message that counts and ends; an info is none', async () => {
  const db = await freshState();
  const ctx = await aContext({ state: db.state });
  const raise = (severity: 'critical' | 'warning' | 'info', kind: string) =>
    alertPeople(ctx, { kind, severity, code: 'disk.low', message: 'The disk is nearly full.' });
  await raise('info', 'task.done');
  await raise('warning', 'disk.low');
  await raise('warning', 'disk.low');
  await raise('critical', 'disk.full');
  await clearPeopleAlert(ctx, 'disk.low');
  expect(await clearPeopleAlert(ctx, 'disk.low')).toBeNull();

  expect(await cardsIn(db)).toMatchObject([
    {
      surface: 'alerts',
      mention: 'nobody',
      isUrgent: false,
      isOver: true,
      content: {
        severity: 'warning',
        alertKind: 'disk.low',
        code: 'disk.low',
        count: 2,
        clearedAt: expect.any(Date),
      },
    },
    { surface: 'home', mention: 'operators', isUrgent: true, isOver: false, content: { clearedAt: null } },
  ]);
});

test('in quiet hours nobody is mentioned, but for what is urgent', async () => {
  const db = await freshState();
  const preferences = {
    language: 'en',
    timeZone: 'UTC',
    quietHours: { from: '22:00', to: '08:00' },
    digestAt: null,
    bars: true,
    broadcast: [],
  } as const;
  const at = (time: string) => new Date(`2026-11-22T${time}Z`);
  const clock = { now: at('23:00:00') };
  const ctx = await aContext({
    state: db.state,
    policy: { preferences: { ...preferences, broadcast: [] } },
    now: () => clock.now,
  });
  const chat = aRecordingChat();
  await registerChat(db.state, chat);
  const send = async (subject: string, options: { isUrgent?: boolean; status?: 'open' | 'decided' } = {}) => {
    const { status = 'open', isUrgent = false } = options;
    const content = aDecisionCard({ status });
    await saveCard(db.state, {
      subject,
      content,
      competitionId: null,
      mention: 'operators',
      isUrgent,
      actor: someActor,
    });
    await deliverNext(ctx, chat, { lane: 0, worker: 'test', isOtherwiseWell: true });
    return chat.calls.at(-1)?.card.mention;
  };

  expect(await send('decision:1')).toBe('nobody');
  expect(await send('decision:2', { isUrgent: true })).toBe('operators');
  clock.now = at('12:00:00');
  expect(await send('decision:3')).toBe('operators');
  // answered elsewhere before it came here: nobody has to look
  expect(await send('decision:4', { status: 'decided' })).toBe('nobody');
});

test('a chat that breaks in the middle of a card says so, and keeps what it knows', async () => {
  const db = await freshState();
  const ctx = await aContext({ state: db.state });
  const chat = aRecordingChat({ before: vi.fn().mockRejectedValueOnce(new Error('socket hang up')) });
  await registerChat(db.state, chat);
  await saveCard(db.state, { subject: 'd', content: aDecisionCard(), competitionId: null, actor: someActor });
  const turn = { lane: 0, worker: 'test', isOtherwiseWell: true } as const;
  expect(await deliverNext(ctx, chat, turn)).toMatchObject({ kind: 'refused', failure: { kind: 'system' } });
  expect(await deliverNext(ctx, chat, turn)).toMatchObject({ kind: 'idle', nextAt: expect.any(Date) });
});
