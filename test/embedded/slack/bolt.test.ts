import { expect, test } from 'vitest';
import { eventually } from '../../support/eventually.ts';
import { aBoltApp, aWorkspace, channelId, dmOf, userId } from './support.ts';

const aButton = (value = 'k1:1:pause') => ({
  type: 'actions' as const,
  elements: [
    {
      type: 'button' as const,
      text: { type: 'plain_text' as const, text: 'Pause' },
      action_id: 'k1.pause',
      value,
    },
  ],
});

test('a slash command is acknowledged, answered in private and edited by its response address', async () => {
  const workspace = await aWorkspace();
  const mika = userId(workspace);
  await aBoltApp(workspace, (app) => {
    app.command('/kaggle', async ({ ack, command, respond }) => {
      await ack(`Working on ${command.text}`);
      await respond({ text: 'Done', replace_original: true });
    });
  });

  const result = await workspace.actions.slash(mika, channelId(workspace), '/kaggle', 'status titanic');

  expect(result.isAcknowledged).toBe(true);
  await eventually(() => {
    const shown = workspace.messages({ channel: channelId(workspace) });
    expect(shown.map(({ text, ephemeralFor }) => [text, ephemeralFor])).toEqual([['Done', mika]]);
  });
  expect(workspace.violations()).toEqual([]);
});

test('a pressed button arrives as it stands in the stored message', async () => {
  const workspace = await aWorkspace();
  const presses: unknown[] = [];
  const app = await aBoltApp(workspace, (bolt) => {
    bolt.action('k1.pause', async ({ ack, body, action, client }) => {
      await ack();
      presses.push({ body, action });
      const container = 'container' in body ? body.container : null;
      await client.chat.update({
        channel: container?.channel_id,
        ts: container?.message_ts,
        text: 'Paused',
        blocks: [],
      });
    });
  });
  const channel = channelId(workspace);
  const posted = await app.client.chat.postMessage({ channel, text: 'Status', blocks: [aButton()] });

  const ts = posted.ts ?? '';
  await workspace.actions.press(userId(workspace), { channel, ts }, 'k1.pause');

  expect(presses).toMatchObject([
    {
      action: { type: 'button', action_id: 'k1.pause', value: 'k1:1:pause', block_id: expect.any(String) },
      body: {
        type: 'block_actions',
        team: { id: workspace.teamId },
        channel: { id: channel, name: 'kaggle' },
        container: { type: 'message', message_ts: ts, is_ephemeral: false },
        message: { ts, text: 'Status' },
        response_url: expect.stringContaining('/actions/'),
      },
    },
  ]);
  await eventually(() =>
    expect(workspace.message(channel, ts)).toMatchObject({ text: 'Paused', blocks: [] }),
  );
  await expect(workspace.actions.press(userId(workspace), { channel, ts }, 'k1.pause')).rejects.toThrow();
});

test('a mention is heard where the app is a member, and direct messages always', async () => {
  const workspace = await aWorkspace();
  const heard: unknown[] = [];
  const app = await aBoltApp(workspace, (bolt) => {
    bolt.event(
      'app_mention',
      async ({ event }) => void heard.push([event.type, event.text, event.thread_ts]),
    );
    bolt.message(async ({ message }) => void heard.push(['text' in message ? message.text : null]));
  });
  const mika = userId(workspace);
  const channel = channelId(workspace);

  await workspace.actions.say(mika, channel, '@kaggle status');
  expect(workspace.troubles()).toMatchObject([{ userId: mika, what: 'not_in_channel' }]);
  await app.client.conversations.join({ channel });
  const { ts } = await workspace.actions.say(mika, channel, 'hello');
  await workspace.actions.say(mika, channel, '@kaggle status', ts);
  await workspace.actions.say(mika, dmOf(workspace), 'what <is> running?');

  await eventually(() =>
    expect(heard).toEqual([
      ['app_mention', `<@${workspace.botUserId}> status`, ts],
      ['what &lt;is&gt; running?'],
    ]),
  );
});
