import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { manifestScopes } from '../../../src/embedded/slack/setup.ts';
import { eventually } from '../../support/eventually.ts';
import {
  aBoltApp,
  aClient,
  acknowledgeAll,
  aRawSocket,
  aWorkspace,
  channelId,
  dmOf,
  userId,
} from './support.ts';

test('threads, broadcasts and metadata are read again as they were written', async () => {
  const workspace = await aWorkspace();
  const client = aClient(workspace);
  const channel = channelId(workspace);
  await client.conversations.join({ channel });
  const metadata = { event_type: 'kaggle_card', event_payload: { card_id: 'c1', rev: 1 } };

  const { ts: parent = '' } = await client.chat.postMessage({ channel, text: 'card', metadata });
  const { ts: reply = '' } = await client.chat.postMessage({ channel, text: 'reply', thread_ts: parent });
  const { ts: nested = '' } = await client.chat.postMessage({
    channel,
    text: 'new best',
    thread_ts: reply,
    reply_broadcast: true,
  });
  await client.chat.update({ channel, ts: parent, text: 'card 2' });

  const history = await client.conversations.history({ channel, include_all_metadata: true });
  const replies = await client.conversations.replies({ channel, ts: parent });
  expect(history.messages?.map(({ ts, text }) => [ts, text])).toEqual([
    [nested, 'new best'],
    [parent, 'card 2'],
  ]);
  expect(history.messages?.at(-1)).toMatchObject({
    metadata,
    reply_count: 2,
    edited: { ts: expect.any(String) },
  });
  expect(replies.messages?.map(({ text }) => text)).toEqual(['card 2', 'reply', 'new best']);
  expect(replies.messages?.at(0)).not.toHaveProperty('metadata');
  expect([parent, reply, nested]).toEqual([parent, reply, nested].toSorted());
  expect(workspace.messages({ channel }).map(({ text }) => text)).toEqual(['card 2', 'new best']);
  expect(workspace.messages({ channel, threadTs: parent })).toMatchObject([
    { ts: reply },
    { ts: nested, isBroadcast: true },
  ]);
});

test('a deleted parent leaves a placeholder, a lone message nothing', async () => {
  const workspace = await aWorkspace();
  const client = aClient(workspace);
  const channel = channelId(workspace);
  const { ts: parent = '' } = await client.chat.postMessage({ channel, text: 'parent' });
  const { ts: reply = '' } = await client.chat.postMessage({ channel, text: 'reply', thread_ts: parent });

  await client.chat.delete({ channel, ts: parent });
  await client.chat.delete({ channel, ts: reply });

  expect(workspace.message(channel, parent)).toMatchObject({ text: 'This message was deleted.' });
  expect(workspace.message(channel, reply)).toBeNull();
});

test('an update keeps the blocks that it does not name, and an empty list removes them', async () => {
  const workspace = await aWorkspace();
  const client = aClient(workspace);
  const channel = channelId(workspace);
  const { ts = '' } = await client.chat.postMessage({ channel, text: 'a', blocks: [{ type: 'divider' }] });

  await client.chat.update({ channel, ts, text: 'b' });
  expect(workspace.message(channel, ts)).toMatchObject({ text: 'b', blocks: [{ type: 'divider' }] });
  await client.chat.update({ channel, ts, text: 'c', blocks: [] });
  expect(workspace.message(channel, ts)).toMatchObject({ text: 'c', blocks: [] });
});

test('one person alone sees an ephemeral message, and pressing in it names no message', async () => {
  const workspace = await aWorkspace();
  const bodies: object[] = [];
  const app = await aBoltApp(workspace, (bolt) => {
    bolt.action('a', async ({ ack, body, respond }) => {
      await ack();
      bodies.push(body);
      await respond({ delete_original: true });
    });
  });
  const [mika, noor] = [userId(workspace), userId(workspace, 'noor')];
  const channel = channelId(workspace);
  const button = {
    type: 'button' as const,
    action_id: 'a',
    text: { type: 'plain_text' as const, text: 'A' },
  };
  const { message_ts: ts = '' } = await app.client.chat.postEphemeral({
    channel,
    user: mika,
    text: 'for you',
    blocks: [{ type: 'actions', elements: [button] }],
  });

  expect(workspace.messages({ channel, asUser: noor })).toEqual([]);
  expect(workspace.messages({ channel, asUser: mika })).toHaveLength(1);
  await expect(workspace.actions.press(noor, { channel, ts }, 'a')).rejects.toThrow();
  await workspace.actions.press(mika, { channel, ts }, 'a');

  expect(bodies).toMatchObject([{ container: { is_ephemeral: true, message_ts: ts } }]);
  expect(bodies[0]).not.toHaveProperty('message');
  await eventually(() => expect(workspace.messages({ channel, asUser: mika })).toEqual([]));
});

test('a response address answers five times within half an hour', async () => {
  let nowMs = Date.now();
  const workspace = await aWorkspace({ now: () => new Date(nowMs) });
  const urls: string[] = [];
  await aBoltApp(workspace, (app) => {
    app.command('/kaggle', async ({ ack, command }) => {
      urls.push(command.response_url);
      await ack({ response_type: 'in_channel', text: 'Started' });
    });
  });
  const channel = channelId(workspace);
  await workspace.actions.slash(userId(workspace), channel, '/kaggle', 'start “titanic” #lab @noor');
  await workspace.actions.slash(userId(workspace), channel, '/kaggle', 'start');
  const [first = '', second = ''] = urls;
  const answer = async (url: string, body: object) => {
    const response = await fetch(url, { method: 'POST', body: JSON.stringify(body) });
    return [response.status, await response.text()];
  };

  expect(workspace.messages({ channel }).slice(0, 2)).toMatchObject([
    {
      isBot: false,
      text: `/kaggle start “titanic” <#${channelId(workspace, 'lab')}|lab> <@${userId(workspace, 'noor')}|noor>`,
    },
    { isBot: true, text: 'Started' },
  ]);
  expect(await answer(first, { text: 'x', blocks: [{ type: 'marquee' }] })).toEqual([
    400,
    expect.stringContaining('invalid_blocks'),
  ]);
  for (let use = 2; use <= 5; use += 1) expect(await answer(first, { text: `${use}` })).toEqual([200, 'ok']);
  expect(await answer(first, { text: '6' })).toEqual([404, expect.stringContaining('used_url')]);
  nowMs += 30 * 60_000 + 1;
  expect(await answer(second, { text: 'late' })).toEqual([404, expect.stringContaining('expired_url')]);
});

test('commands that no app has, unknown channels and strangers to a channel are refused at once', async () => {
  const workspace = await aWorkspace();
  const mika = userId(workspace);

  await expect(workspace.actions.slash(mika, channelId(workspace), '/other', '')).rejects.toThrow();
  await expect(workspace.actions.slash(mika, 'C0', '/kaggle', '')).rejects.toThrow();
  await expect(workspace.actions.say(mika, dmOf(workspace, 'noor'), 'hi')).rejects.toThrow();
});

test('the app hears its own direct messages, new and changed', async () => {
  const workspace = await aWorkspace();
  const { socket, received } = await aRawSocket(workspace);
  acknowledgeAll(socket);
  const client = aClient(workspace);

  const { ts = '', channel = '' } = await client.chat.postMessage({
    channel: userId(workspace),
    text: 'Decide',
  });
  await client.chat.update({ channel, ts, text: 'Decided' });

  expect(channel).toBe(dmOf(workspace));
  await eventually(() => expect(received).toHaveLength(2));
  expect(received.map(({ payload }) => payload?.event)).toMatchObject([
    { type: 'message', text: 'Decide', bot_id: expect.any(String), channel_type: 'im' },
    { subtype: 'message_changed', message: { text: 'Decided' }, previous_message: { text: 'Decide' } },
  ]);
});

test('an archived channel is told to a member and takes no more messages', async () => {
  const workspace = await aWorkspace();
  const { socket, received } = await aRawSocket(workspace);
  acknowledgeAll(socket);
  const channel = channelId(workspace);
  workspace.actions.invite(channel);

  await workspace.actions.archive(userId(workspace), channel);

  expect(received[0]?.payload?.event).toMatchObject({ type: 'channel_archive', channel });
  await expect(aClient(workspace).chat.postMessage({ channel, text: 'x' })).rejects.toThrow('is_archived');
});

test('people are told apart: administrators, guests, strangers, and those who left', async () => {
  const workspace = await aWorkspace({ scopes: [...manifestScopes, 'users:read.email'] });
  const client = aClient(workspace);
  const guest = workspace.addUser({ name: 'guest', isGuest: true, isDeleted: true });
  const stranger = workspace.addUser({ name: 'stranger', teamId: 'T0STRANGER' });
  const group = workspace.addUserGroup('kaggle-leads', [userId(workspace)]);

  const { user: mika } = await client.users.info({ user: userId(workspace), include_locale: true });
  const { user: left } = await client.users.info({ user: guest.id });
  const { user: outside } = await client.users.info({ user: stranger.id });

  expect(mika).toMatchObject({
    is_admin: true,
    locale: 'ja-JP',
    tz: 'Asia/Tokyo',
    tz_offset: 32_400,
    profile: { email: 'mika@example.com' },
  });
  expect(left).toMatchObject({ deleted: true, is_restricted: true });
  expect(left).not.toHaveProperty('locale');
  expect(outside?.team_id).toBe('T0STRANGER');
  expect(await client.usergroups.users.list({ usergroup: group.id })).toMatchObject({
    users: [userId(workspace)],
  });
  expect(await client.usergroups.list()).toMatchObject({ usergroups: [{ handle: 'kaggle-leads' }] });
});

test('lists come in pages', async () => {
  const workspace = await aWorkspace();
  const client = aClient(workspace);
  const names: unknown[] = [];
  for await (const page of client.paginate('conversations.list', { limit: 1, types: 'public_channel' })) {
    names.push(Object(page).channels?.map(({ name }: { name: string }) => name));
  }

  expect(names).toEqual([['kaggle'], ['lab']]);
});

test('pins and bookmarks are kept, shown and refused twice', async () => {
  const workspace = await aWorkspace({ scopes: [...manifestScopes, 'bookmarks:write'] });
  const client = aClient(workspace);
  const channel = channelId(workspace);
  await client.conversations.join({ channel });
  const { ts = '' } = await client.chat.postMessage({ channel, text: 'board' });

  await client.pins.add({ channel, timestamp: ts });
  const link = { channel_id: channel, title: 'Board', type: 'link' as const, link: 'https://example.com' };
  const { bookmark } = await client.bookmarks.add(link);
  const edit = {
    channel_id: channel,
    bookmark_id: Object(bookmark).id,
    title: 'All',
    link: 'https://example.com/all',
  };
  await client.bookmarks.edit(edit);

  expect(workspace.message(channel, ts)?.isPinned).toBe(true);
  expect(workspace.bookmarks(channel)).toMatchObject([{ title: 'All', link: 'https://example.com/all' }]);
  await expect(client.pins.add({ channel, timestamp: ts })).rejects.toThrow('already_pinned');
  await client.pins.remove({ channel, timestamp: ts });
  expect(workspace.message(channel, ts)?.isPinned).toBe(false);
});

test('a scheduled message is posted when it is due, unless it was taken back', async () => {
  let nowMs = Date.now();
  const workspace = await aWorkspace({ now: () => new Date(nowMs) });
  const client = aClient(workspace);
  const channel = channelId(workspace);
  const post_at = Math.floor(nowMs / 1000) + 60;
  await client.chat.scheduleMessage({ channel, text: 'digest', post_at });
  const { scheduled_message_id = '' } = await client.chat.scheduleMessage({
    channel,
    text: 'never',
    post_at,
  });
  await client.chat.deleteScheduledMessage({ channel, scheduled_message_id });
  expect(await client.chat.scheduledMessages.list()).toMatchObject({
    scheduled_messages: [{ text: 'digest' }],
  });

  nowMs += 61_000;

  await eventually(() =>
    expect(workspace.messages({ channel })).toMatchObject([{ text: 'digest', isBot: true }]),
  );
});

test('a permalink names channel, message and thread', async () => {
  const workspace = await aWorkspace({ publicUrl: 'http://127.0.0.1:4780' });
  const client = aClient(workspace);
  const channel = channelId(workspace);
  const { ts = '' } = await client.chat.postMessage({ channel, text: 'card' });

  const { permalink } = await client.chat.getPermalink({ channel, message_ts: ts });

  expect(permalink).toBe(`http://127.0.0.1:4780/archives/${channel}/p${ts.replace('.', '')}`);
});

test('the scopes are those of the manifest where none are named, and events keep to them', async () => {
  const manifest = JSON.parse(
    await readFile(new URL('../../../deploy/slack-manifest.json', import.meta.url), 'utf8'),
  );
  const workspace = await aWorkspace({ scopes: ['app_mentions:read', 'chat:write'] });
  const { socket, received } = await aRawSocket(workspace);
  acknowledgeAll(socket);
  workspace.actions.invite(channelId(workspace));

  await workspace.actions.say(userId(workspace), dmOf(workspace), 'unheard');
  await workspace.actions.say(userId(workspace), channelId(workspace), '@kaggle heard');

  expect(manifestScopes.toSorted()).toEqual(manifest.oauth_config.scopes.bot.toSorted());
  await eventually(() => expect(received).toHaveLength(1));
  expect(received[0]?.payload?.event).toMatchObject({ type: 'app_mention' });
  await expect(
    workspace.actions.slash(userId(workspace), channelId(workspace), '/kaggle', ''),
  ).rejects.toThrow();
});
