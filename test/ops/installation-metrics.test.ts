import { expect, test } from 'vitest';
import { configureBudget } from '../../src/state/money.ts';
import { heartbeatWorker } from '../../src/state/stage-runs.ts';
import { aCompetition, anEvent, someActor } from '../support/builders.ts';
import { freshState } from '../support/database.ts';
import { figuresOf, sampleOf, someMetrics } from './ops-kit.ts';

type Db = Awaited<ReturnType<typeof freshState>>;

async function scrapeOf({ state }: Db): Promise<string> {
  const metrics = someMetrics();
  metrics.watchFigures(() => figuresOf(state));
  return await metrics.render();
}

async function aSubmission(db: Db, competitionId: string, score: string | null, status = 'scored') {
  await db.pool.query(
    `insert into submissions (competition_id, round, key, params_hash, approach, object_key, status, public_score, accepted_at)
     values ($1, 1, gen_random_uuid(), gen_random_uuid(), 'a', 'k', $2, $3, '2026-01-02T00:00:00Z')`,
    [competitionId, status, score],
  );
}

async function problemOf(db: Db, id: string, metric: string): Promise<void> {
  await db.pool.query('update competitions set problem = $2 where id = $1', [id, JSON.stringify({ metric })]);
}

test('an empty database has a value for everything that a rule looks at', async () => {
  const text = await scrapeOf(await freshState());

  expect(sampleOf(text, 'kaggle_agent_database_up')).toBe(1);
  expect(sampleOf(text, 'kaggle_agent_competitions', { state: 'training' })).toBe(0);
  expect(sampleOf(text, 'kaggle_agent_submissions', { status: 'scored' })).toBe(0);
  expect(sampleOf(text, 'kaggle_agent_decisions', { status: 'open' })).toBe(0);
  expect(sampleOf(text, 'kaggle_agent_outbox_lag_seconds')).toBe(0);
  expect(sampleOf(text, 'kaggle_agent_processes', { role: 'worker' })).toBe(0);
  expect(sampleOf(text, 'kaggle_agent_alerts_open', { severity: 'critical' })).toBe(0);
});

test('the best score is the best by the metric of the competition', async () => {
  const db = await freshState();
  const up = await aCompetition(db, { slug: 'higher', state: 'training', admitted: true, round: 2 });
  const down = await aCompetition(db, { slug: 'lower', state: 'submitted', admitted: true });
  const strange = await aCompetition(db, { slug: 'strange', state: 'training', admitted: true });
  const over = await aCompetition(db, { slug: 'over', state: 'completed', admitted: true });
  await aCompetition(db, { slug: 'seen' });
  await problemOf(db, up.id, 'accuracy');
  await problemOf(db, down.id, 'rmse');
  await problemOf(db, over.id, 'rmse');
  for (const score of ['0.5', '0.75', null, 'not a number', '9'.repeat(400)]) {
    await aSubmission(db, up.id, score);
    await aSubmission(db, down.id, score);
    await aSubmission(db, strange.id, score);
    await aSubmission(db, over.id, score);
  }
  await aSubmission(db, up.id, null, 'error');
  await db.pool.query(
    'insert into leaderboard_snapshots (competition_id, entrants, rank) values ($1, 900, 50), ($1, 1000, 12)',
    [up.id],
  );
  const text = await scrapeOf(db);

  const best = (slug: string) => sampleOf(text, 'kaggle_agent_competition_best_score', { slug });
  expect([best('higher'), best('lower')]).toEqual([0.75, 0.5]);
  expect([best('strange'), best('over'), best('seen')]).toEqual([undefined, undefined, undefined]);
  expect(sampleOf(text, 'kaggle_agent_competition_rank', { slug: 'higher' })).toBe(12);
  expect(sampleOf(text, 'kaggle_agent_competition_entrants', { slug: 'higher' })).toBe(1000);
  expect(sampleOf(text, 'kaggle_agent_competition_round', { slug: 'higher' })).toBe(2);
  expect(sampleOf(text, 'kaggle_agent_competition_rank', { slug: 'lower' })).toBeUndefined();
  expect(
    sampleOf(text, 'kaggle_agent_competition_last_submission_timestamp_seconds', { slug: 'lower' }),
  ).toBe(Date.UTC(2026, 0, 2) / 1000);
  expect(sampleOf(text, 'kaggle_agent_competitions_seen')).toBe(5);
  expect(sampleOf(text, 'kaggle_agent_competitions_entered')).toBe(4);
  expect(sampleOf(text, 'kaggle_agent_submissions', { status: 'scored' })).toBe(20);
  expect(sampleOf(text, 'kaggle_agent_submissions', { status: 'error' })).toBe(1);
});

test('only so many competitions are told one by one, the most important first', async () => {
  const db = await freshState();
  await db.pool.query(
    `insert into competitions (slug, title, state, priority)
     select 'c-' || n, 'c', 'training', 100 - n % 10 from generate_series(1, 60) n`,
  );

  const { active } = await figuresOf(db.state);

  expect(active).toHaveLength(50);
  expect(active[0]?.slug).toBe('c-19');
});

test('money is told as cap, spent and reserved, in dollars', async () => {
  const db = await freshState();
  await configureBudget(db.state, 'gpu_day', 3_600_000, someActor);
  await configureBudget(db.state, 'fleet_hour', 150_000, someActor);
  await configureBudget(db.state, 'llm_day', 5_000_000, someActor);
  const { id } = await aCompetition(db, { slug: 'costly', state: 'training', admitted: true });
  await db.pool.query(
    `insert into spend_ledger (key, entry, kind, competition_id, micro_usd, micro_usd_per_hour, at) values
       ('a', 'reserve', 'gpu', $1, 500000, 100000, now()), ('a', 'settle', 'gpu', $1, 300000, 0, now()),
       ('b', 'reserve', 'gpu', $1, 200000, 100000, now() - interval '3 days'),
       ('c', 'reserve', 'gpu', $1, 700000, 100000, now() - interval '3 days'),
       ('c', 'settle', 'gpu', $1, 600000, 0, now() - interval '3 days')`,
    [id],
  );
  const text = await scrapeOf(db);

  const money = (what: string, budget: string) =>
    sampleOf(text, `kaggle_agent_budget_${what}_dollars`, { budget });
  expect([money('cap', 'gpu_day'), money('spent', 'gpu_day'), money('reserved', 'gpu_day')]).toEqual([
    3.6, 0.3, 0.2,
  ]);
  expect([money('cap', 'fleet_hour'), money('spent', 'fleet_hour'), money('reserved', 'fleet_hour')]).toEqual(
    [0.15, 0, 0.1],
  );
  expect([money('cap', 'llm_day'), money('spent', 'llm_day'), money('reserved', 'llm_day')]).toEqual([
    5, 0, 0,
  ]);
  expect(sampleOf(text, 'kaggle_agent_competition_spent_dollars', { slug: 'costly' })).toBe(1.1);
});

test('outbox, decisions, cards, alerts and processes are told as they are', async () => {
  const db = await freshState();
  const { id } = await aCompetition(db, { state: 'training', admitted: true });
  await anEvent(db.pool);
  await anEvent(db.pool, { dispatchedSecondsAgo: 5 });
  await db.pool.query(
    `update events set created_at = now() - interval '2 minutes' where dispatched_at is null`,
  );
  await db.pool.query(
    `insert into human_interventions (competition_id, kind, blocking, draft, deadline, remind_at, escalate_at, status)
     select $1, 'failure', false, '{}', now() + d, now(), now(), s
     from (values (interval '1 hour', 'open'), (interval '-1 hour', 'open'), (interval '-1 hour', 'decided'),
       (interval '-1 hour', 'expired')) v (d, s)`,
    [id],
  );
  await db.pool.query(
    `insert into alerts (kind, severity, message, cleared_at) values ('a', 'warning', 'x', null), ('b', 'warning', 'x', now())`,
  );
  await db.pool.query(
    `insert into chats (platform, channel, can_answer, since, seen_at) values ('slack', 'C1', true, now(), now()), ('discord', 'D1', true, now(), now())`,
  );
  await db.pool.query(
    `with c as (
       insert into cards (subject, kind, content, surface, mention, is_urgent, is_pinned, is_over, lane)
       values ('s', 'digest', '{}', 'home', 'nobody', false, false, false, 2) returning id
     ) insert into card_deliveries (card_id, platform, channel) select id, 'slack', 'C1' from c`,
  );
  await heartbeatWorker(db.state, { id: 'w1', role: 'all', host: 'one', pid: 1 });
  await heartbeatWorker(db.state, { id: 'w2', role: 'bot+worker', host: 'two', pid: 2 });
  await heartbeatWorker(db.state, { id: 'w3', role: 'worker', host: 'three', pid: 3 });
  await db.pool.query(`update workers set heartbeat_at = now() - interval '5 minutes' where id = 'w3'`);
  const text = await scrapeOf(db);

  expect(sampleOf(text, 'kaggle_agent_outbox_events')).toBe(1);
  expect(sampleOf(text, 'kaggle_agent_outbox_lag_seconds')).toBeGreaterThanOrEqual(120);
  const decisions = (status: string) => sampleOf(text, 'kaggle_agent_decisions', { status });
  expect(['open', 'decided', 'expired', 'withdrawn'].map(decisions)).toEqual([2, 1, 1, 0]);
  expect(sampleOf(text, 'kaggle_agent_decisions_overdue')).toBe(1);
  expect(sampleOf(text, 'kaggle_agent_alerts_open', { severity: 'warning' })).toBe(1);
  const cards = (platform: string) => sampleOf(text, 'kaggle_agent_cards_waiting', { platform });
  expect([cards('slack'), cards('discord')]).toEqual([1, 0]);
  const alive = (role: string) => sampleOf(text, 'kaggle_agent_processes', { role });
  expect(['bot', 'worker', 'scheduler', 'ops'].map(alive)).toEqual([2, 2, 1, 1]);
});

test('only the service may read the figures', async () => {
  const db = await freshState();
  const { rows } = await db.pool.query<{ role: string; allowed: boolean }>(
    `select role, bool_or(has_function_privilege(role, p.oid, 'execute')) as allowed
     from pg_proc p cross join unnest(array['anon', 'authenticated', 'service_role']) role
     where p.proname in ('read_metrics', 'read_active_competitions', 'read_budget_use') group by role order by role`,
  );

  expect(rows).toEqual([
    { role: 'anon', allowed: false },
    { role: 'authenticated', allowed: false },
    { role: 'service_role', allowed: true },
  ]);
});
