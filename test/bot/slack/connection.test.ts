import { expect, test, vi } from 'vitest';
import { eventually } from '../../support/eventually.ts';
import { openSlack, outgoing, wordsOf } from './slack-kit.ts';

const patience = { timeout: 25_000, interval: 50 };

test('after dropped sockets the app comes back, and no event is lost or handled twice', async () => {
  const kit = await openSlack({ workspace: { eventRetryDelaysMs: [0, 1_000, 3_000] } });
  const said = async (text: string) =>
    await kit.workspace.actions.say(kit.idOf('ken'), kit.home, `<@${kit.workspace.botUserId}> ${text}`);
  const handled = () =>
    kit.brought.flatMap(({ name, input }) => (name === 'command' ? [String(input.text)] : []));

  for (const reason of [undefined, 'refresh_requested', 'warning', 'link_disabled'] as const) {
    const before = handled().length;
    kit.workspace.faults.dropSockets(reason);
    const saying = said(`status ${reason}`);
    await vi.waitFor(() => expect(handled().length).toBe(before + 1), patience);
    await saying;
  }

  expect(handled()).toEqual([
    'status undefined',
    'status refresh_requested',
    'status warning',
    'status link_disabled',
  ]);
  expect(kit.workspace.connections()).toBe(1);
  expect(kit.workspace.violations()).toEqual([]);
  expect(kit.downs).toEqual([]);
}, 60_000);

test('an outage ends nothing: the app is back when Slack is', async () => {
  const kit = await openSlack();
  kit.workspace.faults.outage(true);
  await vi.waitFor(() => expect(kit.workspace.connections()).toBe(0), patience);
  await vi.waitFor(() => expect(kit.warnings().join()).toContain('slack is not connected'), patience);

  kit.workspace.faults.outage(false);

  await vi.waitFor(() => expect(kit.workspace.connections()).toBe(1), patience);
  await kit.workspace.actions.slash(kit.idOf('ken'), kit.home, '/kaggle', 'help');
  await eventually(() => expect(wordsOf(kit.seenBy('ken').at(-1))).toContain('you typed help'));
  expect(kit.downs).toEqual([]);
}, 60_000);

test('an app that starts during an outage connects when it is over', async () => {
  const kit = await openSlack({ isStarted: false });
  kit.workspace.faults.outage(true);
  await kit.slack.start();

  kit.workspace.faults.outage(false);

  await vi.waitFor(() => expect(kit.workspace.connections()).toBe(1), patience);
}, 60_000);

test('revoked tokens are told once, and new ones are noticed', async () => {
  const kit = await openSlack();

  kit.workspace.faults.revokeTokens();
  await vi.waitFor(
    () => expect(kit.downs.map(({ code }) => code)).toContain('slack.token_refused'),
    patience,
  );
  kit.workspace.faults.restoreTokens();

  await vi.waitFor(() => expect(kit.workspace.connections()).toBe(1), { timeout: 25_000, interval: 100 });
  expect(kit.downs.filter(({ code }) => code === 'slack.token_refused')).toHaveLength(1);
  await kit.slack.chat.deliver(outgoing(), AbortSignal.timeout(20_000));
}, 60_000);

test('a message of the socket that cannot be read ends nothing', async () => {
  const kit = await openSlack();

  await kit.workspace.deliverRaw({ nothing: 'here' }, 'events_api').catch(() => undefined);
  await kit.workspace.actions.slash(kit.idOf('ken'), kit.home, '/kaggle', 'help');

  await eventually(() => expect(wordsOf(kit.seenBy('ken').at(-1))).toContain('you typed help'));
});

test('a stopped app has no connection left', async () => {
  const kit = await openSlack();

  await kit.slack.stop();

  await vi.waitFor(() => expect(kit.workspace.connections()).toBe(0), patience);
});

test('doctor hears where the app is and what is missing', async () => {
  const kit = await openSlack();
  expect(await kit.slack.check(AbortSignal.timeout(20_000))).toMatchObject({
    status: 'ok',
    message: expect.stringContaining('#kaggle, by Socket Mode'),
  });

  const poor = await openSlack({
    workspace: { scopes: ['commands', 'chat:write'] },
    isStarted: false,
  });
  expect(await poor.slack.check(AbortSignal.timeout(20_000))).toMatchObject({
    status: 'error',
    message: expect.stringContaining('lacks a permission'),
    next: expect.stringContaining('deploy/slack-manifest.json'),
  });

  const wrong = await openSlack({ settings: { botToken: { reveal: () => 'xoxb-wrong' } }, isStarted: false });
  expect(await wrong.slack.check(AbortSignal.timeout(20_000))).toMatchObject({
    status: 'error',
    message: expect.stringContaining('SLACK_BOT_TOKEN'),
  });
});
