import { expect, test, vi } from 'vitest';
import { eventually } from '../../support/eventually.ts';
import { openSlack, say, wordsOf } from './slack-kit.ts';

test('a command is acknowledged at once and answered privately', async () => {
  const { workspace, idOf, home, brought, seenBy } = await openSlack();

  const ack = await workspace.actions.slash(
    idOf('mika'),
    home,
    '/kaggle',
    'status <https://kaggle.com/c/titanic|x>',
  );

  expect(ack).toMatchObject({ isAcknowledged: true, payload: {} });
  await eventually(() => expect(wordsOf(seenBy('mika').at(-1))).toContain('you typed status'));
  expect(seenBy('mika').at(-1)?.ephemeralFor).toBe(idOf('mika'));
  expect(seenBy('ken')).toEqual([]);
  expect(brought.find(({ name }) => name === 'command')?.input).toMatchObject({
    text: 'status https://kaggle.com/c/titanic',
    person: { name: 'mika', role: 'admin', locale: 'en', actor: { type: 'slack', userId: idOf('mika') } },
    where: { platform: 'slack', channel: home, threadId: null, canSlash: true },
  });
});

test('a slow answer is announced by a line that the answer replaces', async () => {
  const slow = Promise.withResolvers<void>();
  const { workspace, idOf, home, seenBy } = await openSlack({
    door: {
      async command() {
        await slow.promise;
        return say('here it is');
      },
    },
  });

  const ack = await workspace.actions.slash(idOf('ken'), home, '/kaggle', 'list');
  expect(ack.elapsedMs).toBeLessThan(1_000);
  await vi.waitFor(() => expect(seenBy('ken').at(-1)?.text).toBe('処理しています…'), 3_000);
  slow.resolve();

  await eventually(() => expect(wordsOf(seenBy('ken').at(-1))).toContain('here it is'));
  expect(seenBy('ken')).toHaveLength(1);
});

test('a public answer is posted in the channel for everybody', async () => {
  const { workspace, idOf, home, seenBy } = await openSlack({
    door: { command: async () => say('titanic paused', {}, 'public') },
  });

  await workspace.actions.slash(idOf('mika'), home, '/kaggle', 'pause titanic');

  await eventually(() => expect(wordsOf(seenBy('ken').at(-1))).toContain('titanic paused'));
  expect(seenBy('ken').at(-1)?.ephemeralFor).toBeNull();
});

test('a public answer reaches a private channel in which the app is not', async () => {
  const { workspace, idOf } = await openSlack({
    door: { command: async () => say('titanic paused', {}, 'public') },
  });
  const lab = workspace.addChannel({ name: 'lab', isPrivate: true, isBotMember: false });

  await workspace.actions.slash(idOf('mika'), lab.id, '/kaggle', 'pause titanic');

  await eventually(() =>
    expect(wordsOf(workspace.messages({ channel: lab.id, asUser: idOf('ken') }).at(-1))).toContain('paused'),
  );
});

test('an answer that must wait is given later, and one whose delivery is unknown is not given twice', async () => {
  const kit = await openSlack({ door: { command: async ({ text }) => say(text, {}, 'public') } });
  const posts = () => kit.workspace.messages({ channel: kit.home }).map((message) => wordsOf(message));

  kit.workspace.faults.rateLimit({ method: 'chat.postMessage', count: 1, retryAfterSeconds: 1 });
  await kit.workspace.actions.slash(kit.idOf('ken'), kit.home, '/kaggle', 'first');
  await vi.waitFor(() => expect(posts().join()).toContain('first'), 4_000);
  kit.workspace.faults.dropAfterEffect({ method: 'chat.postMessage', count: 1 });
  await kit.workspace.actions.slash(kit.idOf('ken'), kit.home, '/kaggle', 'second');
  await eventually(() => expect(kit.warnings().join()).toContain('a request of slack failed'));

  expect(posts().filter((words) => words.includes('second'))).toHaveLength(1);
});

test('two hundred commands in a second are all acknowledged in time, however slow the answers are', async () => {
  const slow = Promise.withResolvers<void>();
  const { workspace, idOf, home, brought } = await openSlack({
    door: {
      async command({ text }) {
        await slow.promise;
        return say(text);
      },
    },
  });

  const acks = await Promise.all(
    Array.from({ length: 200 }, (_, index) =>
      workspace.actions.slash(idOf(index % 2 === 0 ? 'mika' : 'ken'), home, '/kaggle', `status c-${index}`),
    ),
  );

  expect(acks.every(({ isAcknowledged }) => isAcknowledged)).toBe(true);
  expect(Math.max(...acks.map(({ elapsedMs }) => elapsedMs))).toBeLessThan(3_000);
  expect(workspace.troubles()).toEqual([]);
  slow.resolve();
  await eventually(() => expect(brought.filter(({ name }) => name === 'command')).toHaveLength(200));
});

test('a mention in a thread is answered there, and in the words of a thread', async () => {
  const { workspace, idOf, home, brought } = await openSlack();
  const parent = await workspace.actions.say(idOf('ken'), home, 'what is up?');

  await workspace.actions.say(idOf('ken'), home, `<@${workspace.botUserId}> status`, parent.ts);

  const seen = () => workspace.messages({ channel: home, threadTs: parent.ts, asUser: idOf('ken') });
  await eventually(() => expect(wordsOf(seen().at(-1))).toContain('you typed status'));
  expect(seen().at(-1)?.ephemeralFor).toBe(idOf('ken'));
  expect(brought.find(({ name }) => name === 'command')?.input).toMatchObject({
    text: 'status',
    where: { threadId: parent.ts, canSlash: false },
  });
});

test('a public answer to a mention goes under it', async () => {
  const { workspace, idOf, home } = await openSlack({
    door: { command: async () => say('paused', {}, 'public') },
  });

  const mention = await workspace.actions.say(idOf('ken'), home, `<@${workspace.botUserId}> pause titanic`);

  await eventually(() =>
    expect(wordsOf(workspace.messages({ channel: home, threadTs: mention.ts }).at(-1))).toContain('paused'),
  );
});

test('plain words in direct messages are a command', async () => {
  const { workspace, idOf, brought } = await openSlack();
  const dm = workspace.channels().find(({ isIm }) => isIm) ?? { id: '' };
  const owner = workspace.users().find(({ id }) => {
    try {
      return workspace.messages({ channel: dm.id, asUser: id }) !== null;
    } catch {
      return false;
    }
  });

  await workspace.actions.say(owner?.id ?? idOf('mika'), dm.id, 'status titanic');

  await eventually(() =>
    expect(wordsOf(workspace.messages({ channel: dm.id }).at(-1))).toContain('you typed status titanic'),
  );
  expect(workspace.messages({ channel: dm.id }).at(-1)?.ephemeralFor).toBeNull();
  expect(brought.filter(({ name }) => name === 'command')).toHaveLength(1);
});

test('an event that Slack delivers twice is handled once', async () => {
  const { workspace, idOf, home, brought, seenBy } = await openSlack();
  workspace.faults.duplicateNextEvent();

  await workspace.actions.say(idOf('ken'), home, `<@${workspace.botUserId}> list`);
  await workspace.actions.say(idOf('ken'), home, `<@${workspace.botUserId}> help`);

  await eventually(() => expect(wordsOf(seenBy('ken').at(-1))).toContain('you typed help'));
  expect(brought.filter(({ name, input }) => name === 'command' && input.text === 'list')).toHaveLength(1);
});

test('other bots and our own messages are not answered', async () => {
  const { workspace, home, brought, idOf, seenBy } = await openSlack();
  const said = (event: object) => ({
    token: 'x',
    team_id: workspace.teamId,
    api_app_id: 'A1',
    type: 'event_callback',
    event_id: `Ev${Math.random()}`,
    event_time: 1,
    authorizations: [{ team_id: workspace.teamId, user_id: workspace.botUserId, is_bot: true }],
    event: { type: 'app_mention', channel: home, ts: `${Math.random()}`, text: 'list', ...event },
  });

  await workspace.deliverRaw(said({ user: 'U0OTHERBOT', bot_id: 'B0OTHER' }), 'events_api');
  await workspace.deliverRaw(said({ user: workspace.botUserId }), 'events_api');
  await workspace.actions.say(idOf('ken'), home, `<@${workspace.botUserId}> help`);

  await eventually(() => expect(wordsOf(seenBy('ken').at(-1))).toContain('you typed help'));
  expect(brought.filter(({ name }) => name === 'command')).toHaveLength(1);
});
