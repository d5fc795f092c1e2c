import { expect, test } from 'vitest';
import { clearAlert, listAlerts, raiseAlert, recordAudit } from '../../src/state/alerts.ts';
import { findCard, saveCard } from '../../src/state/cards.ts';
import { listEvents } from '../../src/state/outbox.ts';
import { aCompetition, someActor as actor } from '../support/builders.ts';
import { aNotice } from '../support/card-facts.ts';
import { freshState } from '../support/database.ts';

test('a card is told about when its content changes, and only then', async () => {
  const { state } = await freshState();
  const save = (reason: string) =>
    saveCard(state, { subject: 'event:1', competitionId: null, content: aNotice({ reason }), actor });
  await save('working');
  await save('working');
  await save('done');

  const events = await listEvents(state, { competitionId: null, after: 0, limit: 10 });
  expect(events.map(({ type, payload }) => [type, payload.rev])).toEqual([
    ['card_changed', 1],
    ['card_changed', 2],
  ]);
  expect(await findCard(state, 'event:1')).toMatchObject({
    id: events[0]?.payload.cardId,
    rev: 2,
    content: { reason: 'done' },
    deliveries: [],
  });
  expect(await findCard(state, 'event:2')).toBeNull();
});

test('what is said once stays as it was said', async () => {
  const { state } = await freshState();
  const save = (reason: string) =>
    saveCard(state, {
      subject: 'event:1',
      competitionId: null,
      content: aNotice({ reason }),
      isOnce: true,
      actor,
    });
  expect(await save('first')).toMatchObject({ rev: 1 });
  expect(await save('again')).toBeNull();
  expect(await findCard(state, 'event:1')).toMatchObject({ rev: 1, content: { reason: 'first' } });
});

test('an alert that lasts is one alert that counts up, with an all-clear at its end', async () => {
  const { state } = await freshState();
  const raise = (message: string) => raiseAlert(state, { kind: 'queue.slow', severity: 'warning', message });

  const raised = await Promise.all([raise('slow'), raise('slow'), raise('slow')]);

  expect(new Set(raised.map(({ id }) => id)).size).toBe(1);
  expect(await listAlerts(state)).toMatchObject([{ kind: 'queue.slow', count: 3, severity: 'warning' }]);
  expect((await clearAlert(state, 'queue.slow'))?.clearedAt).toBeInstanceOf(Date);
  expect(await clearAlert(state, 'queue.slow')).toBeNull();
  expect(await listAlerts(state)).toEqual([]);
  expect((await raise('slow again')).count).toBe(1);
});

test('the audit log says who did what, and outlives the competition', async () => {
  const db = await freshState();
  const { id: competitionId } = await aCompetition(db);
  await recordAudit(db.state, { actor, action: 'command.start', competitionId, details: { text: 'start' } });
  await db.pool.query('delete from competitions');

  const { rows } = await db.pool.query('select actor, action, competition_id, details from audit_log');
  expect(rows).toEqual([
    { actor, action: 'command.start', competition_id: null, details: { text: 'start' } },
  ]);
});
