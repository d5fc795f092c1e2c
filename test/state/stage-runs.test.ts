import { expect, test } from 'vitest';
import { z } from 'zod';
import { overdueCompetitions } from '../../src/state/competitions.ts';
import { claimEvents, markEventDispatched, replayEvents, sweepEvents } from '../../src/state/outbox.ts';
import type { StatePort } from '../../src/state/port.ts';
import {
  type BegunStageRun,
  beginStageRun,
  endStageRun,
  heartbeatWorker,
  listStageRuns,
  stopOtherWorkers,
  stopWorker,
} from '../../src/state/stage-runs.ts';
import { aCompetition, anEvent, someActor } from '../support/builders.ts';
import { freshState } from '../support/database.ts';

const sweep = { graceSeconds: 60, staleSeconds: 90, types: ['research_started'] };

function worker(state: StatePort, id: string): Promise<void> {
  return heartbeatWorker(state, { id, role: 'worker', host: 'here', pid: 1 });
}

function begin(
  state: StatePort,
  eventId: number,
  options: { worker?: string; delivery?: number; item?: string; competitionId?: string } = {},
): Promise<BegunStageRun> {
  return beginStageRun(state, {
    eventId,
    delivery: options.delivery ?? 0,
    job: 'research.plan',
    item: options.item ?? '',
    competitionId: options.competitionId ?? null,
    worker: options.worker ?? 'one',
    staleSeconds: 90,
    maxInterruptions: 3,
  });
}

function runOf(begun: BegunStageRun) {
  if (!('run' in begun)) throw new Error(`skipped: ${begun.skip}`);
  return begun.run;
}

async function redeliver({ state }: { state: StatePort }, id: number): Promise<void> {
  await replayEvents(state, id, id, someActor);
  await claimEvents(state, { worker: 'relay', limit: 10, leaseSeconds: 30 });
  await markEventDispatched(state, id, 'relay');
}

test('what is done is not done again', async () => {
  const { pool, state } = await freshState();
  const event = await anEvent(pool);

  for (const status of ['done', 'dead', 'superseded'] as const) {
    const { id } = runOf(await begin(state, event, { item: status }));
    expect(await endStageRun(state, { id, worker: 'one', status, outcome: 'ok' })).toMatchObject({
      status,
      outcome: 'ok',
    });
    expect(await begin(state, event, { item: status, worker: 'two' })).toEqual({ skip: status });
  }
});

test('a run of a live worker is left to it; that of a dead one is taken over, and the dead one is fenced', async () => {
  const { pool, state } = await freshState();
  const event = await anEvent(pool);
  await worker(state, 'one');
  const { id } = runOf(await begin(state, event));

  expect(await begin(state, event, { worker: 'two' })).toEqual({ skip: 'running' });
  await pool.query(`update workers set heartbeat_at = clock_timestamp() - interval '91 seconds'`);
  const taken = await begin(state, event, { worker: 'two' });

  expect(taken).toMatchObject({ run: { attempt: 2, workerId: 'two' }, interruptions: 1, poisoned: false });
  expect(await endStageRun(state, { id, worker: 'one', status: 'done' })).toBeNull();
  expect((await endStageRun(state, { id: runOf(taken).id, worker: 'two', status: 'done' }))?.status).toBe(
    'done',
  );
});

test('a worker that said goodbye counts as dead at once', async () => {
  const { pool, state } = await freshState();
  const event = await anEvent(pool);
  await worker(state, 'one');
  await begin(state, event);
  await stopWorker(state, 'one');

  expect(await begin(state, event, { worker: 'two' })).toMatchObject({ run: { attempt: 2 } });
});

test('many workers that begin the same job at once: one gets it', async () => {
  const { pool, state } = await freshState();
  const event = await anEvent(pool);
  const names = Array.from({ length: 12 }, (_, index) => `worker-${index}`);
  await Promise.all(names.map((name) => worker(state, name)));

  const begun = await Promise.all(names.map((name) => begin(state, event, { worker: name })));

  expect(begun.filter((answer) => 'run' in answer)).toHaveLength(1);
});

test('a run that waits goes on in the worker that its job comes to, as the same run', async () => {
  const { pool, state } = await freshState();
  const event = await anEvent(pool);
  await Promise.all([worker(state, 'one'), worker(state, 'two')]);
  const { id } = runOf(await begin(state, event));
  await endStageRun(state, { id, worker: 'one', status: 'waiting', waitSeconds: 5 });

  expect(await begin(state, event, { worker: 'two' })).toMatchObject({
    run: { id, attempt: 1, status: 'running', workerId: 'two' },
  });
  expect(await endStageRun(state, { id, worker: 'one', status: 'done' })).toBeNull();
});

test('a failed run begins again as the next attempt', async () => {
  const { pool, state } = await freshState();
  const { id: competitionId } = await aCompetition({ pool, state });
  const event = await anEvent(pool, { competitionId });
  const { id } = runOf(await begin(state, event, { competitionId }));
  const ended = await endStageRun(state, {
    id,
    worker: 'one',
    status: 'failed',
    errorClass: 'transient',
    errorCode: 'kaggle.busy',
    errorMessage: 'Busy.',
  });
  await begin(state, event, { competitionId });

  expect(ended?.endedAt).toBeInstanceOf(Date);
  expect(await listStageRuns(state, competitionId, 10)).toMatchObject([
    { attempt: 1, status: 'failed', errorCode: 'kaggle.busy', eventType: 'research_started' },
    { attempt: 2, status: 'running', errorCode: null },
  ]);
});

test('what interrupts its worker again and again is poisoned, over all deliveries of its event', async () => {
  const { pool, state } = await freshState();
  const id = await anEvent(pool, { dispatchedSecondsAgo: 1 });
  for (const name of ['one', 'two', 'three']) {
    await worker(state, name);
    expect(await begin(state, id, { worker: name, delivery: name === 'three' ? 1 : 0 })).toMatchObject({
      poisoned: false,
    });
    await stopWorker(state, name);
    if (name === 'two') expect(await sweepEvents(state, sweep)).toEqual([id]);
  }

  expect(await begin(state, id, { worker: 'four', delivery: 1 })).toMatchObject({
    interruptions: 3,
    poisoned: true,
  });
});

test('a replay of what was set aside as poison begins with a clean record', async () => {
  const db = await freshState();
  const { pool, state } = db;
  const id = await anEvent(pool, { dispatchedSecondsAgo: 1 });
  for (const name of ['one', 'two', 'three']) await begin(state, id, { worker: name });
  const last = await begin(state, id, { worker: 'four' });
  expect(last).toMatchObject({ poisoned: true });
  await endStageRun(state, { id: runOf(last).id, worker: 'four', status: 'dead' });

  await redeliver(db, id);

  expect(await begin(state, id, { worker: 'five', delivery: 1 })).toMatchObject({
    interruptions: 0,
    poisoned: false,
  });
});

test('a job of an older delivery ends where a newer one has begun', async () => {
  const db = await freshState();
  const id = await anEvent(db.pool, { dispatchedSecondsAgo: 1 });
  await redeliver(db, id);
  await begin(db.state, id, { delivery: 1 });

  expect(await begin(db.state, id, { delivery: 0, worker: 'two' })).toEqual({ skip: 'superseded' });
});

test('a job of a newer delivery leaves the work to an older one that is at it, even in the same process', async () => {
  const db = await freshState();
  const id = await anEvent(db.pool, { dispatchedSecondsAgo: 1 });
  await worker(db.state, 'one');
  const { id: runId } = runOf(await begin(db.state, id));
  await redeliver(db, id);

  expect(await begin(db.state, id, { delivery: 1, worker: 'one' })).toEqual({ skip: 'running' });
  expect((await endStageRun(db.state, { id: runId, worker: 'one', status: 'done' }))?.status).toBe('done');
});

test('the sweep sends again what a dead worker was at, once', async () => {
  const { pool, state } = await freshState();
  const lost = await anEvent(pool, { dispatchedSecondsAgo: 1 });
  const alive = await anEvent(pool, { dispatchedSecondsAgo: 1 });
  await worker(state, 'alive');
  await begin(state, lost, { worker: 'dead' });
  await begin(state, alive, { worker: 'alive' });

  expect(await sweepEvents(state, sweep)).toEqual([lost]);
  expect(await sweepEvents(state, sweep)).toEqual([]);
  const [again] = await claimEvents(state, { worker: 'relay', limit: 10, leaseSeconds: 30 });
  expect(again).toMatchObject({ id: lost, delivery: 1 });
  await markEventDispatched(state, lost, 'relay');
  expect(await sweepEvents(state, sweep)).toEqual([]);
  expect(await begin(state, lost, { worker: 'alive', delivery: 1 })).toMatchObject({
    run: { attempt: 1, delivery: 1 },
  });
});

test('the sweep also finds a dead run of an older delivery that the newer one left to it', async () => {
  const db = await freshState();
  const id = await anEvent(db.pool, { dispatchedSecondsAgo: 1 });
  await worker(db.state, 'one');
  await begin(db.state, id);
  await redeliver(db, id);
  expect(await begin(db.state, id, { delivery: 1, worker: 'two' })).toEqual({ skip: 'running' });
  await stopWorker(db.state, 'one');

  expect(await sweepEvents(db.state, sweep)).toEqual([id]);
});

test('the sweep sends again what should have gone on long ago, and holds that against nobody', async () => {
  const { pool, state } = await freshState();
  const id = await anEvent(pool, { dispatchedSecondsAgo: 1 });
  const { id: runId } = runOf(await begin(state, id));
  await endStageRun(state, { id: runId, worker: 'one', status: 'waiting', waitSeconds: 5 });
  expect(await sweepEvents(state, sweep)).toEqual([]);

  await pool.query(`update stage_runs set wait_until = clock_timestamp() - interval '61 seconds'`);

  expect(await sweepEvents(state, sweep)).toEqual([id]);
  expect(await begin(state, id, { delivery: 1 })).toMatchObject({ interruptions: 0 });
});

test('a wait without a length is over at once and found by the sweep when its job is lost', async () => {
  const { pool, state } = await freshState();
  const id = await anEvent(pool, { dispatchedSecondsAgo: 1 });
  const { id: runId } = runOf(await begin(state, id));
  await endStageRun(state, { id: runId, worker: 'one', status: 'waiting' });

  expect(await sweepEvents(state, { ...sweep, graceSeconds: 0 })).toEqual([id]);
});

test('the sweep sends again what failed and was not tried again for long', async () => {
  const { pool, state } = await freshState();
  const id = await anEvent(pool, { dispatchedSecondsAgo: 300 });
  const { id: runId } = runOf(await begin(state, id));
  await endStageRun(state, { id: runId, worker: 'one', status: 'failed' });
  expect(await sweepEvents(state, sweep)).toEqual([]);

  await pool.query(`update stage_runs set ended_at = clock_timestamp() - interval '241 seconds'`);

  expect(await sweepEvents(state, sweep)).toEqual([id]);
});

test('the sweep sends again what never began, but not what merely queues or what nobody waits for any more', async () => {
  const db = await freshState();
  const { pool, state } = db;
  const { id: competitionId } = await aCompetition(db, { version: 4 });
  const event = (dispatchedSecondsAgo: number | null, version: number, type = 'research_started') =>
    anEvent(pool, { competitionId, payload: { version }, dispatchedSecondsAgo, type });
  const neverBegan = await event(300, 4);
  await event(200, 4);
  await event(null, 4);
  await event(300, 3);
  await event(300, 4, 'card_changed');
  const begun = await event(300, 4);
  await worker(state, 'one');
  await begin(state, begun, { competitionId });

  expect(await sweepEvents(state, sweep)).toEqual([neverBegan]);
});

test('the sweep does not send again and again what an older delivery is still at', async () => {
  const db = await freshState();
  const { id: competitionId } = await aCompetition(db, { version: 1 });
  const id = await anEvent(db.pool, { competitionId, payload: { version: 1 }, dispatchedSecondsAgo: 300 });
  expect(await sweepEvents(db.state, sweep)).toEqual([id]);
  await claimEvents(db.state, { worker: 'relay', limit: 10, leaseSeconds: 30 });
  await markEventDispatched(db.state, id, 'relay');
  await worker(db.state, 'one');
  await begin(db.state, id, { delivery: 0, competitionId });
  await db.pool.query(`update events set dispatched_at = clock_timestamp() - interval '300 seconds'`);

  expect(await sweepEvents(db.state, sweep)).toEqual([]);
});

test('a competition at work with nothing under way gets its last event again', async () => {
  const db = await freshState();
  const { pool, state } = db;
  const stuck = await aCompetition(db, { state: 'training', version: 2 });
  const busy = await aCompetition(db, { state: 'training', version: 2 });
  const asked = await aCompetition(db, { state: 'awaiting_decision', version: 2 });
  const ids = new Map<string, number>();
  await worker(state, 'one');
  for (const { id: competitionId } of [stuck, busy, asked]) {
    const event = await anEvent(pool, { competitionId, payload: { version: 2 }, dispatchedSecondsAgo: 300 });
    ids.set(competitionId, event);
    // one of the event's jobs has ended long ago; what became of the others, nobody knows
    const { id } = runOf(await begin(state, event, { competitionId }));
    await endStageRun(state, { id, worker: 'one', status: 'done' });
  }
  await begin(state, ids.get(busy.id) ?? 0, { competitionId: busy.id, item: 'another' });
  expect(await sweepEvents(state, sweep)).toEqual([]);

  await pool.query(
    `update stage_runs set ended_at = clock_timestamp() - interval '241 seconds' where ended_at is not null`,
  );

  expect(await sweepEvents(state, sweep)).toEqual([ids.get(stuck.id)]);
});

test('a worker is live while its heartbeat is fresh and it has not said goodbye', async () => {
  const { state } = await freshState();
  const isLive = (id: string, staleSeconds: number) =>
    state.call('worker_is_live', { p_id: id, p_stale_seconds: staleSeconds }, z.boolean());
  await worker(state, 'one');
  await worker(state, 'one');

  expect([await isLive('one', 60), await isLive('one', 0), await isLive('nobody', 60)]).toEqual([
    true,
    false,
    false,
  ]);
  await stopWorker(state, 'one');
  expect(await isLive('one', 60)).toBe(false);
});

test('a competition is overdue when it has stayed in a state for longer than that state may last', async () => {
  const db = await freshState();
  const late = await aCompetition(db, { slug: 'late', state: 'training', version: 1 });
  const early = await aCompetition(db, { slug: 'early', state: 'training', version: 1 });
  const unlimited = await aCompetition(db, { slug: 'unlimited', state: 'paused', version: 1 });
  const entered = (id: string, secondsAgo: number, refused = false) =>
    db.pool.query(
      `insert into transitions (competition_id, version, from_state, event, to_state, refused, actor, at)
       values ($1, 1, 'code_ready', 'training_started', 'training', $2, '{}', clock_timestamp() - make_interval(secs => $3))`,
      [id, refused, secondsAgo],
    );
  await entered(late.id, 100);
  await entered(late.id, 1, true);
  await entered(early.id, 50);
  await entered(unlimited.id, 1_000);

  expect((await overdueCompetitions(db.state, { training: 60 })).map(({ slug }) => slug)).toEqual(['late']);
});

test('a process that holds the database alone knows every other worker to be dead', async () => {
  const { pool, state } = await freshState();
  const event = await anEvent(pool, { dispatchedSecondsAgo: 1 });
  await Promise.all([worker(state, 'old'), worker(state, 'older'), worker(state, 'mine')]);
  await begin(state, event, { worker: 'old' });

  expect(await stopOtherWorkers(state, 'mine')).toBe(2);
  expect(await stopOtherWorkers(state, 'mine')).toBe(0);
  expect(await begin(state, event, { worker: 'mine' })).toMatchObject({
    run: { workerId: 'mine', attempt: 2 },
  });
});
