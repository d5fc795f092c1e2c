import { once } from 'node:events';
import { ErrorCode } from '@slack/web-api';
import { expect, test, vi } from 'vitest';
import { WebSocket } from 'ws';
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

test('rates are those of each method and channel, with a hint when to come back', async () => {
  let nowMs = Date.now();
  const workspace = await aWorkspace({ rateLimits: 1, now: () => new Date(nowMs) });
  const client = aClient(workspace);
  const channel = channelId(workspace);
  const post = (to = channel) => client.chat.postMessage({ channel: to, text: 'x' });

  for (let count = 0; count < 3; count += 1) await post();
  await expect(post()).rejects.toMatchObject({ code: ErrorCode.RateLimitedError, retryAfter: 1 });
  await expect(post(channelId(workspace, 'lab'))).resolves.toMatchObject({ ok: true });
  nowMs += 1000;
  const { ts = '' } = await post();

  const edit = () => client.chat.update({ channel, ts, text: 'y' });
  for (let count = 0; count < 50; count += 1) await edit();
  await expect(edit()).rejects.toMatchObject({ retryAfter: 2 });
  nowMs += 2000;
  await expect(edit()).resolves.toMatchObject({ ok: true });
});

test('faults on purpose: too many calls, a broken server, an answer that is lost', async () => {
  const workspace = await aWorkspace();
  const client = aClient(workspace);
  const channel = channelId(workspace);
  const post = () => client.chat.postMessage({ channel, text: 'x' });

  workspace.faults.rateLimit({ method: 'chat.postMessage', count: 1, retryAfterSeconds: 7 });
  await expect(post()).rejects.toMatchObject({ retryAfter: 7 });
  workspace.faults.fail({ method: null, count: 1, status: 503 });
  await expect(post()).rejects.toMatchObject({ code: ErrorCode.HTTPError, statusCode: 503 });
  expect(workspace.messages({ channel })).toHaveLength(0);
  workspace.faults.dropAfterEffect({ method: 'chat.postMessage', count: 1 });
  await expect(post()).rejects.toMatchObject({ code: ErrorCode.RequestError });
  expect(workspace.messages({ channel })).toHaveLength(1);
  await post();
  expect(workspace.calls().map(({ error }) => error)).toEqual(['ratelimited', 'http_503', null, null]);
});

test('refusals on purpose, and faults of response addresses and uploads', async () => {
  const workspace = await aWorkspace();
  const client = aClient(workspace);
  await aBoltApp(workspace, (app) => {
    app.command('/kaggle', async ({ ack, respond }) => {
      await ack();
      await respond('lost').catch(() => respond('shown'));
    });
  });
  const channel = channelId(workspace);

  workspace.faults.refuse({ method: 'usergroups.list', count: 1, error: 'plan_upgrade_required' });
  await expect(client.usergroups.list()).rejects.toThrow('plan_upgrade_required');
  await expect(client.usergroups.list()).resolves.toMatchObject({ ok: true });
  workspace.faults.fail({ method: 'upload', count: 1, status: 500 });
  await expect(client.files.uploadV2({ file: Buffer.from('x'), filename: 'a.txt' })).rejects.toThrow();
  workspace.faults.fail({ method: 'response_url', count: 1, status: 500 });
  await workspace.actions.slash(userId(workspace), channel, '/kaggle', 'help');
  await eventually(() => expect(workspace.messages({ channel })).toMatchObject([{ text: 'shown' }]));
});

test('without a connection and without an acknowledgement the person sees a failure', async () => {
  const workspace = await aWorkspace();
  const mika = userId(workspace);
  const channel = channelId(workspace);
  const unheard = await workspace.actions.slash(mika, channel, '/kaggle', 'help');
  const { received } = await aRawSocket(workspace);

  const late = await workspace.actions.slash(mika, channel, '/kaggle', 'help');

  expect(unheard).toMatchObject({ isAcknowledged: false, elapsedMs: 0 });
  expect(late.isAcknowledged).toBe(false);
  expect(late.elapsedMs).toBeGreaterThan(2900);
  expect(workspace.troubles()).toMatchObject([{ what: 'dispatch_failed' }, { what: 'operation_timeout' }]);
  expect(received).toMatchObject([{ type: 'slash_commands', accepts_response_payload: true }]);
});

test('acknowledging twice or for nothing is a breach of the protocol', async () => {
  const workspace = await aWorkspace();
  const { socket } = await aRawSocket(workspace);
  socket.on('message', (data) => {
    const { envelope_id } = JSON.parse(String(data));
    for (let count = 0; count < 2; count += 1) socket.send(JSON.stringify({ envelope_id, payload: {} }));
    socket.send(JSON.stringify({ envelope_id: 'other', payload: {} }));
    socket.send('nonsense');
  });

  await workspace.actions.slash(userId(workspace), channelId(workspace), '/kaggle', 'help');

  await eventually(() =>
    expect(workspace.violations().map(({ what }) => what)).toEqual([
      'second_acknowledgement',
      'unknown_envelope',
      'not_an_acknowledgement',
    ]),
  );
});

test.for([undefined, 'refresh_requested', 'link_disabled', 'warning'] as const)(
  'the real app comes back after its connection ended (%s)',
  async (reason) => {
    const workspace = await aWorkspace();
    await aBoltApp(workspace, (app) => app.command('/kaggle', async ({ ack }) => ack()));
    const opened = () => workspace.calls().filter(({ method }) => method === 'apps.connections.open').length;

    workspace.faults.dropSockets(reason);

    await vi.waitFor(() => expect(opened()).toBeGreaterThan(1), { timeout: 20_000 });
    await vi.waitFor(() => expect(workspace.connections()).toBe(1), { timeout: 20_000 });
    const result = await workspace.actions.slash(userId(workspace), channelId(workspace), '/kaggle', 'help');
    expect(result.isAcknowledged).toBe(true);
  },
);

test('in an outage nothing answers, and afterwards all is as before', async () => {
  const workspace = await aWorkspace();
  const client = aClient(workspace);

  workspace.faults.outage(true);
  await expect(client.auth.test()).rejects.toMatchObject({ code: ErrorCode.RequestError });
  workspace.faults.outage(false);

  await expect(client.auth.test()).resolves.toMatchObject({ ok: true, user_id: workspace.botUserId });
});

test('an event that comes twice says so the second time', async () => {
  const workspace = await aWorkspace();
  const heard: unknown[] = [];
  await aBoltApp(workspace, (app) => {
    app.message(async ({ body, context }) => void heard.push([body.event_id, context.retryNum]));
  });

  workspace.faults.duplicateNextEvent();
  await workspace.actions.say(userId(workspace), dmOf(workspace), 'hello');

  await eventually(() => expect(heard).toHaveLength(2));
  const [first, second] = heard.map((entry) => (Array.isArray(entry) ? entry : []));
  expect([first?.[0], first?.[1] ?? 0, second?.[1]]).toEqual([second?.[0], 0, 1]);
});

test('an event that nobody took comes again', async () => {
  const workspace = await aWorkspace({ eventRetryDelaysMs: Array.from({ length: 50 }, () => 300) });
  await workspace.actions.say(userId(workspace), dmOf(workspace), 'hello');
  const heard: unknown[] = [];

  await aBoltApp(workspace, (app) => app.message(async ({ context }) => void heard.push(context.retryNum)));

  await vi.waitFor(() => expect(heard).toEqual([expect.any(Number)]), { timeout: 20_000 });
  expect(heard[0]).toBeGreaterThan(0);
});

test('revoked tokens end the connection and every call', async () => {
  const workspace = await aWorkspace();
  const { socket, received } = await aRawSocket(workspace);
  acknowledgeAll(socket);

  workspace.faults.revokeTokens();

  await eventually(() => expect(received.map(({ type }) => type)).toEqual(['events_api', 'disconnect']));
  expect(received[0]?.payload?.event?.type).toBe('tokens_revoked');
  await expect(aClient(workspace).auth.test()).rejects.toThrow('token_revoked');
  workspace.faults.restoreTokens();
  await expect(aClient(workspace).auth.test()).resolves.toMatchObject({ ok: true });
});

test('a connection needs a ticket, and each ticket is for one', async () => {
  const workspace = await aWorkspace();
  const { url = '' } = await aClient(workspace, workspace.appToken).apps.connections.open();
  const first = new WebSocket(url);
  await once(first, 'message');

  const second = new WebSocket(url);
  const [error] = await once(second, 'error');

  expect(String(error)).toContain('408');
});

test('a forged payload travels as it is', async () => {
  const workspace = await aWorkspace();
  const seen: unknown[] = [];
  await aBoltApp(workspace, (app) => {
    app.action('k1.approve', async ({ ack, body }) => {
      seen.push(body.user.id);
      await ack();
    });
  });

  const forged = {
    type: 'block_actions',
    user: { id: 'U0FORGED' },
    team: { id: 'T0OTHER', domain: 'other' },
    actions: [{ type: 'button', action_id: 'k1.approve', block_id: 'b', value: 'k1:x:approve' }],
  };
  const { isAcknowledged } = await workspace.deliverRaw(forged, 'interactive');

  expect([isAcknowledged, seen]).toEqual([true, ['U0FORGED']]);
});
