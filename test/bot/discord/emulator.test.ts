import { REST, Routes } from 'discord.js';
import { expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { startDiscordServer } from '../../support/discord/start-discord-server.ts';

/** The Discord of the tests is worth something only where it refuses what Discord refuses. */

async function begin(options: Parameters<typeof startDiscordServer>[0] = { rateLimits: false }) {
  const server = await startDiscordServer(options);
  const channelId = server.addChannel('kaggle');
  const rest = new REST({ api: server.apiUrl, version: '10', retries: 0, rejectOnRateLimit: () => true });
  rest.setToken(server.world.botToken);
  const post = (body: unknown) => rest.post(Routes.channelMessages(channelId), { body });
  return { server, channelId, rest, post };
}

const layout = 32_768;
const text = (content: string) => ({ type: 10, content });
const button = (custom_id: string, more: object = {}) => ({
  type: 2,
  style: 1,
  label: 'x',
  custom_id,
  ...more,
});
const row = (...components: object[]) => ({ type: 1, components });

const refused: [what: string, body: unknown, code: number][] = [
  ['an empty message', { content: '' }, 50_006],
  ['content of more than 2000 characters', { content: 'x'.repeat(2001) }, 50_035],
  ['an unknown field', { content: 'x', colour: 1 }, 50_035],
  ['content beside a layout', { content: 'x', flags: layout, components: [text('x')] }, 50_035],
  ['a layout without its flag', { components: [text('x')] }, 50_035],
  ['a layout with nothing in it', { flags: layout }, 50_006],
  [
    'more than 4000 characters of text',
    { flags: layout, components: [text('x'.repeat(3000)), text('x'.repeat(1001))] },
    50_035,
  ],
  [
    'more than 40 components',
    { flags: layout, components: Array.from({ length: 41 }, () => text('x')) },
    50_035,
  ],
  ['a custom id twice', { content: 'x', components: [row(button('a'), button('a'))] }, 50_035],
  ['a custom id of 101 characters', { content: 'x', components: [row(button('a'.repeat(101)))] }, 50_035],
  [
    'six buttons in a row',
    { content: 'x', components: [row(...'abcdef'.split('').map((id) => button(id)))] },
    50_035,
  ],
  [
    'a label of 81 characters',
    { content: 'x', components: [row(button('a', { label: 'x'.repeat(81) }))] },
    50_035,
  ],
  [
    'an unknown field of a button',
    { content: 'x', components: [row(button('a', { tooltip: 'x' }))] },
    50_035,
  ],
  [
    'a link with a custom id',
    { content: 'x', components: [row(button('a', { style: 5, url: 'https://e.example' }))] },
    50_035,
  ],
  [
    'a select with 26 options',
    {
      content: 'x',
      components: [
        row({
          type: 3,
          custom_id: 'a',
          options: Array.from({ length: 26 }, (_, n) => ({ label: `${n}`, value: `${n}` })),
        }),
      ],
    },
    50_035,
  ],
  [
    'a picture that is not attached',
    { flags: layout, components: [{ type: 12, items: [{ media: { url: 'attachment://no.png' } }] }] },
    50_035,
  ],
  ['a nonce of 26 characters', { content: 'x', nonce: 'n'.repeat(26) }, 50_035],
];

for (const [what, body, code] of refused) {
  test(`${what} is refused with ${code}`, async () => {
    const { post, server, channelId } = await begin();

    await expect(post(body)).rejects.toMatchObject({ code, status: 400 });

    expect(server.history(channelId)).toEqual([]);
  });
}

test('a wrong token, a missing user agent and an unknown address are refused', async () => {
  const { server, channelId, rest } = await begin();
  const address = `${server.apiUrl}/v10/channels/${channelId}`;
  const authorization = `Bot ${server.world.botToken}`;

  expect((await fetch(address, { headers: { authorization } })).status).toBe(403);
  const agent = { 'user-agent': 'DiscordBot (https://e.example, 1)' };
  expect((await fetch(address, { headers: { ...agent, authorization: 'Bot no' } })).status).toBe(401);
  expect((await fetch(address, { headers: { ...agent, authorization } })).status).toBe(200);
  await expect(rest.get('/nowhere')).rejects.toMatchObject({ status: 404 });
  await expect(rest.get(Routes.channelMessage(channelId, '1'))).rejects.toMatchObject({ code: 10_008 });
  await expect(rest.get(Routes.channel('1'))).rejects.toMatchObject({ code: 10_003 });
});

test('the layout of a message cannot be taken away again', async () => {
  const { rest, post, channelId, server } = await begin();
  const sent = (await post({ flags: layout, components: [text('x')] })) as { id: string };

  await expect(
    rest.patch(Routes.channelMessage(channelId, sent.id), {
      body: { flags: 0, content: 'x', components: [] },
    }),
  ).rejects.toMatchObject({ code: 50_035 });

  expect(server.history(channelId)[0]?.flags).toBe(layout);
});

test('the same nonce gives the same message for minutes, and only where that is asked for', async () => {
  const { server, channelId, post } = await begin();
  const first = (await post({ content: 'x', nonce: 'n', enforce_nonce: true })) as { id: string };

  await expect(post({ content: 'y', nonce: 'n', enforce_nonce: true })).resolves.toMatchObject({
    id: first.id,
  });
  await post({ content: 'z', nonce: 'n' });
  server.advance(10 * 60_000);
  await post({ content: 'late', nonce: 'n', enforce_nonce: true });

  expect(server.history(channelId).map(({ content }) => content)).toEqual(['x', 'z', 'late']);
});

test('five messages in five seconds, then a wait', async () => {
  const { server, post } = await begin({});
  const sent = await Promise.allSettled(Array.from({ length: 7 }, () => post({ content: 'x' })));
  expect(sent.filter(({ status }) => status === 'rejected')).toHaveLength(2);
  server.advance(6000);
  const raw = await fetch(`${server.apiUrl}/v10/users/@me`, {
    headers: {
      authorization: `Bot ${server.world.botToken}`,
      'user-agent': 'DiscordBot (https://e.example, 1)',
    },
  });
  expect(raw.headers.get('x-ratelimit-limit')).toBe('50');
});

test('one thread for a message; an archived one is not edited in, and wakes when written to', async () => {
  const { rest, post, channelId, server } = await begin();
  const { id } = (await post({ content: 'x' })) as { id: string };
  const body = { name: 'titanic', auto_archive_duration: 10_080 };
  await rest.post(Routes.threads(channelId, id), { body });
  await expect(rest.post(Routes.threads(channelId, id), { body })).rejects.toMatchObject({ code: 160_004 });
  const reply = (await rest.post(Routes.channelMessages(id), { body: { content: 'y' } })) as { id: string };
  const thread = server.world.channels.get(id);
  if (thread === undefined) throw new Error('no thread');

  thread.archived = true;
  await expect(
    rest.patch(Routes.channelMessage(id, reply.id), { body: { content: 'z' } }),
  ).rejects.toMatchObject({ code: 50_083 });
  await rest.post(Routes.channelMessages(id), { body: { content: 'awake' } });
  expect(thread.archived).toBe(false);
  thread.locked = true;
  await expect(rest.post(Routes.channelMessages(id), { body: { content: 'no' } })).rejects.toMatchObject({
    code: 160_005,
  });
});

test('an interaction is answered once, within three seconds, and by its token for fifteen minutes', async () => {
  const { server, channelId, rest } = await begin();
  server.world.commands = [
    {
      id: '1',
      version: '1',
      name: 'kaggle',
      description: 'x',
      options: [{ type: 1, name: 'list', description: 'x' }],
    },
  ];
  const mika = server.addUser({ name: 'mika' });
  const answer = (asked: { id: string }, body: unknown) => {
    const token = server.world.interactions.get(asked.id)?.token ?? '';
    return rest.post(Routes.interactionCallback(asked.id, token), { body, auth: false });
  };
  const follow = (asked: { id: string }) => {
    const token = server.world.interactions.get(asked.id)?.token ?? '';
    return rest.post(Routes.webhook(server.world.applicationId, token), {
      body: { content: 'y' },
      auth: false,
    });
  };
  const asked = server.actions.slash(mika, channelId, 'list');
  await expect(follow(asked)).rejects.toMatchObject({ code: 10_015 });
  await expect(answer(asked, { type: 5, data: { flags: layout } })).rejects.toMatchObject({ code: 50_035 });
  await answer(asked, { type: 5, data: { flags: 64 } });
  await expect(answer(asked, { type: 5, data: {} })).rejects.toMatchObject({ code: 40_060 });

  await follow(asked);
  expect(asked.messages()).toMatchObject([{ content: 'y', ephemeralFor: mika.id, isLoading: false }]);
  expect(server.history(channelId)).toEqual([]);
  const [hidden] = asked.messages();
  await expect(rest.get(Routes.channelMessage(channelId, hidden?.id ?? ''))).rejects.toMatchObject({
    code: 10_008,
  });
  server.advance(16 * 60_000);
  await expect(follow(asked)).rejects.toMatchObject({ code: 50_027 });

  const late = server.actions.slash(mika, channelId, 'list');
  server.advance(3100);
  await expect(answer(late, { type: 5 })).rejects.toMatchObject({ code: 10_062 });
});

for (const [intents, token, code] of [
  [1, 'wrong', 4004],
  [1 | (1 << 15), 'right', 4014],
  [0, 'right', 4013],
] as const) {
  test(`the gateway closes with ${code} on intents ${intents} and a ${token} token`, async () => {
    const { server } = await begin();
    const socket = new WebSocket(
      `${server.apiUrl.replace('http', 'ws').replace('/api', '')}/?v=10&encoding=json`,
    );
    const closed = new Promise<number>((resolve) => socket.on('close', resolve));
    const d = { token: token === 'right' ? server.world.botToken : token, intents, properties: {} };

    socket.once('message', () => socket.send(JSON.stringify({ op: 2, d })));

    await expect(closed).resolves.toBe(code);
  });
}
