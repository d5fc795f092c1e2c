import { readFile } from 'node:fs/promises';
import { expect, onTestFinished, test } from 'vitest';
import { createConnection } from '../../../src/bot/discord/connection.ts';
import { textOf } from '../../support/discord/user-actions.ts';
import { eventually } from '../../support/eventually.ts';
import { silentLog } from '../../support/silent-log.ts';
import { startDiscord } from './kit.ts';

async function connected(options: Parameters<typeof startDiscord>[0] = {}) {
  const started = await startDiscord(options);
  await eventually(() => expect(started.server.world.commands).toHaveLength(1));
  return { ...started, mika: started.server.addUser({ name: 'mika' }) };
}

for (const how of ['cut', 'reconnect'] as const) {
  test(`a connection that ends (${how}) is resumed: what was done meanwhile is carried out once`, async () => {
    const { server, channelId, mika, heard, says } = await connected();
    const before = server.actions.slash(mika, channelId, 'list');
    await eventually(() => expect(before.messages().map(textOf)).toEqual(['### did: list']));

    server.faults.dropSockets(how);
    const during = server.actions.slash(mika, channelId, 'help');

    await eventually(() => expect(during.messages().map(textOf)).toEqual(['### did: help']));
    const after = server.actions.slash(mika, channelId, 'config');
    await eventually(() => expect(after.messages().map(textOf)).toEqual(['### did: config']));
    expect(heard.map((one) => one.kind === 'command' && one.text)).toEqual(['list', 'help', 'config']);
    expect(server.gateway.counts).toMatchObject({ identified: 1, resumed: 1 });
    expect(says).toBeDefined();
  });
}

test('a session that is over is begun anew', async () => {
  const { server, channelId, mika } = await connected();

  server.faults.dropSockets('invalid');
  await eventually(() => expect(server.gateway.counts.identified).toBe(2));
  const asked = server.actions.slash(mika, channelId, 'list');

  await eventually(() => expect(asked.messages()).toHaveLength(1));
});

test('what Discord tells twice is carried out once', async () => {
  const { server, channelId, mika, heard } = await connected();
  server.faults.duplicateNextInteraction();

  const asked = server.actions.slash(mika, channelId, 'pause', { competition: 'titanic' });

  await eventually(() => expect(asked.messages().map(textOf)).toEqual(['### did: pause titanic']));
  expect(heard).toHaveLength(1);
});

test('two agents with one token: one carries it out, the other keeps still', async () => {
  const { server, channelId, mika, heard, open } = await connected();
  await open().start();

  const asked = server.actions.slash(mika, channelId, 'pause', { competition: 'titanic' });

  await eventually(() => expect(asked.messages().map(textOf)).toEqual(['### did: pause titanic']));
  await eventually(() => {
    const callbacks = server.calls.filter(({ path }) => path.endsWith('/callback'));
    expect(callbacks.map(({ status }) => status).toSorted()).toEqual([204, 400]);
  });
  expect(heard).toHaveLength(1);
});

test('what comes too late to be acknowledged is not done behind the back of whoever saw it fail', async () => {
  const { server, channelId, mika, heard, lines } = await connected();
  server.faults.dropSockets('cut');

  server.actions.slash(mika, channelId, 'pause', { competition: 'titanic' });
  server.advance(4000);

  await eventually(() =>
    expect(lines.map(({ message }) => message)).toContain('Discord interaction came too late'),
  );
  expect(heard).toEqual([]);
});

test('a refused token is told at once, and mended without a restart', async () => {
  const { server, discord, downs, open } = await startDiscord({ isConnected: false });
  await open({ token: { reveal: () => 'not-the-token' } }).start();
  expect(downs).toMatchObject([{ kind: 'configuration', code: 'discord.token' }]);

  server.world.isTokenRevoked = true;
  await discord.start();
  expect(downs).toHaveLength(2);
  server.world.isTokenRevoked = false;

  await eventually(() => expect(server.world.commands).toHaveLength(1));
});

test('a token that is taken away while connected ends the connection, with word of it', async () => {
  const { server, downs } = await connected();

  server.faults.revokeToken();
  server.faults.dropSockets(4004);

  await eventually(() => expect(downs).toMatchObject([{ kind: 'configuration', code: 'discord.token' }]));
});

test('an outage of Discord is survived, and the connection comes back by itself', async () => {
  const { server, channelId, mika, discord } = await connected();
  const ups: boolean[] = [];
  server.faults.outage(true);
  await eventually(() => expect(server.gateway.isConnected()).toBe(false));
  ups.push(server.gateway.isConnected());
  server.faults.outage(false);

  await eventually(() => expect(server.gateway.isConnected()).toBe(true));
  const asked = server.actions.slash(mika, channelId, 'list');
  await eventually(() => expect(asked.messages()).toHaveLength(1));
  expect(ups).toEqual([false]);
  expect(discord.chat.platform).toBe('discord');
});

/** The connection alone, and what it told. */
async function aConnection(longestBreakMs: number) {
  const { server } = await startDiscord({ isConnected: false });
  const told: string[] = [];
  const open = () => {
    const connection = createConnection({
      token: server.world.botToken,
      apiUrl: server.apiUrl,
      guildId: server.world.guild.id,
      onInteraction: () => undefined,
      onGuild: async () => undefined,
      onDown: ({ code }) => told.push(code),
      onUp: () => told.push('up'),
      longestBreakMs,
      log: silentLog,
    });
    onTestFinished(connection.stop);
    return connection;
  };
  return { server, told, open };
}

test('a break that lasts is told, and so is its end', async () => {
  const { server, told, open } = await aConnection(200);
  await open().start();

  server.faults.outage(true);
  await eventually(() => expect(told).toEqual(['up', 'discord.unreachable']));
  server.faults.outage(false);

  await eventually(() => expect(told).toEqual(['up', 'discord.unreachable', 'up']));
});

test('our own end is no break: nothing is told after it', async () => {
  const { told, open } = await aConnection(1);
  const first = open();
  await first.start();
  await first.stop();

  await open().start();

  expect(told).toEqual(['up', 'up']);
});

test('a start while Discord is away comes up later', async () => {
  const { server, discord, downs } = await startDiscord({ isConnected: false });
  server.faults.outage(true);
  await discord.start();
  expect(downs).toMatchObject([{ kind: 'transient' }]);

  server.faults.outage(false);

  await eventually(() => expect(server.world.commands).toHaveLength(1));
});

test('a bot that is not in the server says how to invite it', async () => {
  const { open, downs } = await startDiscord({ isConnected: false });

  await open({ guildId: '123456789012345678' }).start();

  await eventually(() => expect(downs).toMatchObject([{ kind: 'configuration', code: 'discord.guild' }]));
  const permissions = /permissions=(\d+)/.exec(downs[0]?.message ?? '')?.[1];
  const guide = await readFile(new URL('../../../docs/how-to/discord.md', import.meta.url), 'utf8');
  expect(guide).toContain(`permissions=${permissions}\n`);
});

test('a permission that is missing is noted at the start', async () => {
  const { server, channelId, discord, lines } = await startDiscord({ isConnected: false });
  server.deny(channelId, 1n << 35n);

  await discord.start();

  await eventually(() => {
    expect(lines).toContainEqual({
      level: 'warn',
      message: 'something is missing in the Discord server',
      fields: expect.objectContaining({ message: expect.stringContaining('Create Public Threads') }),
    });
  });
});

test('the heart beats', async () => {
  const { server } = await connected({ heartbeatMs: 50 });

  await eventually(() => expect(server.gateway.counts.heartbeats).toBeGreaterThan(2));
  expect(server.gateway.counts.identified).toBe(1);
});
