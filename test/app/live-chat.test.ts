import { expect, onTestFinished, test } from 'vitest';
import { type ChatConnection, type LiveChatOptions, openLiveChat } from '../../src/app/live-chat.ts';
import { createSlackChat } from '../../src/bot/slack/create-slack-chat.ts';
import { createSecret } from '../../src/config/secret.ts';
import { decisionContent, startDiscord } from '../bot/discord/kit.ts';
import { installation, openSlack, scriptedDoor } from '../bot/slack/slack-kit.ts';
import { anOutgoingCard } from '../support/card-facts.ts';
import { eventually } from '../support/eventually.ts';
import { somePreferences } from '../support/preferences.ts';
import { recordingLog } from '../support/silent-log.ts';

const neverMs = 3_600_000;
const soon = (): AbortSignal => AbortSignal.timeout(20_000);

/** A chat's app that notes what is done to it; which token it has, it says with each card. */
function aPlainChat(token: { reveal(): string }, notes: string[], isGood = (_token: string) => true) {
  const held = token.reveal();
  const connection: ChatConnection = {
    chat: {
      platform: 'slack',
      channel: 'C1',
      canAnswer: true,
      deliver: async () => ({ messageId: held, threadId: null, memory: {} }),
      sayDirectly: async () => undefined,
    },
    start: async () => void notes.push(`start ${held}`),
    stop: async () => void notes.push(`stop ${held}`),
    check: async () => {
      notes.push(`check ${held}`);
      return { status: isGood(held) ? 'ok' : 'error', message: held, next: null };
    },
  };
  return connection;
}

async function opened(options: Omit<LiveChatOptions, 'log' | 'name'>) {
  const { log, lines } = recordingLog();
  const live = await openLiveChat({ name: 'slack', log, retryMs: 10, ...options });
  onTestFinished(() => live.stop());
  return { live, lines };
}

const idOf = async (chat: ChatConnection['chat']): Promise<string> =>
  (await chat.deliver(anOutgoingCard(decisionContent()), soon())).messageId;

test.each([
  { mayOverlap: true, order: ['start one', 'check two', 'start two', 'stop one'] },
  { mayOverlap: false, order: ['start one', 'check two', 'stop one', 'start two'] },
])('new credentials are connected, with overlap: $mayOverlap', async ({ mayOverlap, order }) => {
  const notes: string[] = [];
  const token = createSecret('one');
  const { live } = await opened({ connect: () => aPlainChat(token, notes), secrets: [token], mayOverlap });
  const { chat } = live;

  token.replace('two');
  await eventually(() => expect(notes).toEqual(order));

  expect(await idOf(chat)).toBe('two');
});

test('two secrets that are replaced together are one reconnection', async () => {
  const notes: string[] = [];
  const [bot, app] = [createSecret('one'), createSecret('a')];
  await opened({ connect: () => aPlainChat(bot, notes), secrets: [bot, app], mayOverlap: true });

  bot.replace('two');
  app.replace('b');
  await eventually(() => expect(notes).toContain('stop one'));
  bot.replace('three');
  await eventually(() => expect(notes).toContain('stop two'));

  expect(notes.filter((note) => note.startsWith('start'))).toEqual(['start one', 'start two', 'start three']);
});

test('credentials that do not work leave the connection as it is, until they do', async () => {
  const notes: string[] = [];
  const token = createSecret('one');
  let works = false;
  const { live, lines } = await opened({
    connect: () => aPlainChat(token, notes, (held) => held === 'one' || works),
    secrets: [token],
    mayOverlap: false,
  });

  token.replace('two');
  await eventually(() => expect(notes.filter((note) => note === 'check two').length).toBeGreaterThan(2));
  const meanwhile = await idOf(live.chat);
  const stopped = notes.filter((note) => note.startsWith('stop'));
  works = true;
  await eventually(() => expect(notes).toContain('start two'));

  expect([meanwhile, stopped]).toEqual(['one', []]);
  expect(await idOf(live.chat)).toBe('two');
  expect(lines.some(({ message }) => message === 'new credentials of a chat do not work yet')).toBe(true);
});

test('credentials that come while others are tried are tried next, without the wait between two tries', async () => {
  const notes: string[] = [];
  const token = createSecret('one');
  const connect = () => {
    const plain = aPlainChat(token, notes, (held) => held !== 'a slip');
    const check: ChatConnection['check'] = (signal) => {
      if (token.reveal() === 'a slip') token.replace('two');
      return plain.check(signal);
    };
    return { ...plain, check };
  };
  const { live } = await opened({ connect, secrets: [token], mayOverlap: true, retryMs: neverMs });

  token.replace('a slip');
  await eventually(() => expect(notes).toContain('stop one'));

  expect(await idOf(live.chat)).toBe('two');
});

test('where the new connection does not start, the old one stays, and is the one that ends later', async () => {
  const notes: string[] = [];
  const token = createSecret('one');
  let fails = 2;
  const connect = () => {
    const plain = aPlainChat(token, notes);
    const start = async (): Promise<void> => {
      await plain.start();
      if (token.reveal() !== 'one' && fails-- > 0) throw new Error('the network is away');
    };
    return { ...plain, start };
  };
  const { live } = await opened({ connect, secrets: [token], mayOverlap: true });

  token.replace('two');
  await eventually(() => expect(notes).toContain('stop one'));

  expect(notes.filter((note) => !note.startsWith('check'))).toEqual([
    'start one',
    ...['start two', 'stop two', 'start two', 'stop two', 'start two', 'stop one'],
  ]);
  expect(await idOf(live.chat)).toBe('two');
});

test('once stopped it follows no secret any more', async () => {
  const notes: string[] = [];
  const token = createSecret('one');
  const { live } = await opened({
    connect: () => aPlainChat(token, notes),
    secrets: [token],
    mayOverlap: true,
  });

  await live.stop();
  token.replace('two');
  await live.stop();

  expect(notes).not.toContain('check two');
});

test('Discord changes its token, and the bot is back with the new one', async () => {
  const { server, open, channelId } = await startDiscord({ isConnected: false });
  const identified = () => server.gateway.counts.identified;
  const token = createSecret(server.world.botToken);
  const { live } = await opened({ connect: () => open({ token }), secrets: [token], mayOverlap: false });

  server.world.botToken = 'a-token-of-tomorrow';
  const refused = live.chat.deliver(anOutgoingCard(decisionContent()), soon());
  await expect(refused).rejects.toMatchObject({ kind: 'configuration' });
  token.replace('a-token-of-tomorrow');
  await eventually(() => expect(identified()).toBe(2));
  const posted = await live.chat.deliver(anOutgoingCard(decisionContent()), soon());

  expect(server.world.messages.get(posted.messageId)?.channelId).toBe(channelId);
});

test('Slack gets a wrong token and then the right one: the socket stays until the new one is there', async () => {
  const { workspace, home, alerts } = await openSlack({ isStarted: false });
  const botToken = createSecret(workspace.botToken);
  const appToken = createSecret(workspace.appToken);
  const { log } = recordingLog();
  const connect = () =>
    createSlackChat({
      settings: {
        botToken,
        appToken,
        signingSecret: null,
        httpPort: 0,
        channel: home,
        alertChannel: alerts,
        operators: [],
        admins: [],
        escalation: [],
        apiUrl: workspace.apiUrl,
      },
      door: scriptedDoor().door,
      installation,
      preferences: somePreferences,
      log,
      now: () => new Date(),
      random: () => 0,
      fetch: globalThis.fetch,
      onDown: () => undefined,
    });
  const { live, lines } = await opened({ connect, secrets: [botToken, appToken], mayOverlap: true });
  const deliver = () => live.chat.deliver(anOutgoingCard(decisionContent()), soon());

  botToken.replace('xoxb-a-slip-of-the-hand');
  await eventually(() => expect(lines.length).toBeGreaterThan(0));
  const connected = workspace.connections();
  await deliver();
  botToken.replace(workspace.botToken);
  await eventually(() =>
    expect(lines.some(({ message }) => message.endsWith('with its new credentials'))).toBe(true),
  );
  await deliver();

  expect(connected).toBe(1);
  await eventually(() => expect(workspace.connections()).toBe(1));
});
