import { expect, test } from 'vitest';
import { workTypes } from '../../src/jobs/routes.ts';
import { claimEvents, markEventDispatched, sweepEvents } from '../../src/state/outbox.ts';
import { beginStageRun, endStageRun, heartbeatWorker } from '../../src/state/stage-runs.ts';
import { aCompetition, anEvent } from '../support/builders.ts';
import { freshState } from '../support/database.ts';

const types = workTypes;
/** Without patience, with and without time that has passed. */
const now = { graceSeconds: 0, staleSeconds: 30, types };
const patient = { graceSeconds: 30, staleSeconds: 30, types };

/** An event that was sent to a stage job and two notes, of which the queue then lost some. */
async function aSentEvent(type = 'paused') {
  const world = await freshState();
  const { pool, state } = world;
  // it stands still, so nothing but the notes is missing
  const competition = await aCompetition(world, { state: 'paused', version: 3 });
  const payload = { version: 3, toState: 'paused' };
  const id = await anEvent(pool, { type, competitionId: competition.id, payload });
  await heartbeatWorker(state, { id: 'me', role: 'all', host: 'test', pid: 1 });
  const send = async () => {
    await claimEvents(state, { worker: 'me', limit: 1, leaseSeconds: 30 });
    await markEventDispatched(state, id, 'me', ['human.tell', 'human.status']);
  };
  await send();
  const run = async (job: string, delivery = 0) => {
    const begun = await beginStageRun(state, {
      eventId: id,
      delivery,
      job,
      item: '',
      competitionId: competition.id,
      worker: 'me',
      staleSeconds: 30,
      maxInterruptions: 10,
    });
    if ('run' in begun) await endStageRun(state, { id: begun.run.id, worker: 'me', status: 'done' });
  };
  return { pool, state, id, send, run };
}

test('a note that never began is sent again, also where the other jobs of its event are done', async () => {
  const { state, id, run } = await aSentEvent();
  await run('human.tell');

  expect(await sweepEvents(state, patient)).toEqual([]);
  expect(await sweepEvents(state, now)).toEqual([id]);
});

test('an event whose notes have all begun is left alone', async () => {
  const { state, run } = await aSentEvent();
  await run('human.tell');
  await run('human.status');

  expect(await sweepEvents(state, now)).toEqual([]);
});

test('a note that began under an earlier delivery is not wanted again', async () => {
  const { state, id, run, send } = await aSentEvent();
  await run('human.tell');
  expect(await sweepEvents(state, now)).toEqual([id]);
  await send();
  await run('human.status', 1);

  expect(await sweepEvents(state, now)).toEqual([]);
});

test('the more often a note was sent in vain, the longer it waits', async () => {
  const { pool, state, id } = await aSentEvent();
  const minutesAgo = (minutes: number, delivery: number) =>
    pool.query(
      `update events set delivery = $2, dispatched_at = clock_timestamp() - make_interval(mins => $1) where id = $3`,
      [minutes, delivery, id],
    );

  await minutesAgo(3, 3);
  expect(await sweepEvents(state, patient)).toEqual([]);
  await minutesAgo(9, 3);
  expect(await sweepEvents(state, patient)).toEqual([id]);
});
