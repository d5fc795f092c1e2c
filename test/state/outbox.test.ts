import { expect, test } from 'vitest';
import { claimEvents, listEvents, markEventDispatched, replayEvents } from '../../src/state/outbox.ts';
import { aCompetition, anEvent, someActor } from '../support/builders.ts';
import { freshState } from '../support/database.ts';

const claim = { limit: 50, leaseSeconds: 30 };

test('relays that claim at the same time share the events without a single one in two hands', async () => {
  const { pool, state } = await freshState();
  const count = 120;
  await pool.query(
    `insert into events (type, actor) select 'research_started', $1::jsonb from generate_series(1, ${count})`,
    [JSON.stringify(someActor)],
  );

  const claims = await Promise.all(
    Array.from({ length: 30 }, (_, index) =>
      claimEvents(state, { worker: `relay-${index}`, limit: 5, leaseSeconds: 30 }),
    ),
  );

  const ids = claims.flat().map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
  expect(claims.every((batch) => batch.length <= 5)).toBe(true);
  expect(ids).toHaveLength(count);
});

test('an event comes with the priority of its competition, oldest first', async () => {
  const { pool, state } = await freshState();
  const { id } = await aCompetition({ pool, state }, { priority: 7 });
  const first = await anEvent(pool);
  const second = await anEvent(pool, { competitionId: id, payload: { version: 3, items: ['a'] } });

  const events = await claimEvents(state, { worker: 'relay', ...claim });

  expect(events).toMatchObject([
    { id: first, priority: 100, competitionId: null, delivery: 0, tries: 1 },
    { id: second, priority: 7, competitionId: id, payload: { version: 3, items: ['a'] }, actor: someActor },
  ]);
});

test('an event whose relay died comes back when the lease ends, and the dead relay can no longer mark it', async () => {
  const { pool, state } = await freshState();
  const id = await anEvent(pool);
  await claimEvents(state, { worker: 'dying', limit: 1, leaseSeconds: 0 });

  const again = await claimEvents(state, { worker: 'next', ...claim });

  expect(again).toMatchObject([{ id, tries: 2 }]);
  expect(await markEventDispatched(state, id, 'dying')).toBeNull();
  expect(await markEventDispatched(state, id, 'next')).toBe(true);
  expect(await markEventDispatched(state, id, 'next')).toBeNull();
});

test('a leased or dispatched event is not claimed again', async () => {
  const { pool, state } = await freshState();
  const id = await anEvent(pool);
  await claimEvents(state, { worker: 'relay', ...claim });

  expect(await claimEvents(state, { worker: 'other', ...claim })).toEqual([]);
  await markEventDispatched(state, id, 'relay');
  expect(await claimEvents(state, { worker: 'other', ...claim })).toEqual([]);
});

test('an event that commits late, with a lower number than others that are out already, is not skipped', async () => {
  const { pool, state } = await freshState();
  const slow = await pool.connect();
  await slow.query('begin');
  const { rows } = await slow.query<{ id: string }>(
    `insert into events (type, actor) values ('paused', '{}') returning id`,
  );
  const later = await anEvent(pool);
  const worker = 'relay';
  expect((await claimEvents(state, { worker, ...claim })).map(({ id }) => id)).toEqual([later]);
  await markEventDispatched(state, later, worker);
  await slow.query(`update events set actor = $1`, [JSON.stringify(someActor)]);
  await slow.query('commit');
  slow.release();

  const late = await claimEvents(state, { worker, ...claim });

  expect(late.map(({ id }) => id)).toEqual([Number(rows[0]?.id)]);
  expect(late[0]?.id).toBeLessThan(later);
});

test('a replay sends a range again under new deliveries, and writes down who wanted it', async () => {
  const { pool, state } = await freshState();
  const ids = [await anEvent(pool), await anEvent(pool), await anEvent(pool)];
  for (const { id } of await claimEvents(state, { worker: 'relay', ...claim })) {
    await markEventDispatched(state, id, 'relay');
  }

  expect(await replayEvents(state, ids[1] ?? 0, ids[2] ?? 0, someActor)).toBe(2);

  const again = await claimEvents(state, { worker: 'relay', ...claim });
  expect(again.map(({ id, delivery }) => [id, delivery])).toEqual([
    [ids[1], 1],
    [ids[2], 1],
  ]);
  const { rows } = await pool.query('select action, details, actor from audit_log');
  expect(rows).toEqual([
    { action: 'events.replayed', details: { from: ids[1], to: ids[2], sent: 2 }, actor: someActor },
  ]);
});

test('a relay that was about to mark an event does not swallow its replay', async () => {
  const { pool, state } = await freshState();
  const id = await anEvent(pool);
  await claimEvents(state, { worker: 'relay', ...claim });
  await replayEvents(state, id, id, someActor);

  expect(await markEventDispatched(state, id, 'relay')).toBeNull();
  expect(await claimEvents(state, { worker: 'relay', ...claim })).toMatchObject([{ id, delivery: 1 }]);
});

test('events are listed from a number on, of one competition or of all, with the name of theirs', async () => {
  const { pool, state } = await freshState();
  const { id: competitionId, slug } = await aCompetition({ pool, state });
  const first = await anEvent(pool);
  const mine = [await anEvent(pool, { competitionId }), await anEvent(pool, { competitionId })];

  const all = await listEvents(state, { competitionId: null, after: 0, limit: 10 });
  const ofOne = await listEvents(state, { competitionId, after: mine[0] ?? 0, limit: 10 });
  const limited = await listEvents(state, { competitionId: null, after: 0, limit: 1 });

  expect(all.map((event) => [event.id, event.slug])).toEqual([
    [first, null],
    ...mine.map((id) => [id, slug]),
  ]);
  expect(ofOne.map((event) => event.id)).toEqual([mine[1]]);
  expect(limited.map((event) => event.id)).toEqual([first]);
});
