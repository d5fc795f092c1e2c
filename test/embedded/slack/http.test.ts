import { expect, test } from 'vitest';
import { eventually } from '../../support/eventually.ts';
import { anHttpApp, aWorkspace, channelId, dmOf, userId } from './support.ts';

test('commands, interactions and events reach the real HTTP receiver', async () => {
  const heard: unknown[] = [];
  const workspace = await anHttpApp({}, (app) => {
    app.command('/kaggle', async ({ ack, command }) => ack(`You said ${command.text}`));
    app.message(async ({ message }) => void heard.push('text' in message ? message.text : null));
    app.shortcut('start', async ({ ack }) => ack());
  });
  const mika = userId(workspace);
  const channel = channelId(workspace);

  await workspace.actions.slash(mika, channel, '/kaggle', 'help');
  await workspace.actions.say(mika, dmOf(workspace), 'hello');
  const shortcut = await workspace.actions.shortcut(mika, 'start');

  expect(workspace.messages({ channel })).toMatchObject([{ text: 'You said help', ephemeralFor: mika }]);
  expect(shortcut.isAcknowledged).toBe(true);
  await eventually(() => expect(heard).toEqual(['hello']));
});

test.for([
  ['valid', 200],
  ['wrong', 401],
  ['missing', 401],
  ['stale', 401],
] as const)('a request with a %s signature is answered with %i', async ([signature, status]) => {
  const workspace = await anHttpApp({}, () => undefined);

  const answer = await workspace.deliverRaw(
    { type: 'url_verification', challenge: 'c1' },
    'events_api',
    signature,
  );

  expect(answer.status).toBe(status);
  expect(answer.isAcknowledged).toBe(status === 200);
  if (status === 200) expect(answer.payload).toEqual({ challenge: 'c1' });
});

test('a receiver that is not there is trouble at once', async () => {
  const workspace = await aWorkspace({ requestUrl: 'http://127.0.0.1:9/slack/events' });

  const result = await workspace.actions.slash(userId(workspace), channelId(workspace), '/kaggle', 'help');

  expect(result.isAcknowledged).toBe(false);
  expect(workspace.troubles()).toMatchObject([{ what: 'dispatch_failed' }]);
});
