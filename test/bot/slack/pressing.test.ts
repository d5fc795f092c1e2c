import { expect, test } from 'vitest';
import { eventually } from '../../support/eventually.ts';
import { aButton, actionOf, elementOf, openSlack, outgoing, say, wordsOf } from './slack-kit.ts';

async function withStatusCard(kit: Awaited<ReturnType<typeof openSlack>>) {
  const posted = await kit.slack.chat.deliver(outgoing(), AbortSignal.timeout(10_000));
  const blocks = () => kit.workspace.message(kit.home, posted.messageId)?.blocks ?? [];
  return { posted, target: { channel: kit.home, ts: posted.messageId }, blocks };
}

test('a pressed button is acknowledged, brought to the door and answered to its presser alone', async () => {
  const kit = await openSlack();
  const { target, blocks } = await withStatusCard(kit);

  const ack = await kit.workspace.actions.press(kit.idOf('ken'), target, elementOf(blocks(), 'logs'));

  expect(ack.isAcknowledged).toBe(true);
  await eventually(() => expect(wordsOf(kit.seenBy('ken').at(-1))).toContain('you pressed'));
  expect(kit.seenBy('mika')).toHaveLength(1);
  expect(kit.brought.find(({ name }) => name === 'press')?.input).toMatchObject({
    action: actionOf('logs', 'titanic'),
    person: { name: 'ken', role: 'operator', locale: 'ja', timeZone: 'Asia/Tokyo' },
  });
});

test('an entry of a menu is brought to the door like a button', async () => {
  const kit = await openSlack();
  const { target, blocks } = await withStatusCard(kit);

  await kit.workspace.actions.press(kit.idOf('ken'), target, elementOf(blocks(), 'menu'), {
    value: actionOf('stop', 'titanic'),
  });

  await eventually(() =>
    expect(kit.brought.find(({ name }) => name === 'press')?.input).toMatchObject({
      action: actionOf('stop', 'titanic'),
    }),
  );
});

test('a public answer to a press goes into the thread of the card', async () => {
  const kit = await openSlack({ door: { press: async () => say('titanic paused', {}, 'public') } });
  const { target, blocks, posted } = await withStatusCard(kit);

  await kit.workspace.actions.press(kit.idOf('ken'), target, elementOf(blocks(), 'pause'));

  await eventually(() =>
    expect(
      wordsOf(kit.workspace.messages({ channel: kit.home, threadTs: posted.messageId }).at(-1)),
    ).toContain('titanic paused'),
  );
});

test('nothing is said where the card changes by itself', async () => {
  const kit = await openSlack({ door: { press: async () => ({ kind: 'silence' }) } });
  const { target, blocks } = await withStatusCard(kit);

  await kit.workspace.actions.press(kit.idOf('ken'), target, elementOf(blocks(), 'pause'));

  await eventually(() => expect(kit.brought.some(({ name }) => name === 'press')).toBe(true));
  expect(kit.seenBy('ken')).toHaveLength(1);
});

test('a press that is delivered twice is brought to the door once', async () => {
  const kit = await openSlack();
  const press = {
    type: 'block_actions',
    user: { id: kit.idOf('ken'), username: 'ken', name: 'ken', team_id: kit.workspace.teamId },
    api_app_id: 'A1',
    token: 'x',
    team: { id: kit.workspace.teamId, domain: 'kaggle' },
    trigger_id: 'same',
    container: { type: 'message', message_ts: '1.1', channel_id: kit.home, is_ephemeral: false },
    channel: { id: kit.home, name: 'kaggle' },
    state: { values: {} },
    actions: [
      {
        action_id: 'k1.logs.1',
        block_id: 'b',
        action_ts: '2.2',
        type: 'button',
        value: actionOf('logs', 'titanic'),
      },
    ],
  };

  await kit.workspace.deliverRaw(press, 'interactive');
  await kit.workspace.deliverRaw(press, 'interactive');

  await eventually(() => expect(wordsOf(kit.seenBy('ken').at(-1))).toContain('you pressed'));
  expect(kit.brought.filter(({ name }) => name === 'press')).toHaveLength(1);
});

test("pages of a private list take each other's place", async () => {
  let page = 0;
  const list = async () => {
    page += 1;
    return say(`page ${page}`, { actions: [aButton('list', 'all', String(page + 1))] });
  };
  const kit = await openSlack({ door: { command: list, press: list } });
  await kit.workspace.actions.slash(kit.idOf('ken'), kit.home, '/kaggle', 'list');
  await eventually(() => expect(wordsOf(kit.seenBy('ken').at(-1))).toContain('page 1'));
  const message = kit.seenBy('ken').at(-1);

  await kit.workspace.actions.press(
    kit.idOf('ken'),
    { channel: kit.home, ts: message?.ts ?? '' },
    elementOf(message?.blocks ?? [], 'list'),
  );

  await eventually(() => expect(wordsOf(kit.seenBy('ken').at(-1))).toContain('page 2'));
  expect(kit.seenBy('ken')).toHaveLength(1);
});

test('payloads that are forged or broken change nothing, and the app goes on', async () => {
  const kit = await openSlack();
  const user = { id: kit.idOf('ken'), username: 'ken', name: 'ken', team_id: kit.workspace.teamId };
  const base = {
    type: 'block_actions',
    user,
    team: { id: kit.workspace.teamId, domain: 'k' },
    api_app_id: 'A1',
  };
  const forged = [
    { ...base, actions: [] },
    { ...base, actions: [{ type: 'button' }] },
    { ...base, user: { id: 7 }, actions: [{ type: 'button', action_id: 'x', value: 'k1.x' }] },
    { type: 'view_submission', user, team: base.team, view: { id: 'V1', callback_id: 'k1.form' } },
    { type: 'block_suggestion', user, team: base.team, action_id: 'k1.competition', block_id: 'x' },
    { type: 'nonsense' },
    null,
    'text',
  ];

  const deliveries = [
    ...forged.map((payload) => kit.workspace.deliverRaw(payload, 'interactive')),
    kit.workspace.deliverRaw({ type: 'event_callback' }, 'events_api'),
    kit.workspace.deliverRaw({ command: '/kaggle', text: 'x' }, 'slash_commands'),
  ];
  await Promise.allSettled(deliveries);

  expect(kit.brought.filter(({ name }) => name === 'press' || name === 'submit')).toEqual([]);
  await kit.workspace.actions.slash(kit.idOf('ken'), kit.home, '/kaggle', 'help');
  await eventually(() => expect(wordsOf(kit.seenBy('ken').at(-1))).toContain('you typed help'));
});

test("an address for answers that is not Slack's is never called", async () => {
  const called: string[] = [];
  const kit = await openSlack({
    app: {
      fetch: async (input, init) => {
        called.push(String(input));
        return await globalThis.fetch(input, init);
      },
    },
  });

  await kit.workspace.deliverRaw(
    {
      command: '/kaggle',
      text: 'help',
      user_id: kit.idOf('ken'),
      team_id: kit.workspace.teamId,
      channel_id: kit.home,
      channel_name: 'kaggle',
      response_url: 'http://169.254.169.254/latest/meta-data',
      trigger_id: 'none',
      api_app_id: 'A1',
    },
    'slash_commands',
  );

  // The answer finds another way to its person.
  await eventually(() => expect(wordsOf(kit.seenBy('ken').at(-1))).toContain('you typed help'));
  expect(called.filter((url) => url.includes('169.254'))).toEqual([]);
});

test('a long text comes as a file in direct messages', async () => {
  const kit = await openSlack({
    door: {
      command: async () =>
        say('Logs', { pre: 'line', file: { name: 'titanic.log', text: 'line\n'.repeat(2_000) } }),
    },
  });

  await kit.workspace.actions.slash(kit.idOf('ken'), kit.home, '/kaggle', 'logs titanic');

  await eventually(() =>
    expect(
      kit.workspace
        .calls()
        .some(({ method, error }) => method === 'files.completeUploadExternal' && error === null),
    ).toBe(true),
  );
  const shared = kit.workspace
    .channels()
    .filter(({ isIm }) => isIm)
    .flatMap(({ id }) => kit.workspace.messages({ channel: id }))
    .flatMap(({ files }) => files);
  expect(shared.map(({ name }) => name)).toEqual(['titanic.log']);
  await eventually(() =>
    expect(wordsOf(kit.seenBy('ken').at(-1))).toContain('The file is in your direct messages'),
  );
});
