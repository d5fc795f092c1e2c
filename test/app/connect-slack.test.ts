import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { aPerson, aSlack, aWorkplace } from './connect-kit.ts';

test('connecting Slack tries both tokens and the channel, keeps them in .env and says hello', async () => {
  const { workspace, idOf, environment } = await aSlack();
  const place = await aWorkplace({ environment, envFile: '# mine\nPORT=4787\n' });
  const { asking, asked } = aPerson({
    SLACK_BOT_TOKEN: workspace.botToken,
    SLACK_APP_TOKEN: workspace.appToken,
    SLACK_CHANNEL: '#kaggle',
  });

  const outcome = await place.connect('slack', asking);

  expect(outcome).toMatchObject({ written: ['SLACK_BOT_TOKEN', 'SLACK_APP_TOKEN', 'SLACK_CHANNEL'] });
  expect(asked).toHaveLength(3);
  expect([await place.envFile(), await place.mode()]).toEqual([
    `# mine\nPORT=4787\nSLACK_BOT_TOKEN=${workspace.botToken}\nSLACK_APP_TOKEN=${workspace.appToken}\nSLACK_CHANNEL=${idOf('kaggle')}\n`,
    0o600,
  ]);
  const [hello] = workspace.messages({ channel: idOf('kaggle') });
  expect(hello).toMatchObject({ isBot: true, text: expect.stringContaining('/kaggle help') });
  expect(place.said()).toMatch(/slack-manifest\.json[\s\S]+ok SLACK_CHANNEL: #kaggle[\s\S]+said hello/);
  expect(place.said()).not.toMatch(/xoxb-\d|xapp-1|^warn/m);
  expect(place.said()).not.toContain(workspace.botToken);
  expect(await place.check('slack')).toMatchObject({
    status: 'ok',
    message: expect.stringMatching(/#kaggle.+scopes complete/),
  });
  expect((await place.check('chat'))?.message).toContain('no local page, because Slack is set');
});

test.each([
  ['a token that Slack refuses', 'xoxb-of-another-app', /refuses SLACK_BOT_TOKEN \(invalid_auth\)/],
  [
    "the other token's kind",
    'xapp-1-whatever',
    /must begin with xoxb-; .+ xapp-, which is SLACK_APP_TOKEN's/,
  ],
  ['more than a token', 'xoxb-one two', /more copied than the token/],
])('%s ends it in one sentence, and nothing is written', async (_, token, sentence) => {
  const { environment } = await aSlack();
  const place = await aWorkplace({ environment });

  const connecting = place.connect('slack', aPerson({ SLACK_BOT_TOKEN: token }).asking);

  await expect(connecting).rejects.toMatchObject({
    kind: 'configuration',
    message: expect.stringMatching(sentence),
  });
  expect(await place.envFile()).toBeNull();
  expect(place.said()).toContain('Nothing was written.');
});

test('what the environment or a file gives is used without asking and not copied into .env', async () => {
  const { workspace, environment } = await aSlack();
  const place = await aWorkplace({ environment: { ...environment, SLACK_BOT_TOKEN: workspace.botToken } });
  const tokenFile = join(place.folder, 'app-token');
  await writeFile(tokenFile, `${workspace.appToken}\n`);
  await writeFile(join(place.folder, '.env'), `SLACK_APP_TOKEN_FILE=${tokenFile}\n`);
  const { asking, asked } = aPerson({ SLACK_CHANNEL: '#general' });

  const outcome = await place.connect('slack', asking);

  expect([asked.length, outcome.written]).toEqual([1, ['SLACK_CHANNEL']]);
  expect(await place.envFile()).not.toContain('xoxb-');
});

test('a value of .env is replaced only after a question', async () => {
  const { workspace, idOf, environment } = await aSlack();
  const envFile = `SLACK_BOT_TOKEN=xoxb-old\nSLACK_APP_TOKEN=${workspace.appToken}\nSLACK_CHANNEL=${idOf('general')}\n`;
  const place = await aWorkplace({ environment, envFile });
  const { asking } = aPerson({
    'SLACK_BOT_TOKEN is in .env already': 'yes',
    'SLACK_BOT_TOKEN (': workspace.botToken,
    'SLACK_APP_TOKEN is in .env already': 'no',
    'SLACK_CHANNEL is in .env already': 'no',
  });

  const outcome = await place.connect('slack', asking);

  expect(outcome.written).toEqual(['SLACK_BOT_TOKEN']);
  expect(await place.envFile()).toBe(envFile.replace('xoxb-old', workspace.botToken));
});

test('where nobody can be asked, what is set is tried and greeted, and what is missing is named', async () => {
  const { workspace, idOf, environment } = await aSlack();
  const tokens = { SLACK_BOT_TOKEN: workspace.botToken, SLACK_APP_TOKEN: workspace.appToken };
  const half = await aWorkplace({ environment: { ...environment, ...tokens } });
  const whole = await aWorkplace({
    environment: { ...environment, ...tokens, SLACK_CHANNEL: idOf('kaggle') },
  });

  await expect(half.connect('slack', null)).rejects.toMatchObject({
    code: 'connect.person_needed',
    details: { next: [expect.anything(), expect.stringMatching(/^SLACK_CHANNEL /), expect.anything()] },
  });
  expect(await whole.connect('slack', null)).toMatchObject({ written: [], file: null });
  expect(workspace.messages({ channel: idOf('kaggle') })).toHaveLength(1);
  expect([await half.envFile(), await whole.envFile()]).toEqual([null, null]);
});

test('an app that may not list channels is told the id', async () => {
  const { workspace, idOf, environment } = await aSlack({ scopes: ['chat:write', 'chat:write.public'] });
  const place = await aWorkplace({ environment });
  const { asking } = aPerson({
    SLACK_BOT_TOKEN: workspace.botToken,
    SLACK_APP_TOKEN: workspace.appToken,
    SLACK_CHANNEL: idOf('kaggle'),
  });

  // Its id cannot be looked up either, which is what the person has to mend.
  await expect(place.connect('slack', asking)).rejects.toMatchObject({ code: 'slack.missing_scope' });
  expect(await place.envFile()).toBeNull();
});

test('scopes of the manifest that the app was not given are named, and doctor repeats it', async () => {
  const scopes = ['chat:write', 'chat:write.public', 'channels:read'];
  const { workspace, environment } = await aSlack({ scopes });
  const place = await aWorkplace({ environment });
  const { asking } = aPerson({
    SLACK_BOT_TOKEN: workspace.botToken,
    SLACK_APP_TOKEN: workspace.appToken,
    SLACK_CHANNEL: '#kaggle',
  });

  await place.connect('slack', asking);

  expect(place.said()).toMatch(/^warn .*lacks the scopes .*files:write.*App Manifest/m);
  expect(await place.check('slack')).toMatchObject({
    status: 'warn',
    message: expect.not.stringContaining('channels:read'),
  });
});

test('private channels are offered where the app is in them, and refused where it is not', async () => {
  const { workspace, environment } = await aSlack();
  const inside = workspace.addChannel({ name: 'inside', isPrivate: true, isBotMember: true });
  const outside = workspace.addChannel({ name: 'outside', isPrivate: true });
  const archived = workspace.addChannel({ name: 'old', isArchived: true });
  const connectTo = async (channel: string) => {
    const place = await aWorkplace({ environment });
    const tokens = { SLACK_BOT_TOKEN: workspace.botToken, SLACK_APP_TOKEN: workspace.appToken };
    return await place.connect('slack', aPerson({ ...tokens, SLACK_CHANNEL: channel }).asking);
  };

  await expect(connectTo('#inside')).resolves.toMatchObject({ service: 'slack' });
  await expect(connectTo(outside.id)).rejects.toMatchObject({ code: 'slack.channel_not_found' });
  await expect(connectTo(archived.id)).rejects.toMatchObject({ code: 'slack.is_archived' });
  expect(workspace.messages({ channel: inside.id })).toHaveLength(1);
});

test('with a signing secret there is no token for a socket', async () => {
  const { workspace, environment } = await aSlack();
  const place = await aWorkplace({ environment: { ...environment, SLACK_SIGNING_SECRET: 'signing-secret' } });
  const { asking } = aPerson({ SLACK_BOT_TOKEN: workspace.botToken, SLACK_CHANNEL: '#kaggle' });

  expect(await place.connect('slack', asking)).toMatchObject({
    written: ['SLACK_BOT_TOKEN', 'SLACK_CHANNEL'],
  });
});

test('settings stay where only the first message fails, and that is said', async () => {
  const { workspace, environment } = await aSlack();
  const place = await aWorkplace({ environment });
  workspace.faults.refuse({ method: 'chat.postMessage', count: 1, error: 'restricted_action' });
  const { asking } = aPerson({
    SLACK_BOT_TOKEN: workspace.botToken,
    SLACK_APP_TOKEN: workspace.appToken,
    SLACK_CHANNEL: '#kaggle',
  });

  await expect(place.connect('slack', asking)).rejects.toMatchObject({
    code: 'connect.no_hello',
    message: expect.stringMatching(/^The settings are in place, but/),
  });
  expect(await place.envFile()).toContain('SLACK_CHANNEL=');
});

test('a Slack that does not answer is told apart from a wrong token', async () => {
  const { workspace, environment } = await aSlack();
  const place = await aWorkplace({ environment });
  workspace.faults.outage(true);

  const connecting = place.connect('slack', aPerson({ SLACK_BOT_TOKEN: workspace.botToken }).asking);

  await expect(connecting).rejects.toMatchObject({
    kind: 'transient',
    details: { next: [expect.stringContaining('Try again')] },
  });
  expect(await place.envFile()).toBeNull();
});

test('doctor says what is wrong with a Slack that is set, and how to set one that is not', async () => {
  const { workspace, idOf, environment } = await aSlack();
  const settings = {
    ...environment,
    SLACK_BOT_TOKEN: workspace.botToken,
    SLACK_APP_TOKEN: workspace.appToken,
    SLACK_CHANNEL: idOf('kaggle'),
  };
  const unset = await aWorkplace();
  const revoked = await aWorkplace({ environment: { ...settings, SLACK_BOT_TOKEN: 'xoxb-revoked' } });

  expect(await unset.check('slack')).toMatchObject({ status: 'off', next: 'kaggle-agent connect slack' });
  expect((await unset.check('chat'))?.message).toContain('the local page');
  expect(await revoked.check('slack')).toMatchObject({ status: 'error' });
});
