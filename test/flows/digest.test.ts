import { expect, test } from 'vitest';
import { type ContentOf, cardContentSchema } from '../../src/domain/card.ts';
import { alertPeople } from '../../src/flows/human-loop/alert.ts';
import { makeDigest } from '../../src/flows/human-loop/digest.ts';
import { findCard } from '../../src/state/cards.ts';
import { openDecision } from '../../src/state/decisions.ts';
import { recordReading } from '../../src/state/leaderboards.ts';
import { aProblem } from '../domain/problems.ts';
import { aCompetition, aDraft, anEvent, someActor } from '../support/builders.ts';
import { aContext } from '../support/context.ts';
import { freshState } from '../support/database.ts';
import { aReading } from '../support/readings.ts';

const preferences = {
  language: 'en',
  timeZone: 'UTC',
  quietHours: { from: '00:00', to: '23:59' },
  digestAt: '09:00',
  bars: true,
  broadcast: [],
} as const;

const day = '2026-11-23';
const before = new Date(`${day}T08:59:00Z`);
const due = new Date(`${day}T09:00:30Z`);
const at = (time: string) => new Date(`2026-11-${time}Z`);

/** An installation that is older than the digest, and a clock of the test's own. */
async function aMorning(now: Date, options: { installedAt?: Date; digestAt?: string | null } = {}) {
  const db = await freshState();
  await db.pool.query('update installation set created_at = $1', [options.installedAt ?? at('01T00:00:00')]);
  const clock = { now };
  const { digestAt = preferences.digestAt } = options;
  const ctx = await aContext({
    state: db.state,
    policy: { preferences: { ...preferences, broadcast: [], digestAt } },
    now: () => clock.now,
  });
  const digest = async (): Promise<ContentOf<'digest'> | null> => {
    const card = await findCard(db.state, `digest:${day}`);
    if (card === null) return null;
    const content = cardContentSchema.parse(card.content);
    return content.kind === 'digest' ? content : null;
  };
  return { ...db, ctx, clock, digest };
}

type Morning = Awaited<ReturnType<typeof aMorning>>;

async function aRunning(db: Morning, slug: string, since: Date) {
  const competition = await aCompetition(db, {
    slug,
    state: 'training',
    version: 1,
    requested: true,
    admitted: true,
  });
  await db.pool.query(
    'update competitions set problem = $2, created_at = $3, requested_at = $3, admitted_at = $3 where id = $1',
    [competition.id, JSON.stringify(aProblem({ slug })), since],
  );
  return competition;
}

async function aScore(
  db: Morning,
  competitionId: string,
  options: { key: string; score: string; cv: number; at: Date },
) {
  await db.pool.query(
    `insert into submissions (competition_id, round, key, params_hash, approach, object_key, cv, status, vendor_ref, public_score, scored_at)
     values ($1, 1, $2, $2, 'boosting', 'file', $3, 'scored', $2, $4, $5)`,
    [competitionId, options.key, options.cv, options.score, options.at],
  );
}

test('the digest of a day says what moved, what did not, what it cost, and what waits for people', async () => {
  const db = await aMorning(due);
  const moved = await aRunning(db, 'titanic', at('20T00:00:00'));
  await aRunning(db, 'house-prices', at('20T00:00:00'));
  await aScore(db, moved.id, { key: 'old', score: '0.78', cv: 0.7, at: at('21T00:00:00') });
  await aScore(db, moved.id, { key: 'new', score: '0.79', cv: 0.8, at: at('23T03:00:00') });
  const reading = { competitionId: moved.id, teamId: null };
  const before = { ...reading, at: at('21T00:00:00'), reading: aReading({ rank: 4, score: 0.78 }) };
  await recordReading(db.state, before);
  await recordReading(db.state, { ...reading, at: new Date(), reading: aReading({ rank: 2, score: 0.79 }) });
  const found = await aCompetition(db, { slug: 'spaceship' });
  await anEvent(db.pool, { type: 'competition_discovered', competitionId: found.id });
  await db.pool.query('update events set created_at = $1', [at('22T12:00:00')]);
  await openDecision(db.state, {
    competitionId: moved.id,
    version: 1,
    move: null,
    draft: aDraft({ blocking: false, question: 'More money?' }),
    slaSeconds: 3_600,
    actor: someActor,
  });
  await alertPeople(db.ctx, {
    kind: 'task.done',
    severity: 'info',
    code: 'task.done',
    message: 'It is done.',
  });
  await db.pool.query(
    `insert into spend_ledger (key, entry, kind, competition_id, micro_usd, at) values
       ('a', 'reserve', 'gpu', $1, 900000, $2), ('a', 'settle', 'gpu', $1, 500000, $2),
       ('b', 'reserve', 'llm', $1, 250000, $2), ('c', 'settle', 'gpu', $1, 1000000, $3)`,
    [moved.id, at('22T12:00:00'), at('02T12:00:00')],
  );

  await makeDigest(db.ctx);

  expect(await db.digest()).toMatchObject({
    day,
    decisions: [{ slug: 'titanic', question: 'More money?' }],
    moved: [{ slug: 'titanic', score: 0.79, previousScore: 0.78, rank: 2, previousRank: 4 }],
    unmoved: [{ slug: 'house-prices', score: null }],
    discovered: [{ slug: 'spaceship' }],
    gpuYesterdayUsd: 0.5,
    llmYesterdayUsd: 0.25,
    monthUsd: 1.75,
    alerts: [{ severity: 'info', message: 'It is done.', count: 1 }],
  });
});

test('it is made once a day however many ask, and stays as it was', async () => {
  const db = await aMorning(before);
  const { id } = await aRunning(db, 'titanic', at('22T12:00:00'));
  await makeDigest(db.ctx);
  expect(await db.digest()).toBeNull();
  db.clock.now = due;
  await Promise.all(Array.from({ length: 5 }, () => makeDigest(db.ctx)));
  const made = await db.digest();
  expect(made?.moved).toHaveLength(1);
  await aScore(db, id, { key: 'later', score: '0.9', cv: 0.9, at: due });
  await makeDigest(db.ctx);
  expect(await db.digest()).toEqual(made);
  expect((await findCard(db.state, `digest:${day}`))?.rev).toBe(1);
});

test('where nothing changed there is none, even if something does a minute later', async () => {
  const db = await aMorning(due);
  await aRunning(db, 'titanic', at('20T00:00:00'));
  await makeDigest(db.ctx);
  expect(await db.digest()).toBeNull();
  await aRunning(db, 'house-prices', at('23T08:00:00'));
  db.clock.now = new Date(due.getTime() + 60_000);
  await makeDigest(db.ctx);
  expect(await db.digest()).toBeNull();
});

test.each([
  ['nobody wants one', due, { digestAt: null }],
  ['the installation is younger than its hour', due, { installedAt: at('23T09:00:10') }],
  ['the day is half over', at('23T13:00:00'), {}],
])('there is none where %s', async (_, now, options) => {
  const db = await aMorning(now, options);
  await aRunning(db, 'titanic', at('23T08:00:00'));
  await makeDigest(db.ctx);
  expect(await db.digest()).toBeNull();
});
