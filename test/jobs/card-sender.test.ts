import { randomUUID } from 'node:crypto';
import { expect, onTestFinished, test, vi } from 'vitest';
import type { CardContent } from '../../src/domain/card.ts';
import type { Chat } from '../../src/domain/chat.ts';
import { BusinessFailure, ConfigurationFailure, TransientFailure } from '../../src/domain/errors.ts';
import { type CardSender, startCardSender } from '../../src/jobs/card-sender.ts';
import { listAlerts } from '../../src/state/alerts.ts';
import { registerChat } from '../../src/state/card-deliveries.ts';
import { type CardInput, findCard, saveCard } from '../../src/state/cards.ts';
import { createChangeFeed } from '../../src/state/change-feed.ts';
import { someActor as actor } from '../support/builders.ts';
import { aDecisionCard, aNotice, aStatus } from '../support/card-facts.ts';
import { aContext } from '../support/context.ts';
import { freshState } from '../support/database.ts';
import { aRecordingChat, type RecordingChat } from '../support/recording-chat.ts';
import { silentLog } from '../support/silent-log.ts';

const waiting = { timeout: 20_000, interval: 20 };

/** A database that knows the chats already, so that nothing which the test saves comes before them. */
async function aWorld(chats: readonly Chat[]) {
  const { state, connectionString, pool } = await freshState();
  const base = await aContext({ state });
  const feed = createChangeFeed({ connectionString, log: silentLog });
  onTestFinished(() => feed.close());
  for (const chat of chats) await registerChat(state, chat);
  const sender = (options: { chats?: readonly Chat[]; pollMs?: number } = {}): CardSender => {
    const started = startCardSender({
      chats: options.chats ?? chats,
      contextOf: (signal) => ({ ...base, signal }),
      log: silentLog,
      worker: `sender-${randomUUID()}`,
      pollMs: options.pollMs ?? 60_000,
      probeEveryMs: 100,
      subscribe: (wake) => feed.subscribe(wake),
    });
    onTestFinished(() => started.stop());
    return started;
  };
  const save = (subject: string, content: CardContent, rest: Partial<CardInput> = {}) =>
    saveCard(state, { subject, content, competitionId: null, actor, ...rest });
  return { state, pool, save, sender, feed };
}

const shown = ({ messages }: RecordingChat) => [...messages.values()];
const alertShown = (chat: RecordingChat) => shown(chat).find(({ content }) => content.kind === 'alert');
const reasons = (chat: RecordingChat) =>
  shown(chat).map(({ content }) => (content.kind === 'notice' ? content.reason : content.kind));
const away = (retryAfterMs?: number) =>
  new TransientFailure('The chat is away.', {
    code: 'slack.unreachable',
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  });

test('what is written is shown at once in every chat', async () => {
  const slack = aRecordingChat();
  const discord = aRecordingChat({ platform: 'discord', channel: '7' });
  const { save, sender } = await aWorld([slack, discord]);
  sender();
  await save('decision:1', aDecisionCard());
  // Long before a sender looks by itself.
  await vi.waitFor(
    () => expect([shown(slack), shown(discord)].map(({ length }) => length)).toEqual([1, 1]),
    waiting,
  );
  await save('decision:1', aDecisionCard({ status: 'decided', option: 'a' }));
  await vi.waitFor(() => {
    for (const chat of [slack, discord]) {
      expect(shown(chat)).toMatchObject([{ rev: 2, content: { status: 'decided' } }]);
    }
  }, waiting);
});

test('where no chat is open nothing is kept for one', async () => {
  const silent = aRecordingChat({ platform: 'none', channel: 'none' });
  const { save, sender, pool } = await aWorld([]);
  const started = sender({ chats: [silent] });
  await save('event:1', aNotice());
  await started.stop();
  expect((await pool.query('select from chats')).rowCount).toBe(0);
  expect(silent.calls).toEqual([]);
});

test('a storm of progress is few edits, and ends with what is true', async () => {
  const slack = aRecordingChat();
  const { save, sender } = await aWorld([slack]);
  sender();
  const startedAt = Date.now();
  for (let done = 1; done <= 1_000; done++) {
    await save('status:1', aStatus({ progress: { done, total: 1_000, label: 'runs' } }));
  }
  const stormSeconds = (Date.now() - startedAt) / 1000;
  await vi.waitFor(
    () => expect(shown(slack)).toMatchObject([{ content: { progress: { done: 1_000 } } }]),
    waiting,
  );

  const edits = slack.calls.filter(({ isEdit }) => isEdit);
  expect(edits.length).toBeLessThanOrEqual(2 + Math.ceil(stormSeconds / 3));
  for (const [index, edit] of edits.entries()) {
    const before = edits[index - 1];
    // the platform's clock starts where its answer is on the way
    if (before !== undefined) expect(edit.at - before.at).toBeGreaterThan(2_900);
  }
});

test('a decision does not wait for progress that hangs', async () => {
  const hanging: (() => void)[] = [];
  const slack = aRecordingChat({
    before: async ({ content }) => {
      if (content.kind === 'status') await new Promise<void>((resolve) => hanging.push(resolve));
    },
  });
  const { save, sender } = await aWorld([slack]);
  sender();
  await save('status:1', aStatus());
  await vi.waitFor(() => expect(hanging).toHaveLength(1), waiting);
  await save('decision:1', aDecisionCard());
  await vi.waitFor(() => expect(shown(slack)).toMatchObject([{ content: { kind: 'decision' } }]), waiting);
  hanging[0]?.();
  await vi.waitFor(() => expect(shown(slack)).toHaveLength(2), waiting);
});

test('after an outage everything comes, in order', async () => {
  let isAway = true;
  const slack = aRecordingChat({
    before: () => {
      if (isAway) throw away();
    },
  });
  const { save, sender } = await aWorld([slack]);
  sender();
  await save('status:1', aStatus());
  const wanted = Array.from({ length: 20 }, (_, index) => `news ${index}`);
  for (const [index, reason] of wanted.entries()) {
    await save(`event:${index}`, aNotice({ reason }), { surface: 'thread', parentSubject: 'status:1' });
    if (index === 10) await save('decision:1', aDecisionCard());
  }
  expect(slack.calls).toHaveLength(0);
  isAway = false;

  await vi.waitFor(() => expect(shown(slack)).toHaveLength(22), waiting);
  expect(reasons(slack).filter((one) => one?.startsWith('news'))).toEqual(wanted);
  expect(slack.calls.every(({ card }) => card.surface === 'home' || card.parent !== null)).toBe(true);
});

test('a chat that is away holds no other up', async () => {
  const slack = aRecordingChat({
    before: () => {
      throw away();
    },
  });
  const discord = aRecordingChat({ platform: 'discord', channel: '7' });
  const { save, sender } = await aWorld([slack, discord]);
  sender();
  await save('decision:1', aDecisionCard());
  await save('event:1', aNotice());
  await vi.waitFor(() => expect(shown(discord)).toHaveLength(2), waiting);
});

test('a chat that asks to wait is asked again no sooner', async () => {
  const asked: number[] = [];
  const slack = aRecordingChat({
    before: () => {
      asked.push(Date.now());
      if (asked.length === 1) throw away(1_500);
    },
  });
  const { save, sender } = await aWorld([slack]);
  sender();
  await save('event:1', aNotice());
  await vi.waitFor(() => expect(shown(slack)).toHaveLength(1), waiting);
  expect((asked[1] ?? 0) - (asked[0] ?? 0)).toBeGreaterThanOrEqual(1_490);
  // it was not posted then, so nobody has to look for it
  expect(shown(slack)).toMatchObject([{ mayBePosted: false }]);
});

test('a card that the platform refuses is set aside with its reason, and the next one goes on', async () => {
  const slack = aRecordingChat({
    before: ({ content }) => {
      if (content.kind !== 'notice' || content.reason !== 'bad') return;
      throw new BusinessFailure('It is too long.', { code: 'slack.msg_too_long' });
    },
  });
  const { save, sender, state } = await aWorld([slack]);
  sender();
  await save('event:1', aNotice({ reason: 'bad' }));
  await save('event:2', aNotice({ reason: 'good' }));
  await vi.waitFor(() => expect(reasons(slack)).toEqual(['good']), waiting);
  await vi.waitFor(
    async () =>
      expect((await findCard(state, 'event:1'))?.deliveries).toMatchObject([
        { error: 'slack.msg_too_long: It is too long.', revFailed: 1 },
      ]),
    waiting,
  );
});

test('a fault of ours in one card stops neither the others nor itself for ever', async () => {
  let faults = 0;
  const slack = aRecordingChat({
    before: ({ content }) => {
      if (content.kind !== 'alert' && content.kind !== 'status') return;
      faults += 1;
      throw new TypeError('undefined is not a function');
    },
  });
  const { save, sender } = await aWorld([slack]);
  sender();
  await save('status:1', aStatus());
  await save('event:1', aNotice());
  // The two have lanes of their own, so either may come first.
  await vi.waitFor(() => {
    expect(shown(slack)).toHaveLength(1);
    expect(faults).toBe(1);
  }, waiting);
});

test('a chat that a person must mend: one alert in the other chats, and it ends when the chat works', async () => {
  let isBroken = true;
  const slack = aRecordingChat({
    before: () => {
      if (!isBroken) return;
      throw new ConfigurationFailure('The Slack token was revoked: set SLACK_BOT_TOKEN.', {
        code: 'slack.token_revoked',
      });
    },
  });
  const discord = aRecordingChat({ platform: 'discord', channel: '7' });
  const { save, sender, state } = await aWorld([slack, discord]);
  sender();
  await save('event:1', aNotice());
  // Alerts have a lane of their own, so either of the two may be there first.
  await vi.waitFor(() => {
    expect(shown(discord)).toHaveLength(2);
    expect(alertShown(discord)).toMatchObject({
      surface: 'alerts',
      content: { alertKind: 'configuration:chat-slack', clearedAt: null },
    });
  }, waiting);
  isBroken = false;

  await vi.waitFor(async () => {
    expect(await listAlerts(state)).toEqual([]);
    expect(reasons(slack)).toContain(null);
    expect(alertShown(discord)?.content).toMatchObject({ clearedAt: expect.any(Date) });
  }, waiting);
});

test('two senders on one database post each card once', async () => {
  const slack = aRecordingChat({ before: () => new Promise((resolve) => setTimeout(resolve, 5)) });
  const { save, sender } = await aWorld([slack]);
  sender();
  sender();
  for (let index = 0; index < 30; index++) await save(`event:${index}`, aNotice({ reason: String(index) }));
  await vi.waitFor(() => expect(shown(slack)).toHaveLength(30), waiting);
  expect(slack.calls).toHaveLength(30);
  expect(reasons(slack)).toEqual(Array.from({ length: 30 }, (_, index) => String(index)));
});

test('a sender that dies between the post and its record: the next one finds the message', async () => {
  let dies: () => void = () => undefined;
  const dead = new Promise<void>((resolve) => {
    dies = resolve;
  });
  const isPosted = { yes: false };
  const slack = aRecordingChat({
    after: async ({ rev }) => {
      isPosted.yes = true;
      if (slack.calls.length === 1 && rev === 1) await dead;
    },
  });
  const { save, sender, pool } = await aWorld([slack]);
  sender();
  await save('event:1', aNotice());
  await vi.waitFor(() => expect(isPosted.yes).toBe(true), waiting);
  // its lease ends, as a minute later it would
  await pool.query("update card_deliveries set lease_until = clock_timestamp() - interval '1 second'");
  sender();

  await vi.waitFor(() => expect(slack.calls).toHaveLength(2), waiting);
  expect(slack.calls[1]).toMatchObject({ isEdit: true, card: { mayBePosted: true, previous: null } });
  expect(shown(slack)).toHaveLength(1);
  dies();
});

test('a sender that is stopped ends what it sends, which the next one looks up', async () => {
  const signals: AbortSignal[] = [];
  const slack = aRecordingChat({
    before: async (_, signal) => {
      signals.push(signal);
      if (signals.length > 1) return;
      await new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason), { once: true });
      });
    },
  });
  const { save, sender } = await aWorld([slack]);
  const first = sender();
  await save('event:1', aNotice());
  await vi.waitFor(() => expect(signals).toHaveLength(1), waiting);
  await first.stop();
  expect(slack.calls).toEqual([]);

  sender();
  await vi.waitFor(() => expect(slack.calls).toMatchObject([{ card: { mayBePosted: true } }]), waiting);
});

test('where no notice arrives the sender looks by itself', async () => {
  const slack = aRecordingChat();
  const { save, sender, feed } = await aWorld([slack]);
  await feed.close();
  sender({ pollMs: 50 });
  await save('event:1', aNotice());
  await vi.waitFor(() => expect(shown(slack)).toHaveLength(1), waiting);
});

test('facts of another version are set aside', async () => {
  const slack = aRecordingChat();
  const { save, sender, pool } = await aWorld([slack]);
  await save('event:1', aNotice());
  await pool.query(`update cards set content = '{"kind": "of old"}'`);
  await save('event:2', aNotice({ reason: 'fine' }));
  sender();
  await vi.waitFor(() => expect(reasons(slack)).toEqual(['fine']), waiting);
});
