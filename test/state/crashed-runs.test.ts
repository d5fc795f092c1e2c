import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { sweepEvents } from '../../src/state/outbox.ts';
import {
  beginStageRun,
  countLiveWorkers,
  endStageRun,
  heartbeatWorker,
  noteCrashedRuns,
  stopWorker,
} from '../../src/state/stage-runs.ts';
import { anEvent } from '../support/builders.ts';
import { freshState } from '../support/database.ts';

const job = 'research.plan';
const types = ['research_started'];

async function aPlace() {
  const db = await freshState();
  const eventId = await anEvent(db.pool, { type: 'research_started', dispatchedSecondsAgo: 1_000 });
  /** A process begins the run, and is gone by the time that the next one does. */
  const begin = async (worker: string, delivery = 0) => {
    const run = { eventId, delivery, job, item: '', competitionId: null, worker };
    const begun = await beginStageRun(db.state, { ...run, staleSeconds: 30, maxInterruptions: 10 });
    if ('skip' in begun) throw new Error(begun.skip);
    return begun;
  };
  return { ...db, eventId, begin };
}

test('a run that broke its process twice is set aside; kills from outside take much longer to condemn it', async () => {
  const { state, begin } = await aPlace();

  const first = await begin('one');
  expect(await noteCrashedRuns(state, [first.run.id])).toBe(1);
  const second = await begin('two');
  expect(second).toMatchObject({ crashes: 1, interruptions: 0, poisoned: false });
  const third = await begin('three');
  // The second was killed: counted apart.
  expect(third).toMatchObject({ crashes: 1, interruptions: 1, poisoned: false });
  expect(await noteCrashedRuns(state, [third.run.id])).toBe(1);

  expect(await begin('four')).toMatchObject({ crashes: 2, interruptions: 1, poisoned: true });
});

test('a crash is counted once however often it is told, and whoever has taken the run for lost before', async () => {
  const { state, pool, begin } = await aPlace();
  const { run } = await begin('one');
  await sweepEvents(state, { graceSeconds: 0, staleSeconds: 0, types });
  const done = await begin('two', 1);
  await endStageRun(state, { id: done.run.id, worker: 'two', status: 'done' });

  const ids = [run.id, done.run.id, randomUUID()];
  expect([await noteCrashedRuns(state, ids), await noteCrashedRuns(state, ids)]).toEqual([1, 0]);

  const { rows } = await pool.query('select status, outcome from stage_runs order by delivery');
  expect(rows).toEqual([
    { status: 'interrupted', outcome: 'crashed' },
    { status: 'done', outcome: null },
  ]);
  expect(await noteCrashedRuns(state, [])).toBe(0);
});

test('a run that broke its process is sent again', async () => {
  const { state, eventId, begin } = await aPlace();
  const { run } = await begin('one');
  await noteCrashedRuns(state, [run.id]);

  expect(await sweepEvents(state, { graceSeconds: 0, staleSeconds: 30, types })).toEqual([eventId]);
});

test('processes that live and play a role are counted, alone or among others', async () => {
  const { state } = await aPlace();
  const beat = (id: string, role: string) => heartbeatWorker(state, { id, role, host: 'here', pid: 1 });
  await beat('a', 'all');
  await beat('b', 'worker+scheduler');
  await beat('c', 'bot');
  await beat('d', 'worker');
  await stopWorker(state, 'd');

  expect([
    await countLiveWorkers(state, 'worker', 30),
    await countLiveWorkers(state, 'bot', 30),
    await countLiveWorkers(state, 'worker', 0),
  ]).toEqual([2, 2, 0]);
});
