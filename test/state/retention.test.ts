import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import { expect, test } from 'vitest';
import type { CompetitionState } from '../../src/domain/competition-machine.ts';
import type { Lifetimes } from '../../src/domain/retention.ts';
import { sweepEvents } from '../../src/state/outbox.ts';
import { type PurgeAnswer, purgeRows } from '../../src/state/retention.ts';
import { beginStageRun } from '../../src/state/stage-runs.ts';
import { aCompetition, someActor } from '../support/builders.ts';
import { freshState } from '../support/database.ts';
import { someLifetimes } from '../support/lifetimes.ts';

type World = Awaited<ReturnType<typeof freshState>>;

const nothing: PurgeAnswer = {
  events: 0,
  stageRuns: 0,
  audit: 0,
  processes: 0,
  snapshots: 0,
  alerts: 0,
  messages: 0,
  isDone: true,
};

function purged({ state }: Pick<World, 'state'>, lifetimes: Partial<Lifetimes> = someLifetimes, limit = 500) {
  return purgeRows(state, { lifetimes, limit });
}

/** A moment so many days ago, in SQL. */
const ago = (days: number) => `clock_timestamp() - make_interval(hours => ${Math.round(days * 24)})`;

async function anOldEvent(
  pool: pg.Pool,
  options: { days: number; type?: string; competitionId?: string | null; dispatched?: boolean },
): Promise<number> {
  const { days, type = 'research_started', competitionId = null, dispatched = true } = options;
  const { rows } = await pool.query<{ id: string }>(
    `insert into events (type, competition_id, actor, created_at, dispatched_at)
     values ($1, $2, $3, ${ago(days)}, case when $4 then ${ago(days)} end) returning id`,
    [type, competitionId, JSON.stringify(someActor), dispatched],
  );
  return Number(rows[0]?.id);
}

async function aStageRun(
  pool: pg.Pool,
  options: { eventId: number; endedDaysAgo: number | null; status?: string; attempt?: number },
): Promise<void> {
  const { eventId, endedDaysAgo, status = 'done', attempt = 1 } = options;
  await pool.query(
    `insert into stage_runs (event_id, delivery, job, attempt, status, worker_id, started_at, ended_at)
     values ($1, 0, 'research.plan', $2, $3, 'a worker', ${ago(200)}, ${endedDaysAgo === null ? 'null' : ago(endedDaysAgo)})`,
    [eventId, attempt, status],
  );
}

async function aCompetitionOf(
  world: World,
  state: CompetitionState,
  finishedDaysAgo: number | null,
): Promise<string> {
  const { id } = await aCompetition(world, { state, requested: state !== 'discovered' });
  const finished = finishedDaysAgo === null ? 'null' : ago(finishedDaysAgo);
  await world.pool.query(
    `update competitions set finished_at = ${finished}, updated_at = ${ago(300)} where id = $1`,
    [id],
  );
  return id;
}

async function idsOf(pool: pg.Pool, table: string): Promise<number[]> {
  const { rows } = await pool.query<{ id: string }>(`select id from ${table} order by id`);
  return rows.map(({ id }) => Number(id));
}

test('events of what is over go after their lifetime, with their runs', async () => {
  const world = await freshState();
  const { pool } = world;
  const over = await aCompetitionOf(world, 'completed', 120);
  const stopped = await aCompetitionOf(world, 'abandoned', 120);
  const first = await anOldEvent(pool, { days: 130, competitionId: over });
  await aStageRun(pool, { eventId: first, endedDaysAgo: 129, status: 'failed' });
  await aStageRun(pool, { eventId: first, endedDaysAgo: 128, attempt: 2 });
  await anOldEvent(pool, { days: 130, competitionId: stopped });
  const young = await anOldEvent(pool, { days: 80, competitionId: over });
  await aStageRun(pool, { eventId: young, endedDaysAgo: 80 });

  expect(await purged(world)).toEqual({ ...nothing, events: 2, stageRuns: 2 });

  expect(await idsOf(pool, 'events')).toEqual([young]);
  expect((await pool.query('select event_id::int from stage_runs')).rows).toEqual([{ event_id: young }]);
  expect(await purged(world)).toEqual(nothing);
});

test.each(['researching', 'training', 'awaiting_decision', 'failed', 'paused', 'recovering'] as const)(
  'a competition that is %s keeps every event and run, however old',
  async (state) => {
    const world = await freshState();
    const competitionId = await aCompetitionOf(world, state, null);
    const eventId = await anOldEvent(world.pool, { days: 3_000, competitionId });
    await aStageRun(world.pool, { eventId, endedDaysAgo: 150 });

    expect(await purged(world)).toEqual(nothing);
  },
);

test('a competition that ended lately keeps what led there', async () => {
  const world = await freshState();
  const competitionId = await aCompetitionOf(world, 'completed', 30);
  await anOldEvent(world.pool, { days: 200, competitionId });

  expect(await purged(world)).toEqual(nothing);
});

test('what is still at work of an ended competition stays: its final scores may take months', async () => {
  const world = await freshState();
  const { pool } = world;
  const competitionId = await aCompetitionOf(world, 'completed', 200);
  const waiting = await anOldEvent(pool, { days: 200, competitionId });
  await aStageRun(pool, { eventId: waiting, endedDaysAgo: null, status: 'waiting' });
  const ended = await anOldEvent(pool, { days: 200, competitionId });
  await aStageRun(pool, { eventId: ended, endedDaysAgo: 10 });
  const undispatched = await anOldEvent(pool, { days: 200, competitionId, dispatched: false });

  expect(await purged(world)).toEqual(nothing);
  expect(await idsOf(pool, 'events')).toEqual([waiting, ended, undispatched]);
});

test('competitions that were only seen, and what concerns none, leave no old events', async () => {
  const world = await freshState();
  const { pool } = world;
  const seen = await aCompetitionOf(world, 'discovered', null);
  await anOldEvent(pool, { days: 91, type: 'competition_discovered', competitionId: seen });
  await anOldEvent(pool, { days: 91 });
  const wanted = await aCompetition(world, { state: 'discovered', requested: true });
  const kept = await anOldEvent(pool, { days: 91, type: 'new_competition_found', competitionId: wanted.id });

  expect(await purged(world)).toEqual({ ...nothing, events: 2 });
  expect(await idsOf(pool, 'events')).toEqual([kept]);
});

test('that a message changed is forgotten sooner, whatever it was about', async () => {
  const world = await freshState();
  const { pool } = world;
  const competitionId = await aCompetitionOf(world, 'training', null);
  await anOldEvent(pool, { days: 8, type: 'card_changed', competitionId });
  const kept = await anOldEvent(pool, { days: 6, type: 'card_changed', competitionId });

  expect(await purged(world)).toEqual({ ...nothing, events: 1 });
  expect(await idsOf(pool, 'events')).toEqual([kept]);
});

test('an event that was sent again lately counts as young', async () => {
  const world = await freshState();
  const eventId = await anOldEvent(world.pool, { days: 300 });
  await world.pool.query(`update events set delivery = 1, dispatched_at = ${ago(1)} where id = $1`, [
    eventId,
  ]);

  expect(await purged(world)).toEqual(nothing);
});

test('what the sweep sends again is found as before', async () => {
  const world = await freshState();
  const { pool, state } = world;
  const sweep = () => sweepEvents(state, { graceSeconds: 30, staleSeconds: 30, types: ['research_started'] });
  const competitionId = await aCompetitionOf(world, 'researching', null);
  const stuck = await anOldEvent(pool, { days: 200, competitionId });
  await pool.query(`update events set payload = '{"version": 0}' where id = $1`, [stuck]);

  await purged(world);

  expect(await sweep()).toEqual([stuck]);
});

test('a job whose event is gone has nothing to do', async () => {
  const { state } = await freshState();
  const run = { eventId: 77, delivery: 0, job: 'research.plan', item: '', competitionId: null, worker: 'w' };

  expect(await beginStageRun(state, { ...run, staleSeconds: 30, maxInterruptions: 10 })).toEqual({
    skip: 'superseded',
  });
});

test('audit lines go after a year, but for what was done about a competition or a budget', async () => {
  const world = await freshState();
  const { pool } = world;
  const competitionId = await aCompetitionOf(world, 'completed', 400);
  const line = (action: string, of: string | null, days: number) =>
    pool.query(
      `insert into audit_log (at, actor, action, competition_id) values (${ago(days)}, $1, $2, $3)`,
      [JSON.stringify(someActor), action, of],
    );
  await line('decision.answered', competitionId, 900);
  await line('competition.requested', competitionId, 900);
  await line('refused.decide', competitionId, 900);
  await line('budget.set', null, 900);
  await line('preferences.set', null, 360);
  await line('preferences.set', null, 366);
  await line('refused.stop', competitionId, 366);
  await line('secrets.read', null, 366);

  expect(await purged(world)).toEqual({ ...nothing, audit: 3 });

  const { rows } = await pool.query<{ action: string }>('select action from audit_log order by id');
  expect(rows.map(({ action }) => action)).toEqual([
    'decision.answered',
    'competition.requested',
    'refused.decide',
    'budget.set',
    'preferences.set',
  ]);
});

test('processes that ended are forgotten, those that nobody was told of are not', async () => {
  const world = await freshState();
  const { pool } = world;
  const worker = (id: string, columns: string) =>
    pool.query(
      `insert into workers (id, role, host, pid, heartbeat_at, stopped_at, missing_since)
       values ($1, 'all', 'here', 1, ${columns})`,
      [id],
    );
  await worker('stopped', `${ago(9)}, ${ago(9)}, null`);
  await worker('told of', `${ago(9)}, null, ${ago(8)}`);
  await worker('silent', `${ago(9)}, null, null`);
  await worker('just told of', `${ago(9)}, null, ${ago(0)}`);
  await worker('at work', `${ago(0)}, null, null`);

  expect(await purged(world)).toEqual({ ...nothing, processes: 2 });

  const { rows } = await pool.query<{ id: string }>('select id from workers order by id');
  expect(rows.map(({ id }) => id)).toEqual(['at work', 'just told of', 'silent']);
});

test('leaderboards are thinned to one of each day, and the newest hundred of a competition stay', async () => {
  const world = await freshState();
  const { pool } = world;
  const read = async (competitionId: string, from: number, to: number, perDay: number) =>
    await pool.query(
      `insert into leaderboard_snapshots (competition_id, taken_at, entrants, rank)
       select $1, date_trunc('day', clock_timestamp() at time zone 'UTC') at time zone 'UTC'
         - make_interval(days => day) + make_interval(hours => hour), 10, hour
       from generate_series(${from}, ${to}, -1) day, generate_series(1, ${perDay}) hour`,
      [competitionId],
    );
  const long = await aCompetitionOf(world, 'training', null);
  // The thirtieth day is old or not, depending on the hour.
  await read(long, 60, 31, 10);
  await read(long, 29, 1, 10);
  const short = await aCompetitionOf(world, 'completed', 300);
  await read(short, 60, 56, 20);

  const gone = await purged(world);

  expect(gone).toEqual({ ...nothing, snapshots: 30 * 9 });
  const { rows } = await pool.query<{ day: string; ranks: number[] }>(
    `select (taken_at at time zone 'UTC')::date::text as day, array_agg(rank order by id) as ranks
     from leaderboard_snapshots where competition_id = $1 group by 1 order by 1`,
    [long],
  );
  expect(rows).toHaveLength(59);
  expect(rows.slice(0, 30).every(({ ranks }) => ranks.join() === '10')).toBe(true);
  expect(rows.slice(30).every(({ ranks }) => ranks.length === 10)).toBe(true);
  expect(await purged(world)).toEqual(nothing);
});

test('alerts that are over go, and their messages after them; those that last stay', async () => {
  const world = await freshState();
  const { pool } = world;
  const alert = async (kind: string, cleared: string, isOver: boolean, days: number) => {
    const id = randomUUID();
    await pool.query(
      `insert into alerts (id, kind, severity, message, cleared_at) values ($1, $2, 'warning', 'odd', ${cleared})`,
      [id, kind],
    );
    await aCard(pool, { subject: `alert:${id}`, kind: 'alert', isOver, days });
  };
  await alert('old', ago(91), true, 91);
  await alert('older', ago(400), true, 400);
  await alert('lasting', 'null', false, 400);

  expect(await purged(world)).toEqual({ ...nothing, alerts: 2, messages: 1 });

  const { rows } = await pool.query<{ kind: string }>('select kind from alerts');
  expect(rows).toEqual([{ kind: 'lasting' }]);
});

async function aCard(
  pool: pg.Pool,
  options: { subject: string; kind: string; isOver?: boolean; days: number; competitionId?: string },
): Promise<void> {
  const { subject, kind, isOver = false, days, competitionId = null } = options;
  await pool.query(
    `with saved as (
       insert into cards (subject, kind, competition_id, content, surface, mention, is_urgent, is_pinned, is_over, lane, updated_at)
       values ($1, $2, $3, '{}', 'home', 'nobody', false, false, $4, 2, ${ago(days)}) returning id
     ) insert into card_deliveries (card_id, platform, channel, message_id, is_due)
       select id, 'slack', 'C1', $1, false from saved`,
    [subject, kind, competitionId, isOver],
  );
}

test('messages of no competition are forgotten after a year, those of competitions and the board never', async () => {
  const world = await freshState();
  const { pool } = world;
  const competitionId = await aCompetitionOf(world, 'completed', 900);
  await aCard(pool, { subject: 'digest:2024-01-01', kind: 'digest', days: 366 });
  await aCard(pool, { subject: 'discovered:2024-01-01', kind: 'discovered', days: 366 });
  await aCard(pool, { subject: 'digest:2025-01-01', kind: 'digest', days: 360 });
  await aCard(pool, { subject: 'board', kind: 'board', days: 900 });
  await aCard(pool, { subject: `status:${competitionId}`, kind: 'status', days: 900, competitionId });
  await aCard(pool, { subject: 'event:1', kind: 'notice', days: 900, competitionId });

  expect(await purged(world)).toEqual({ ...nothing, messages: 2 });

  const { rows } = await pool.query<{ subject: string }>(
    'select subject from cards join card_deliveries on card_id = id order by seq',
  );
  expect(rows.map(({ subject }) => subject)).toEqual([
    'digest:2025-01-01',
    'board',
    `status:${competitionId}`,
    'event:1',
  ]);
});

test('a lifetime that is not given keeps all, and none is shorter than a day', async () => {
  const world = await freshState();
  await anOldEvent(world.pool, { days: 3_000 });
  const young = await anOldEvent(world.pool, { days: 0.5 });

  expect(await purged(world, {})).toEqual(nothing);
  expect(await purged(world, { eventDays: 0 })).toEqual({ ...nothing, events: 1 });
  expect(await idsOf(world.pool, 'events')).toEqual([young]);
});

test('each call takes no more than it was told, and says whether more is left', async () => {
  const world = await freshState();
  for (let count = 0; count < 5; count++) await anOldEvent(world.pool, { days: 100 });

  expect(await purged(world, someLifetimes, 2)).toEqual({ ...nothing, events: 2, isDone: false });
  expect(await purged(world, someLifetimes, 2)).toEqual({ ...nothing, events: 2, isDone: false });
  expect(await purged(world, someLifetimes, 2)).toEqual({ ...nothing, events: 1 });
});

test('several at once remove each row once and wait for nobody', async () => {
  const world = await freshState();
  const { pool } = world;
  await pool.query(
    `insert into events (type, actor, created_at, dispatched_at)
     select 'research_started', '{"type": "console", "user": "tester"}', ${ago(100)}, ${ago(100)} from generate_series(1, 400)`,
  );
  const holder = await pool.connect();
  const [held] = await idsOf(pool, 'events');
  await holder.query('begin');
  await holder.query('select from events where id = $1 for update', [held]);

  const all = Array.from({ length: 4 }, async () => {
    let events = 0;
    for (;;) {
      const gone = await purged(world, someLifetimes, 30);
      events += gone.events;
      if (gone.isDone) return events;
    }
  });
  const sum = (await Promise.all(all)).reduce((total, events) => total + events, 0);

  // Whoever found only rows in other hands was done; the next hour takes those.
  const left = await idsOf(pool, 'events');
  expect(left).toContain(held);
  expect(sum + left.length).toBe(400);
  await holder.query('rollback');
  holder.release();
  expect(await purged(world)).toEqual({ ...nothing, events: left.length });
});

test('only the service may purge', async () => {
  const { pool } = await freshState();
  const { rows } = await pool.query(
    `select has_function_privilege('anon', 'purge(jsonb, integer)', 'execute') as anon,
       has_function_privilege('authenticated', 'purge(jsonb, integer)', 'execute') as people,
       has_function_privilege('service_role', 'purge(jsonb, integer)', 'execute') as service`,
  );

  expect(rows).toEqual([{ anon: false, people: false, service: true }]);
});
