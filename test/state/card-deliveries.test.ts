import { expect, test } from 'vitest';
import type { CardContent } from '../../src/domain/card.ts';
import type { CardLane } from '../../src/domain/card-lane.ts';
import { editPaceOf } from '../../src/domain/edit-pace.ts';
import {
  type ClaimedDelivery,
  claimDelivery,
  completeDelivery,
  failDelivery,
  registerChat,
} from '../../src/state/card-deliveries.ts';
import { type CardInput, competitionOfMessage, findCard, saveCard } from '../../src/state/cards.ts';
import { aCompetition, someActor as actor } from '../support/builders.ts';
import { aDecisionCard, aNotice, anAlertCard, aStatus } from '../support/card-facts.ts';
import { freshState } from '../support/database.ts';

const place = { platform: 'slack', channel: 'C1' };
const start = Date.now();
const at = (seconds: number) => new Date(start + seconds * 1000);
const minutes = (count: number) => count * 60;

/** A database with one chat, and what happens there by a clock of the test's own. */
async function aChat(chat: { platform: string; channel: string } = place) {
  const db = await freshState();
  const { state } = db;
  await registerChat(state, { ...chat, canAnswer: true }, { now: at(0) });
  const save = (subject: string, content: CardContent, rest: Partial<CardInput> = {}) =>
    saveCard(state, { subject, content, competitionId: null, actor, ...rest });
  const claim = (lane: CardLane, seconds = 0, worker = 'one') =>
    claimDelivery(state, {
      ...chat,
      lane,
      pace: editPaceOf(chat.platform),
      worker,
      leaseSeconds: 60,
      now: at(seconds),
    });
  const taken = async (lane: CardLane, seconds = 0, worker = 'one'): Promise<ClaimedDelivery> => {
    const claimed = await claim(lane, seconds, worker);
    if ('nextAt' in claimed) throw new Error(`nothing is due before ${claimed.nextAt?.toISOString()}`);
    return claimed;
  };
  const held = ({ card }: ClaimedDelivery, seconds: number, worker = 'one') => ({
    ...chat,
    cardId: card.id,
    rev: card.rev,
    worker,
    now: at(seconds),
  });
  const post = (claimed: ClaimedDelivery, seconds = 0, worker = 'one') =>
    completeDelivery(state, held(claimed, seconds, worker), {
      messageId: `message of ${claimed.card.subject}`,
      threadId: null,
      memory: { picture: 'F1' },
    });
  /** Sends what is due in a lane, and tells what it was. */
  const send = async (lane: CardLane, seconds = 0) => {
    const claimed = await taken(lane, seconds);
    await post(claimed, seconds);
    return claimed.card.subject;
  };
  const fail = (
    claimed: ClaimedDelivery,
    seconds: number,
    failure: Partial<Parameters<typeof failDelivery>[2]> = {},
  ) =>
    failDelivery(state, held(claimed, seconds), {
      error: 'chat.away: The chat is away.',
      isRefused: false,
      mayBePosted: false,
      counts: false,
      retrySeconds: null,
      ...failure,
    });
  return { ...db, save, claim, taken, post, send, fail, held };
}

const progress = (done: number) => aStatus({ progress: { done, total: 100, label: 'runs' } });

test('a card is due in every chat that is known, once for each revision', async () => {
  const { save, taken, post, claim } = await aChat();
  await save('event:1', aNotice());

  const claimed = await taken(2);
  expect(claimed).toMatchObject({
    card: { subject: 'event:1', rev: 1, content: { kind: 'notice' }, surface: 'home', lane: 2 },
    previous: null,
    parent: null,
    mayBePosted: false,
  });
  await post(claimed);
  expect(await claim(2)).toEqual({ nextAt: null });
  await save('event:1', aNotice());
  expect(await claim(2)).toEqual({ nextAt: null });
  await save('event:1', aNotice({ reason: 'because' }));
  expect(await taken(2)).toMatchObject({
    card: { rev: 2 },
    previous: { messageId: 'message of event:1', memory: { picture: 'F1' } },
    mayBePosted: false,
  });
});

test('of all that changed between two edits only the newest state is sent, when the pace allows it', async () => {
  const { save, taken, post, claim } = await aChat();
  await save('status:1', progress(0));
  await post(await taken(3), 0);
  await save('status:1', progress(1));
  const first = await taken(3, 0.1);
  expect(first.card.rev).toBe(2);
  await post(first, 0.1);
  for (const done of [2, 3, 4]) await save('status:1', progress(done));

  expect(await claim(3, 3)).toEqual({ nextAt: at(3.1) });
  expect((await taken(3, 3.1)).card).toMatchObject({ rev: 5, content: { progress: { done: 4 } } });
});

test('the older a message, the longer an edit waits; a decision never does', async () => {
  const { save, taken, post, claim } = await aChat();
  await save('status:1', progress(0));
  await save('decision:1', aDecisionCard());
  await post(await taken(3), 0);
  await post(await taken(0), 0);
  const old = minutes(61);
  await save('status:1', progress(1));
  await post(await taken(3, old), old);
  await save('status:1', progress(2));
  expect(await claim(3, old + 29)).toEqual({ nextAt: at(old + 30) });

  await save('decision:1', aDecisionCard({ note: 'a' }));
  await post(await taken(0, old), old);
  await save('decision:1', aDecisionCard({ status: 'decided', note: 'b' }));
  expect((await taken(0, old)).card.content).toMatchObject({ status: 'decided' });
});

test('on Discord old messages of a channel are edited one after the other', async () => {
  const { save, taken, post, claim } = await aChat({ platform: 'discord', channel: '7' });
  await save('status:1', progress(0));
  await save('status:2', progress(0));
  await post(await taken(3), 0);
  await post(await taken(3), 0);
  const old = minutes(61);
  await save('status:1', progress(1));
  await save('status:2', progress(1));
  await post(await taken(3, old), old);

  expect(await claim(3, old + 2)).toEqual({ nextAt: at(old + 3) });
  expect((await taken(3, old + 3)).card.subject).toBe('status:2');
});

test('first posts keep the order of the cards, whatever their lane, but progress holds nothing up', async () => {
  const { save, claim, send } = await aChat();
  await save('status:1', progress(0));
  await save('event:1', aNotice());
  await save('decision:1', aDecisionCard());
  await save('event:2', aNotice({ reason: 'later' }));
  await save('alert:1', anAlertCard(), { surface: 'alerts' });

  // the decision waits for the news before it, and the alert, which stands elsewhere, for nothing
  expect(await send(0)).toBe('alert:1');
  expect(await claim(0)).toEqual({ nextAt: null });
  expect(await send(2)).toBe('event:1');
  expect(await claim(2)).toEqual({ nextAt: null });
  expect(await send(0)).toBe('decision:1');
  expect(await send(2)).toBe('event:2');
  expect(await send(3)).toBe('status:1');
});

test('a reply waits for the message it replies to, which comes first and in its lane', async () => {
  const { save, claim, send, taken } = await aChat();
  await save('status:1', progress(0));
  await save('event:1', aNotice(), { surface: 'thread', parentSubject: 'status:1' });

  expect(await claim(3)).toEqual({ nextAt: null });
  expect(await send(2)).toBe('status:1');
  expect(await taken(2)).toMatchObject({
    card: { subject: 'event:1', surface: 'thread' },
    parent: { messageId: 'message of status:1' },
  });
});

test('a reply to a message that this chat refused, or that nobody wrote, goes without it', async () => {
  const { save, taken, fail } = await aChat();
  await save('status:1', progress(0));
  await save('event:1', aNotice(), { surface: 'thread', parentSubject: 'status:1' });
  await fail(await taken(2), 0, { isRefused: true });

  expect(await taken(2)).toMatchObject({ card: { subject: 'event:1' }, parent: null });
  await save('event:2', aNotice(), { surface: 'thread', parentSubject: 'status:none' });
  expect(await taken(2, 61)).toMatchObject({ parent: null });
});

test('one send at a time in each lane of a chat, whichever process', async () => {
  const { save, claim, taken } = await aChat();
  await save('event:1', aNotice());
  await save('event:2', aNotice(), { surface: 'alerts' });
  await save('decision:1', aDecisionCard(), { surface: 'alerts' });
  await taken(2, 0, 'one');

  expect(await claim(2, 1, 'two')).toEqual({ nextAt: at(60) });
  const lanes = await Promise.all(['two', 'three', 'four'].map((worker) => claim(0, 1, worker)));
  expect(lanes.filter((one) => 'card' in one)).toHaveLength(0);
});

test('after a crash between the call and its record the next process knows that it may be posted', async () => {
  const { save, taken, post, claim } = await aChat();
  await save('event:1', aNotice());
  const dead = await taken(2, 0, 'dies');

  expect(await claim(2, 59, 'lives')).toEqual({ nextAt: at(60) });
  const again = await taken(2, 60, 'lives');
  expect(again).toMatchObject({ mayBePosted: true, previous: null });
  // the dead one comes back, and changes nothing
  expect(await post(dead, 61, 'dies')).toBe(false);
  expect(await post(again, 62, 'lives')).toBe(true);
  expect(await claim(2, 63)).toEqual({ nextAt: null });
});

test('what nobody knows about is asked for until somebody knows', async () => {
  const { save, taken, fail } = await aChat();
  await save('event:1', aNotice());
  await fail(await taken(2), 0);
  const sure = await taken(2, 1);
  expect(sure.mayBePosted).toBe(false);
  await fail(sure, 1, { mayBePosted: true });
  const unsure = await taken(2, 2);
  expect(unsure.mayBePosted).toBe(true);
});

test('what a chat refused for good is not tried again until it says something else', async () => {
  const { save, taken, fail, claim, state } = await aChat();
  await save('event:1', aNotice());
  await save('event:2', aNotice());
  await fail(await taken(2), 0, { isRefused: true, error: 'chat.too_long: It is too long.' });

  expect((await taken(2)).card.subject).toBe('event:2');
  expect((await findCard(state, 'event:1'))?.deliveries).toMatchObject([
    { revFailed: 1, messageId: null, isDue: false, error: 'chat.too_long: It is too long.' },
  ]);
  await save('event:1', aNotice({ reason: 'shorter' }));
  expect(await claim(2, 61)).toMatchObject({ card: { subject: 'event:1', rev: 2 } });
});

test('a card that fails by its own fault again and again holds the others up no longer', async () => {
  const { save, taken, fail, claim } = await aChat();
  await save('event:1', aNotice());
  await save('event:2', aNotice());
  for (let tries = 0; tries < 5; tries++) {
    const claimed = await taken(2, tries * 10);
    expect(claimed).toMatchObject({ card: { subject: 'event:1' }, tries });
    await fail(claimed, tries * 10, { counts: true, retrySeconds: 10 });
    if (tries < 4) expect(await claim(2, tries * 10 + 5)).toEqual({ nextAt: at(tries * 10 + 10) });
  }
  expect((await taken(2, 41)).card.subject).toBe('event:2');
});

test('what changes while it is sent is sent again, and what came back to the same is not', async () => {
  const { save, taken, post, claim } = await aChat();
  await save('decision:1', aDecisionCard());
  const first = await taken(0);
  await save('decision:1', aDecisionCard({ note: 'changed meanwhile' }));
  await post(first);

  const second = await taken(0);
  expect(second.card.content).toMatchObject({ note: 'changed meanwhile' });
  await post(second);
  await save('decision:1', aDecisionCard());
  await save('decision:1', aDecisionCard({ note: 'changed meanwhile' }));
  expect(await claim(0)).toEqual({ nextAt: null });
});

test('an edit that may have been made is made again, whatever the card says by then', async () => {
  const { save, taken, post, fail } = await aChat();
  await save('decision:1', aDecisionCard());
  await post(await taken(0));
  await save('decision:1', aDecisionCard({ note: 'b' }));
  await fail(await taken(0), 1, { mayBePosted: true });
  await save('decision:1', aDecisionCard());

  expect((await taken(0, 2)).card.content).toMatchObject({ note: null });
});

test('a chat that comes late gets what still matters, and nothing of the past', async () => {
  const db = await aChat();
  const { save, state, pool } = db;
  const going = await aCompetition(db, { state: 'training', version: 3 });
  const gone = await aCompetition(db, { state: 'completed', version: 9 });
  await save('status:going', progress(1), { competitionId: going.id });
  await save('status:gone', aStatus({ state: 'completed' }), { competitionId: gone.id });
  await save('event:1', aNotice());
  await save('decision:open', aDecisionCard(), { competitionId: going.id });
  await save('decision:closed', aDecisionCard({ status: 'decided' }), { competitionId: going.id });
  await save('alert:lasts', anAlertCard());
  await save('alert:over', anAlertCard({ clearedAt: new Date() }));
  const late = { platform: 'discord', channel: '9' };
  await registerChat(state, { ...late, canAnswer: true }, { now: at(0) });
  const due = async () => {
    const { rows } = await pool.query<{ subject: string }>(
      `select subject from card_deliveries d join cards c on c.id = d.card_id
       where platform = 'discord' and is_due order by seq`,
    );
    return rows.map(({ subject }) => subject);
  };

  expect(await due()).toEqual(['status:going', 'decision:open', 'alert:lasts']);
  // a reply under an old message brings that message with it
  await save('event:2', aNotice(), { surface: 'thread', parentSubject: 'status:gone' });
  expect(await due()).toEqual(['status:going', 'status:gone', 'decision:open', 'alert:lasts', 'event:2']);
  // known already: nothing is forgotten
  await registerChat(state, { ...late, canAnswer: false }, { now: at(1) });
  expect(await due()).toHaveLength(5);
});

test('a chat that was left out for a day gets no old news either', async () => {
  const { save, state, claim, taken } = await aChat();
  await save('event:1', aNotice());
  await save('decision:1', aDecisionCard());
  const twoDays = 2 * 24 * 3_600;
  await registerChat(state, { platform: 'discord', channel: '9', canAnswer: true }, { now: at(twoDays) });

  await registerChat(state, { ...place, canAnswer: true }, { now: at(twoDays) });
  expect(await claim(2, twoDays)).toEqual({ nextAt: null });
  expect((await taken(0, twoDays)).card.subject).toBe('decision:1');
});

test('an alert that ended before anybody saw it is not told', async () => {
  const { save, claim, taken, post } = await aChat();
  await save('alert:1', anAlertCard());
  await save('alert:1', anAlertCard({ clearedAt: new Date() }));
  expect(await claim(0)).toEqual({ nextAt: null });

  await save('alert:2', anAlertCard());
  await post(await taken(0));
  await save('alert:2', anAlertCard({ clearedAt: new Date() }));
  expect((await taken(0, 10)).card.content).toMatchObject({ kind: 'alert' });
});

test('twenty processes at once: one of them gets the card', async () => {
  const { save, claim } = await aChat();
  await save('event:1', aNotice());
  const all = await Promise.all(Array.from({ length: 20 }, (_, index) => claim(2, 0, `worker ${index}`)));
  expect(all.filter((one) => 'card' in one)).toHaveLength(1);
});

test('a message or its thread names its competition', async () => {
  const db = await aChat();
  const { id, slug } = await aCompetition(db, { slug: 'titanic' });
  await db.save('status:1', progress(0), { competitionId: id });
  await completeDelivery(db.state, db.held(await db.taken(3), 0), {
    messageId: '1700.1',
    threadId: '1700.2',
    memory: {},
  });
  const of = (messageId: string, channel = 'C1') =>
    competitionOfMessage(db.state, { platform: 'slack', channel, messageId });

  expect([await of('1700.1'), await of('1700.2')]).toEqual([slug, slug]);
  expect([await of('1700.3'), await of('1700.1', 'C2')]).toEqual([null, null]);
});

test('a process that holds the database alone takes up at once what a dead one was sending', async () => {
  const { save, claim, taken, state } = await aChat();
  await save('event:1', aNotice());
  await taken(2, 0, 'dead');
  await registerChat(state, { ...place, canAnswer: true }, { now: at(1), worker: 'alone', isAlone: true });
  expect(await taken(2, 1, 'alone')).toMatchObject({ mayBePosted: true });
  // its own lease stands
  await registerChat(state, { ...place, canAnswer: true }, { now: at(1), worker: 'alone', isAlone: true });
  expect(await claim(2, 2, 'alone')).toEqual({ nextAt: at(61) });
});

test('what is over stays so, whatever a slower writer still believed', async () => {
  const { save, state } = await aChat();
  await save('alert:1', anAlertCard({ clearedAt: new Date() }));
  expect(await save('alert:1', anAlertCard({ count: 7 }))).toBeNull();
  expect((await findCard(state, 'alert:1'))?.isOver).toBe(true);
});

test('two thousand cards that wait do not slow a claim down', async () => {
  const { save, claim, taken, fail } = await aChat();
  await save('status:1', progress(0));
  for (let index = 0; index < 2_000; index++) {
    await save(`event:${index}`, aNotice(), { surface: 'thread', parentSubject: 'status:1' });
  }
  await fail(await taken(2), 0);
  const startedAt = performance.now();
  expect(await claim(2, 1)).toMatchObject({ card: { subject: 'status:1' } });
  expect(performance.now() - startedAt).toBeLessThan(500);
});

test('a thousand changes in a minute are at most 25 edits of a fresh message, 3 of an old one', async () => {
  const { save, claim, taken, post, send } = await aChat();
  await save('status:fresh', progress(0));
  await save('status:old', progress(0));
  await send(3, 0);
  await send(3, 0);
  const old = minutes(90);
  const storm = async (subject: string, from: number) => {
    let edits = 0;
    for (let change = 1; change <= 1_000; change++) {
      const seconds = from + change * 0.06;
      await save(subject, progress(change));
      const claimed = await claim(3, seconds);
      if ('nextAt' in claimed) continue;
      await post(claimed, seconds);
      edits += 1;
    }
    return edits;
  };

  expect(await storm('status:fresh', 1)).toBeLessThanOrEqual(25);
  expect((await taken(3, 64)).card.content).toMatchObject({ progress: { done: 1_000 } });
  expect(await storm('status:old', old)).toBeLessThanOrEqual(3);
});
