import { expect, test } from 'vitest';
import { cardContentSchema } from '../../src/domain/card.ts';
import { clearAlert, listAlerts, raiseAlert, recordAudit } from '../../src/state/alerts.ts';
import { getCard, recordCardDelivery, saveCard } from '../../src/state/cards.ts';
import { listEvents } from '../../src/state/outbox.ts';
import { aCompetition, someActor as actor } from '../support/builders.ts';
import { freshState } from '../support/database.ts';

test('a card is told about when its content changes, and only then', async () => {
  const { state } = await freshState();
  const save = (summary: string) =>
    saveCard(state, {
      subject: 'status:1',
      competitionId: null,
      content: cardContentSchema.parse({ kind: 'status', summary, title: 'Status' }),
      actor,
    });
  await save('working');
  await save('working');
  await save('done');

  const events = await listEvents(state, { competitionId: null, after: 0, limit: 10 });
  expect(events.map(({ type, payload }) => [type, payload.rev])).toEqual([
    ['card_changed', 1],
    ['card_changed', 2],
  ]);
  expect(await getCard(state, events[0]?.payload.cardId ?? '')).toMatchObject({
    rev: 2,
    content: { summary: 'done' },
    deliveries: [],
  });
});

test('a delivery remembers its message and never goes back to an older revision', async () => {
  const { state } = await freshState();
  const content = cardContentSchema.parse({ kind: 'notice', summary: 'news', title: 'News' });
  await saveCard(state, { subject: 'news:1', competitionId: null, content, actor });
  const [event] = await listEvents(state, { competitionId: null, after: 0, limit: 1 });
  const cardId = event?.payload.cardId ?? '';
  const deliver = (rev: number, messageId: string | null, error: string | null = null) =>
    recordCardDelivery(state, { cardId, platform: 'slack', channel: 'C1', messageId, rev, error });
  await deliver(2, 'm-1');
  await deliver(1, null, 'rate limited');

  expect((await getCard(state, cardId))?.deliveries).toMatchObject([
    { platform: 'slack', channel: 'C1', messageId: 'm-1', revSent: 2, error: 'rate limited' },
  ]);
  expect(await getCard(state, '00000000-0000-4000-8000-000000000000')).toBeNull();
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
