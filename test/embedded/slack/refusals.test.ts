import { request } from 'node:http';
import { expect, test } from 'vitest';
import type { SlackWorkspace } from '../../../src/embedded/slack/contract.ts';
import { aClient, aWorkspace, channelId, dmOf, userId } from './support.ts';

type Call = { method: string; args: Record<string, unknown>; token?: string };

/** What the API answers, read as the real client reads it. */
async function errorOf(
  workspace: SlackWorkspace,
  { method, args, token }: Call,
): Promise<Record<string, unknown>> {
  const failure: unknown = await aClient(workspace, token)
    .apiCall(method, args)
    .then(
      () => ({ data: { error: null } }),
      (error: unknown) => error,
    );
  return typeof failure === 'object' && failure !== null && 'data' in failure ? Object(failure.data) : {};
}

const section = (text: string) => ({ type: 'section', text: { type: 'mrkdwn', text } });

test.for<[string, (workspace: SlackWorkspace) => Call, string]>([
  ['an unknown method', () => ({ method: 'chat.shout', args: {} }), 'unknown_method'],
  ['a name of every object', () => ({ method: 'constructor', args: {} }), 'unknown_method'],
  ['a wrong token', () => ({ method: 'auth.test', args: {}, token: 'xoxb-wrong' }), 'invalid_auth'],
  [
    "the app's token where the bot's is due",
    ({ appToken }) => ({ method: 'users.list', args: {}, token: appToken }),
    'not_allowed_token_type',
  ],
  [
    "the bot's token where the app's is due",
    ({ botToken }) => ({ method: 'apps.connections.open', args: {}, token: botToken }),
    'not_allowed_token_type',
  ],
  [
    'an unknown channel',
    () => ({ method: 'chat.postMessage', args: { channel: 'C0', text: 'x' } }),
    'channel_not_found',
  ],
  [
    'a private channel of others',
    (workspace) => ({
      method: 'chat.postMessage',
      args: { channel: workspace.addChannel({ name: 'secret', isPrivate: true }).id, text: 'x' },
    }),
    'channel_not_found',
  ],
  [
    'an archived channel',
    (workspace) => ({
      method: 'chat.postMessage',
      args: { channel: workspace.addChannel({ name: 'old', isArchived: true }).id, text: 'x' },
    }),
    'is_archived',
  ],
  [
    'a message of nothing',
    (w) => ({ method: 'chat.postMessage', args: { channel: channelId(w) } }),
    'no_text',
  ],
  [
    'markdown beside text',
    (w) => ({ method: 'chat.postMessage', args: { channel: channelId(w), text: 'x', markdown_text: 'x' } }),
    'markdown_text_conflict',
  ],
  [
    'markdown that is too long',
    (w) => ({
      method: 'chat.postMessage',
      args: { channel: channelId(w), markdown_text: 'x'.repeat(12_001) },
    }),
    'msg_too_long',
  ],
  [
    'a thread that is not there',
    (w) => ({
      method: 'chat.postMessage',
      args: { channel: channelId(w), text: 'x', thread_ts: '1.000001' },
    }),
    'thread_not_found',
  ],
  [
    'blocks that are no list',
    (w) => ({ method: 'chat.postMessage', args: { channel: channelId(w), text: 'x', blocks: '{"a"' } }),
    'invalid_blocks_format',
  ],
  [
    'blocks that are too long together',
    (w) => ({
      method: 'chat.postMessage',
      args: {
        channel: channelId(w),
        text: 'x',
        blocks: Array.from({ length: 5 }, () => section('x'.repeat(2700))),
      },
    }),
    'msg_blocks_too_long',
  ],
  [
    'metadata that is no object',
    (w) => ({ method: 'chat.postMessage', args: { channel: channelId(w), text: 'x', metadata: 'card' } }),
    'invalid_metadata_format',
  ],
  [
    'metadata without a payload',
    (w) => ({
      method: 'chat.postMessage',
      args: { channel: channelId(w), text: 'x', metadata: { event_type: 'card' } },
    }),
    'invalid_metadata_schema',
  ],
  [
    'metadata that is nested too deep',
    (w) => ({
      method: 'chat.postMessage',
      args: {
        channel: channelId(w),
        text: 'x',
        metadata: { event_type: 'card', event_payload: { a: { b: { c: 1 } } } },
      },
    }),
    'invalid_metadata_schema',
  ],
  [
    'metadata that is too large',
    (w) => ({
      method: 'chat.postMessage',
      args: {
        channel: channelId(w),
        text: 'x',
        metadata: { event_type: 'card', event_payload: { a: 'x'.repeat(16_001) } },
      },
    }),
    'metadata_too_large',
  ],
  [
    'an update of nothing',
    (w) => ({ method: 'chat.update', args: { channel: channelId(w), ts: '1.000001', text: 'x' } }),
    'message_not_found',
  ],
  [
    'a private word to nobody',
    (w) => ({ method: 'chat.postEphemeral', args: { channel: channelId(w), user: 'U0', text: 'x' } }),
    'user_not_found',
  ],
  [
    'a private word to somebody outside',
    (w) => ({ method: 'chat.postEphemeral', args: { channel: dmOf(w), user: userId(w, 'noor'), text: 'x' } }),
    'user_not_in_channel',
  ],
  [
    'a message in the past',
    (w) => ({ method: 'chat.scheduleMessage', args: { channel: channelId(w), text: 'x', post_at: 1 } }),
    'time_in_past',
  ],
  [
    'a message too far ahead',
    (w) => ({
      method: 'chat.scheduleMessage',
      args: { channel: channelId(w), text: 'x', post_at: Math.ceil(Date.now() / 1000) + 121 * 24 * 3600 },
    }),
    'time_too_far',
  ],
  [
    'history of a channel it is not in',
    (w) => ({ method: 'conversations.history', args: { channel: channelId(w) } }),
    'not_in_channel',
  ],
  ['an unknown person', () => ({ method: 'users.info', args: { user: 'U0' } }), 'user_not_found'],
  [
    'an unknown group',
    () => ({ method: 'usergroups.users.list', args: { usergroup: 'S0' } }),
    'no_such_subteam',
  ],
  [
    'a direct message to nobody',
    () => ({ method: 'conversations.open', args: {} }),
    'users_list_not_supplied',
  ],
  [
    'a pin where it is not a member',
    (w) => ({ method: 'pins.add', args: { channel: channelId(w), timestamp: '1.000001' } }),
    'not_in_channel',
  ],
  ['a view without a trigger', () => ({ method: 'views.open', args: { view: {} } }), 'invalid_arguments'],
  [
    'a trigger that nobody gave',
    () => ({
      method: 'views.open',
      args: {
        trigger_id: '1.2.3',
        view: { type: 'modal', title: { type: 'plain_text', text: 'x' }, blocks: [] },
      },
    }),
    'invalid_trigger_id',
  ],
  [
    'an update of a view that is not open',
    () => ({
      method: 'views.update',
      args: { view_id: 'V0', view: { type: 'modal', title: { type: 'plain_text', text: 'x' }, blocks: [] } },
    }),
    'not_found',
  ],
])('%s is refused', async ([, makeCall, expected]) => {
  const workspace = await aWorkspace();

  expect(await errorOf(workspace, makeCall(workspace))).toMatchObject({ ok: false, error: expected });
});

test('a missing argument is named', async () => {
  const workspace = await aWorkspace();

  const answer = await errorOf(workspace, { method: 'chat.postMessage', args: { text: 'x' } });

  expect(answer).toMatchObject({
    error: 'invalid_arguments',
    response_metadata: { messages: ['[ERROR] missing required field: channel'] },
  });
});

test('a missing scope is named beside those there are', async () => {
  const workspace = await aWorkspace({ scopes: ['chat:write', 'users:read'] });

  const refused = await errorOf(workspace, { method: 'usergroups.list', args: {} });
  const outside = await errorOf(workspace, {
    method: 'chat.postMessage',
    args: { channel: channelId(workspace), text: 'x' },
  });

  expect(refused).toMatchObject({
    error: 'missing_scope',
    needed: 'usergroups:read',
    provided: 'chat:write,users:read',
  });
  expect(outside).toMatchObject({ error: 'not_in_channel' });
});

test('only its own messages can be updated and deleted', async () => {
  const workspace = await aWorkspace();
  const channel = channelId(workspace);
  const { ts } = await workspace.actions.say(userId(workspace), channel, 'mine');
  const { message_ts } = await aClient(workspace).chat.postEphemeral({
    channel,
    user: userId(workspace),
    text: 'for you',
  });

  const update = await errorOf(workspace, { method: 'chat.update', args: { channel, ts, text: 'yours' } });
  const removal = await errorOf(workspace, { method: 'chat.delete', args: { channel, ts } });
  const hidden = await errorOf(workspace, {
    method: 'chat.update',
    args: { channel, ts: message_ts, text: 'x' },
  });

  expect([update.error, removal.error, hidden.error]).toEqual([
    'cant_update_message',
    'cant_delete_message',
    'message_not_found',
  ]);
});

test('an update is shorter than a post, which is cut off', async () => {
  const workspace = await aWorkspace();
  const client = aClient(workspace);
  const channel = channelId(workspace);

  const { ts = '', response_metadata } = await client.chat.postMessage({ channel, text: 'x'.repeat(40_001) });
  const answer = await errorOf(workspace, {
    method: 'chat.update',
    args: { channel, ts, text: 'x'.repeat(4001) },
  });

  expect(workspace.message(channel, ts)?.text).toHaveLength(40_000);
  expect(response_metadata?.warnings).toEqual(['message_truncated']);
  expect(answer.error).toBe('msg_too_long');
});

test.for<[string, RequestInit, string]>([
  ['no token', { method: 'POST', headers: {} }, 'not_authed'],
  [
    'a token in JSON',
    {
      method: 'POST',
      headers: { 'content-type': 'application/json; charset=utf-8' },
      body: '{"token":"xoxb"}',
    },
    'not_authed',
  ],
  [
    'broken JSON',
    { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{' },
    'invalid_json',
  ],
  [
    'a JSON list',
    { method: 'POST', headers: { 'content-type': 'application/json' }, body: '[]' },
    'json_not_object',
  ],
  [
    'another type',
    { method: 'POST', headers: { 'content-type': 'text/xml' }, body: '<a/>' },
    'invalid_post_type',
  ],
  [
    'another charset',
    { method: 'POST', headers: { 'content-type': 'application/json; charset=utf-16' }, body: '{}' },
    'invalid_charset',
  ],
])('a call with %s is refused', async ([, init, expected]) => {
  const workspace = await aWorkspace();

  const response = await fetch(`${workspace.apiUrl}auth.test`, init);

  expect(await response.json()).toMatchObject({ ok: false, error: expected });
});

test('JSON bodies work, with a word about a missing charset', async () => {
  const workspace = await aWorkspace();

  const response = await fetch(`${workspace.apiUrl}chat.postMessage`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${workspace.botToken}` },
    body: JSON.stringify({ channel: channelId(workspace), text: 'a < b & <@U1>', blocks: null }),
  });

  expect(await response.json()).toMatchObject({
    ok: true,
    warning: 'missing_charset',
    message: { text: 'a &lt; b &amp; <@U1>', bot_id: expect.any(String) },
  });
});

test('a page of another origin or under another name gets nothing', async () => {
  const workspace = await aWorkspace();
  const { port } = new URL(workspace.apiUrl);

  const foreign = await fetch(`${workspace.apiUrl}auth.test`, {
    method: 'POST',
    headers: { origin: 'https://evil.example', authorization: `Bearer ${workspace.botToken}` },
  });
  const renamed = await new Promise<number | undefined>((resolve, reject) => {
    const sent = request(
      { host: '127.0.0.1', port, path: '/api/auth.test', method: 'POST', headers: { host: 'evil.example' } },
      (response) => resolve(response.resume().statusCode),
    );
    sent.on('error', reject).end();
  });

  expect([foreign.status, renamed]).toEqual([403, 403]);
});
