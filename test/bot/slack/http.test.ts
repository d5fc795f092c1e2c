import { createHmac } from 'node:crypto';
import { expect, test } from 'vitest';
import type { SlackWorkspace } from '../../../src/embedded/slack/contract.ts';
import { eventually } from '../../support/eventually.ts';
import { startTinyServer } from '../../support/tiny-server.ts';
import { openSlack, type SlackKit, wordsOf } from './slack-kit.ts';

type HttpKit = SlackKit & {
  url: string;
  /** A request of Slack as somebody else could send it again, or change. */
  send: (request: {
    body: string;
    secondsAgo?: number;
    secret?: string;
    headers?: Record<string, string>;
  }) => Promise<Response>;
};

/** A workspace that calls the app by HTTP, through a public address as a proxy has it. */
async function openHttp(): Promise<HttpKit> {
  let port = 0;
  const proxy = await startTinyServer(async ({ method, path, headers, body }, response) => {
    const forwarded = Object.entries(headers).flatMap(([name, value]) =>
      typeof value === 'string' && !['host', 'connection', 'content-length'].includes(name)
        ? [[name, value]]
        : [],
    );
    const answer = await fetch(`http://127.0.0.1:${port}${path}`, {
      method,
      headers: Object.fromEntries(forwarded),
      ...(body.length === 0 ? {} : { body: new Uint8Array(body) }),
    });
    response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? 'text/plain' });
    response.end(Buffer.from(await answer.arrayBuffer()));
  });
  const url = `${proxy.url}/slack/events`;
  const secretOf = (workspace: SlackWorkspace) => ({ reveal: () => workspace.signingSecret });
  const kit = await openSlack({
    workspace: { requestUrl: url },
    settings: (workspace) => ({ appToken: null, signingSecret: secretOf(workspace) }),
  });
  port = kit.slack.port() ?? 0;
  const send: HttpKit['send'] = ({
    body,
    secondsAgo = 0,
    secret = kit.workspace.signingSecret,
    headers = {},
  }) => {
    const stamp = String(Math.floor(Date.now() / 1_000) - secondsAgo);
    const digest = createHmac('sha256', secret).update(`v0:${stamp}:${body}`).digest('hex');
    return fetch(url, {
      method: 'POST',
      body,
      headers: {
        'content-type': 'application/x-www-form-urlencoded',
        'x-slack-request-timestamp': stamp,
        'x-slack-signature': `v0=${digest}`,
        ...headers,
      },
    });
  };
  return { ...kit, url, send };
}

function aCommand(kit: SlackKit, text: string): string {
  return new URLSearchParams({
    command: '/kaggle',
    text,
    user_id: kit.idOf('ken'),
    team_id: kit.workspace.teamId,
    channel_id: kit.home,
    channel_name: 'kaggle',
    trigger_id: 'x',
    api_app_id: 'A1',
  }).toString();
}

const typed = (kit: SlackKit) =>
  kit.brought.flatMap(({ name, input }) => (name === 'command' ? [String(input.text)] : []));

test('over HTTP commands, buttons and events work as over the socket', async () => {
  const kit = await openHttp();

  const ack = await kit.workspace.actions.slash(kit.idOf('ken'), kit.home, '/kaggle', 'help');
  await eventually(() => expect(wordsOf(kit.seenBy('ken').at(-1))).toContain('you typed help'));
  await kit.workspace.actions.say(kit.idOf('ken'), kit.home, `<@${kit.workspace.botUserId}> list`);

  expect(ack).toMatchObject({ isAcknowledged: true });
  await eventually(() => expect(typed(kit)).toEqual(['help', 'list']));
  expect(kit.workspace.connections()).toBe(0);
  expect(await kit.slack.check(AbortSignal.timeout(20_000))).toMatchObject({
    status: 'ok',
    message: expect.stringContaining('by HTTP'),
  });
});

test.each(['wrong', 'missing', 'stale'] as const)(
  'a request whose signature is %s is refused',
  async (how) => {
    const kit = await openHttp();
    const payload = Object.fromEntries(new URLSearchParams(aCommand(kit, 'pause titanic')));

    const { status } = await kit.workspace.deliverRaw(payload, 'slash_commands', how);

    expect(status).toBe(401);
    expect(kit.brought).toEqual([]);
  },
);

test('a request that comes a second time, from the future or for another secret is refused', async () => {
  const kit = await openHttp();
  const body = aCommand(kit, 'pause titanic');

  expect((await kit.send({ body })).status).toBe(200);
  expect((await kit.send({ body })).status).toBe(401);
  expect((await kit.send({ body: aCommand(kit, 'future'), secondsAgo: -120 })).status).toBe(401);
  expect((await kit.send({ body: aCommand(kit, 'old'), secondsAgo: 400 })).status).toBe(401);
  expect((await kit.send({ body: aCommand(kit, 'other'), secret: 'guess' })).status).toBe(401);

  await eventually(() => expect(typed(kit)).toEqual(['pause titanic']));
});

test('what a proxy or a stranger may send besides is answered calmly', async () => {
  const kit = await openHttp();
  const charset = { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' };

  expect((await kit.send({ body: aCommand(kit, 'list'), headers: charset })).status).toBe(200);
  expect(
    (
      await kit.send({
        body: '{"type":"url_verification","challenge":"abc"}',
        headers: { 'content-type': 'application/json' },
      })
    ).status,
  ).toBe(200);
  expect((await fetch(kit.url, { method: 'POST', body: 'ssl_check=1', headers: charset })).status).toBe(200);
  expect((await fetch(kit.url)).status).toBe(404);
  expect((await fetch(new URL('/admin', kit.url), { method: 'POST' })).status).toBe(404);
  expect((await kit.send({ body: 'payload={', headers: charset })).status).toBe(400);
  expect((await kit.send({ body: 'x'.repeat(1_100_000) })).status).toBe(413);

  await eventually(() => expect(typed(kit)).toEqual(['list']));
});

test('a smuggled command beside the check of the certificate is not read', async () => {
  const kit = await openHttp();

  const answer = await fetch(kit.url, {
    method: 'POST',
    body: `ssl_check=1&${aCommand(kit, 'stop titanic')}`,
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
  });

  expect(answer.status).toBe(200);
  expect(typed(kit)).toEqual([]);
});

test('a taken port is said at the start', async () => {
  const other = await startTinyServer((_, response) => void response.end());
  const kit = await openSlack({
    isStarted: false,
    settings: {
      appToken: null,
      signingSecret: { reveal: () => 's' },
      httpPort: Number(new URL(other.url).port),
    },
  });

  await expect(kit.slack.start()).rejects.toMatchObject({ kind: 'configuration', code: 'slack.port_taken' });
});
