import { expect, test } from 'vitest';
import type { CommandFlows } from '../../../src/domain/command-results.ts';
import { allComponents } from '../../support/discord/component-rules.ts';
import { buttonOf, textOf } from '../../support/discord/user-actions.ts';
import { doorOver, thisInstallation } from '../../support/door.ts';
import { eventually } from '../../support/eventually.ts';
import { aDecision, anOverview, flowsOver } from '../../support/overviews.ts';
import { startDiscord } from './kit.ts';

/** The real client and the real door over flows of the test. */
async function begin(
  overrides: Partial<CommandFlows> = {},
  chat: NonNullable<Parameters<typeof startDiscord>[0]>['chat'] = {},
) {
  const flows = flowsOver(
    [
      anOverview({ decisions: [aDecision()] }),
      anOverview({ slug: 'wine', state: 'paused', resumeState: 'training' }),
    ],
    overrides,
  );
  const door = doorOver(flows);
  await door.refresh();
  const started = await startDiscord({ chat: { door, installation: thisInstallation, ...chat } });
  await eventually(() => expect(started.server.world.commands).toHaveLength(1));
  const { server } = started;
  const say = async (asked: ReturnType<typeof server.actions.slash>) => {
    await eventually(() => {
      const messages = asked.messages().filter(({ isLoading }) => !isLoading);
      expect(messages).toHaveLength(1);
      expect(textOf(messages[0] ?? { content: '', components: [] })).not.toContain('Answered below');
    });
    const [message] = asked.messages();
    if (message === undefined) throw new Error('no answer');
    return message;
  };
  return { ...started, door, flows, say };
}

const answers: [
  verb: string,
  options: Record<string, string | number | boolean>,
  isPublic: boolean,
  words: RegExp,
][] = [
  ['start', { competition: 'digits', rounds: 3 }, true, /digits/],
  ['pause', { competition: 'titanic' }, true, /titanic/],
  ['resume', { competition: 'wine' }, true, /wine/],
  ['stop', { competition: 'titanic' }, false, /Stop titanic\?/],
  ['status', { competition: 'titanic' }, false, /titanic/],
  ['status', { competition: 'titanic', public: true }, true, /titanic/],
  ['list', {}, false, /wine/],
  ['leaderboard', { competition: 'titanic' }, false, /titanic/],
  ['research', { competition: 'titanic' }, false, /titanic/],
  ['logs', { competition: 'titanic', lines: 5 }, false, /titanic/],
  ['decide', {}, false, /titanic/],
  ['budget', {}, false, /\$3\.60/],
  ['config', {}, false, /Language/],
  ['help', {}, false, /leaderboard/],
  ['help', { command: 'start' }, false, /rounds/],
];

test('every command is answered in Discord, privately or for everybody, and never in the plain form', async () => {
  const { server, say, lines } = await begin();
  const lab = server.addChannel('lab');
  const owner = server.addUser({ name: 'mika', permissions: 1n << 5n });

  for (const [verb, options, isPublic, words] of answers) {
    const said = await say(server.actions.slash(owner, lab, verb, options));
    expect(textOf(said), verb).toMatch(words);
    expect(said.ephemeralFor, verb).toBe(isPublic ? null : owner.id);
  }

  expect(lines.filter(({ level }) => level === 'warn' || level === 'error')).toEqual([]);
});

test('in the home channel, where cards tell it to everybody, the answer is for whoever asked', async () => {
  const { server, channelId, say } = await begin();
  const mika = server.addUser({ name: 'mika' });

  const said = await say(server.actions.slash(mika, channelId, 'pause', { competition: 'titanic' }));

  expect(textOf(said)).toContain('titanic paused');
  expect(said.ephemeralFor).toBe(mika.id);
});

test('a refusal names the roles that can', async () => {
  const roles = { operatorRoles: ['112233445566778822'], adminRoles: ['112233445566778833'] };
  const { server, channelId, say } = await begin({}, roles);
  const ken = server.addUser({ name: 'ken' });

  const paused = await say(server.actions.slash(ken, channelId, 'pause', { competition: 'titanic' }));
  const changed = await say(server.actions.slash(ken, channelId, 'budget', { cap: 'gpu-day', usd: 5 }));

  expect(textOf(paused)).toContain('Who can: <@&112233445566778822>');
  expect(textOf(changed)).toContain('Who can: <@&112233445566778833>');
});

test('every command is answered in Japanese to whoever speaks it', async () => {
  const { server, channelId, say } = await begin();
  const yuki = server.addUser({ name: 'yuki', permissions: 1n << 5n, locale: 'ja' });

  for (const [verb, options, isPublic] of answers.filter(([verb]) => verb !== 'start')) {
    const said = await say(server.actions.slash(yuki, channelId, verb, options));
    if (!isPublic) expect(textOf(said), verb).toMatch(/[ぁ-んァ-ン一-龠]/);
  }
});

test('the start form is opened at once, searched by suggestion, and starts a competition', async () => {
  const { server, channelId, say, flows } = await begin();
  const mika = server.addUser({ name: 'mika' });

  const opened = server.actions.slash(mika, channelId, 'start');
  await eventually(() => expect(opened.modal()).not.toBeNull());
  const refused = await say(server.actions.submitModal(opened, { competition: 'no slug!' }));
  expect(refused.ephemeralFor).toBe(mika.id);
  const again = server.actions.press(mika, refused.id, buttonOf(refused, 'Edit'));
  await eventually(() => expect(again.modal()).not.toBeNull());
  const done = await say(server.actions.submitModal(again, { competition: 'titanic' }));

  expect(done.ephemeralFor).toBe(mika.id);
  expect(flows.calls.filter(({ name }) => name === 'start')).toMatchObject([{ input: { slug: 'titanic' } }]);
});

test('an answer to a decision by its button is recorded under the name of whoever pressed', async () => {
  const { server, channelId, say, flows } = await begin();
  const mika = server.addUser({ name: 'mika_w', nick: 'Mika' });
  const list = await say(server.actions.slash(mika, channelId, 'decide'));
  const option = allComponents(list.components).find(({ custom_id }) => custom_id?.includes('.decide.'));

  server.actions.press(mika, list.id, option?.custom_id ?? '');

  await eventually(() => {
    expect(flows.calls.filter(({ name }) => name === 'decide')).toMatchObject([
      { input: { byName: 'Mika' } },
    ]);
  });
});

test('a viewer is refused privately, and nothing is done', async () => {
  const { server, channelId, say, flows, discord, open, door } = await begin();
  const crew = server.addRole('Crew');
  await discord.stop();
  await open({ door, operatorRoles: [crew] }).start();
  const stranger = server.addUser({ name: 'stranger' });

  const said = await say(server.actions.slash(stranger, channelId, 'pause', { competition: 'titanic' }));

  expect(said.ephemeralFor).toBe(stranger.id);
  expect(textOf(said)).toContain('Not allowed');
  expect(flows.calls.filter(({ name }) => name === 'pause')).toEqual([]);
});

test('suggestions come from the door, running ones first', async () => {
  const { server, channelId } = await begin();
  const mika = server.addUser({ name: 'mika' });

  const typed = server.actions.type(mika, channelId, 'status', 'competition', '');

  await eventually(() => expect(typed.choices()?.length).toBeGreaterThan(0));
});
