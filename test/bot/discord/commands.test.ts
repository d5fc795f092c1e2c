import { expect, test } from 'vitest';
import { verbs } from '../../../src/bot/commands.ts';
import { buttonOf, textOf } from '../../support/discord/user-actions.ts';
import { eventually } from '../../support/eventually.ts';
import { action, privately, publicly, startDiscord } from './kit.ts';

test('every command is registered once, with words in both languages, and not written again', async () => {
  const { server, open } = await startDiscord();
  await eventually(() => expect(server.world.commands).toHaveLength(1));
  const [command] = server.world.commands;
  expect(command?.options?.map(({ name }) => name)).toEqual([...verbs]);
  const start = command?.options?.find(({ name }) => name === 'start');
  expect(start?.description_localizations?.ja).toMatch(/[ぁ-んァ-ン一-龠]/);
  expect(start?.options?.map(({ name }) => name)).toEqual([
    'competition',
    'budget',
    'rounds',
    'priority',
    'approaches',
    'time-limit',
  ]);

  await open().start();

  await eventually(() =>
    expect(server.calls.filter(({ path }) => path.endsWith('/commands'))).toHaveLength(3),
  );
  expect(server.world.commandWrites).toBe(1);
});

test('every subcommand reaches the door as the line that a person would type, and is answered privately', async () => {
  const { server, channelId, heard } = await startDiscord();
  await eventually(() => expect(server.world.commands).toHaveLength(1));
  const mika = server.addUser({ name: 'mika', nick: 'Mika' });
  const lines: [verb: string, options: Record<string, string | number | boolean>, line: string][] = [
    ['start', { competition: 'titanic', budget: 5.5, rounds: 3 }, 'start titanic budget=5.5 rounds=3'],
    ['pause', { competition: 'titanic' }, 'pause titanic'],
    ['resume', {}, 'resume'],
    ['stop', { competition: 'titanic' }, 'stop titanic'],
    ['status', { competition: 'titanic', public: true }, 'status titanic public'],
    ['list', { filter: 'done' }, 'list done'],
    ['discover', { show: 'new', page: 2 }, 'discover new 2'],
    ['why', { competition: 'titanic', factor: 'modality', to: '0.5' }, 'why titanic modality 0.5'],
    ['leaderboard', { competition: 'titanic' }, 'leaderboard titanic'],
    ['research', { competition: 'titanic', public: false }, 'research titanic'],
    ['tree', { competition: 'titanic' }, 'tree titanic'],
    ['node', { competition: 'titanic', node: '3' }, 'node titanic 3'],
    ['compare', { competition: 'titanic' }, 'compare titanic'],
    ['lessons', { competition: 'titanic' }, 'lessons titanic'],
    ['params', { competition: 'titanic', values: 'seeds=3 C=0.5' }, 'params titanic seeds=3 C=0.5'],
    ['logs', { competition: 'titanic', lines: 50 }, 'logs titanic 50'],
    ['decide', { option: 'A', note: 'skip neural nets' }, 'decide A skip neural nets'],
    ['budget', { cap: 'gpu-day', usd: 5, reason: 'final week' }, 'budget gpu-day 5 final week'],
    ['config', {}, 'config'],
    ['help', { command: 'start' }, 'help start'],
  ];
  expect(lines.map(([verb]) => verb).toSorted()).toEqual(verbs.toSorted());

  for (const [verb, options, line] of lines) {
    const asked = server.actions.slash(mika, channelId, verb, options);
    await eventually(() =>
      expect(asked.messages().map(textOf)).toEqual([`### did: ${line.replace(/[_-]/g, '-')}`]),
    );
    expect(asked.callback()).toMatchObject({ type: 5, data: { flags: 64 } });
    expect(asked.messages()[0]?.ephemeralFor).toBe(mika.id);
  }

  expect(heard.map((one) => one.kind === 'command' && one.text)).toEqual(lines.map(([, , line]) => line));
  expect(heard[0]).toMatchObject({
    person: {
      actor: { type: 'discord', guildId: server.world.guild.id, userId: mika.id },
      name: 'Mika',
      locale: 'en',
      role: 'operator',
    },
    where: { platform: 'discord', channel: channelId, threadId: null, canSlash: true },
  });
});

test('a public answer stands in the channel, and the private line before it is gone', async () => {
  const { server, channelId, says } = await startDiscord();
  await eventually(() => expect(server.world.commands).toHaveLength(1));
  const mika = server.addUser({ name: 'mika' });
  says.command = () => publicly('Started titanic', { tone: 'running' });

  const asked = server.actions.slash(mika, channelId, 'start', { competition: 'titanic' });

  await eventually(() => {
    expect(asked.messages().map((one) => one.ephemeralFor)).toEqual([null]);
    expect(server.history(channelId).map(textOf)).toEqual(['### Started titanic']);
  });
});

test('the door hears the thread, the language and the roles of whoever asks', async () => {
  const { server, channelId, heard, open } = await startDiscord({ isConnected: false });
  const leads = server.addRole('Leads');
  const crew = server.addRole('Crew');
  const discord = open({ adminRoles: [leads], operatorRoles: [crew] });
  await discord.start();
  await eventually(() => expect(server.world.commands).toHaveLength(1));
  const thread = server.addThread(channelId, 'titanic');
  const users = [
    server.addUser({ name: 'lead', roles: [leads], locale: 'ja' }),
    server.addUser({ name: 'crew', roles: [crew], locale: 'fr' }),
    server.addUser({ name: 'guest' }),
  ];

  for (const user of users) server.actions.slash(user, thread, 'status');

  await eventually(() => expect(heard).toHaveLength(3));
  const byName = new Map(heard.map(({ person, where }) => [person.name, { person, where }]));
  expect(byName.get('lead')).toMatchObject({
    person: { role: 'admin', locale: 'ja' },
    where: { channel: channelId, threadId: thread },
  });
  expect(byName.get('crew')?.person).toMatchObject({ role: 'operator', locale: null });
  expect(byName.get('guest')?.person).toMatchObject({ role: 'viewer' });
});

test('without configured roles, who may manage the server is an admin', async () => {
  const { server, channelId, heard } = await startDiscord();
  await eventually(() => expect(server.world.commands).toHaveLength(1));
  const owner = server.addUser({ name: 'owner', permissions: 1n << 5n });

  server.actions.slash(owner, channelId, 'list');

  await eventually(() => expect(heard[0]?.person.role).toBe('admin'));
});

test('competitions are suggested while typing, at most 25 and never too long', async () => {
  const { server, channelId, says } = await startDiscord();
  await eventually(() => expect(server.world.commands).toHaveLength(1));
  const mika = server.addUser({ name: 'mika' });
  says.suggest = (typed) =>
    Array.from({ length: 30 }, (_, index) => ({
      label: `${typed}-${index} ${'x'.repeat(120)}`,
      value: `s${index}`,
    }));

  const typed = server.actions.type(mika, channelId, 'status', 'competition', 'tit');

  await eventually(() => expect(typed.choices()).toHaveLength(25));
  expect(typed.choices()?.[0]?.value).toBe('s0');
});

test('a command that takes minutes is acknowledged at once and answered when it is done', async () => {
  const { server, channelId, says } = await startDiscord();
  await eventually(() => expect(server.world.commands).toHaveLength(1));
  const mika = server.addUser({ name: 'mika' });
  const slow = Promise.withResolvers<ReturnType<typeof privately>>();
  says.command = () => slow.promise;

  const asked = server.actions.slash(mika, channelId, 'start', { competition: 'titanic' });
  await eventually(() => expect(asked.callback()?.type).toBe(5));
  server.advance(10 * 60_000);
  slow.resolve(privately('Started at last'));

  await eventually(() => expect(asked.messages().map(textOf)).toEqual(['### Started at last']));
});

test('a press is acknowledged quietly and answered to the person alone; the card stays', async () => {
  const { server, channelId, heard, says, discord } = await startDiscord();
  const mika = server.addUser({ name: 'mika' });
  await eventually(() => expect(server.world.commands).toHaveLength(1));
  says.command = () =>
    publicly('Started', {
      actions: [
        {
          kind: 'button',
          action: action('pause', 'titanic'),
          label: 'Pause',
          style: 'plain',
          confirm: null,
          hint: null,
        },
      ],
    });
  const asked = server.actions.slash(mika, channelId, 'start', { competition: 'titanic' });
  await eventually(() => expect(server.history(channelId)).toHaveLength(1));
  const [message] = server.history(channelId);
  if (message === undefined) throw new Error('no message');

  const pressed = server.actions.press(mika, message.id, buttonOf(message, 'Pause'));

  await eventually(() => expect(pressed.messages().map((one) => one.ephemeralFor)).toEqual([mika.id]));
  expect(pressed.callback()?.type).toBe(6);
  expect(heard.at(-1)).toMatchObject({ kind: 'press', action: action('pause', 'titanic') });
  expect(server.history(channelId).map(({ edits }) => edits)).toEqual([0]);
  await eventually(() => expect(asked.messages()).toHaveLength(1));
  expect(discord.chat.canAnswer).toBe(true);
});
