import { expect, test } from 'vitest';
import { testKey, testToken, testUsername } from '../support/arena-kit.ts';
import { startDiscordServer } from '../support/discord/start-discord-server.ts';
import { aCompetitionFolder, aPracticeArena } from '../support/kaggle.ts';
import { aPerson, aWorkplace } from './connect-kit.ts';

async function aDiscord() {
  const server = await startDiscordServer({ rateLimits: false });
  const channelId = server.addChannel('kaggle');
  return { server, channelId, environment: { DISCORD_API_URL: server.apiUrl } };
}

test('connecting Discord gives the invite, waits for it, offers server and channel, and says hello', async () => {
  const { server, channelId, environment } = await aDiscord();
  const place = await aWorkplace({ environment });
  server.world.isInvited = false;
  const { asking, asked } = aPerson({
    DISCORD_TOKEN: server.world.botToken,
    'The bot is in no server yet': () => {
      server.world.isInvited = true;
      return '';
    },
    DISCORD_GUILD_ID: 'Testers',
    DISCORD_CHANNEL_ID: '#kaggle',
  });

  const outcome = await place.connect('discord', asking);

  expect(outcome.written).toEqual(['DISCORD_TOKEN', 'DISCORD_GUILD_ID', 'DISCORD_CHANNEL_ID']);
  expect(asked).toHaveLength(4);
  expect(place.said()).toContain(
    `https://discord.com/oauth2/authorize?client_id=${server.world.applicationId}&scope=bot+applications.commands`,
  );
  expect(place.said()).not.toContain(server.world.botToken);
  expect(await place.envFile()).toContain(`DISCORD_CHANNEL_ID=${channelId}\n`);
  expect(server.history(channelId).map(({ content }) => content)).toEqual([
    expect.stringContaining('/kaggle help'),
  ]);
  expect(await place.check('discord')).toMatchObject({ status: 'ok' });
  expect((await place.check('chat'))?.message).toContain('no local page, because Discord is set');
});

test('a token that Discord refuses ends it in one sentence, and nothing is written', async () => {
  const { environment } = await aDiscord();
  const place = await aWorkplace({ environment });

  await expect(
    place.connect('discord', aPerson({ DISCORD_TOKEN: 'of-another-bot' }).asking),
  ).rejects.toMatchObject({ kind: 'configuration', code: 'discord.token' });
  expect(await place.envFile()).toBeNull();
});

test('a channel of which the bot lacks permissions is connected with a warning, and doctor repeats it', async () => {
  const { server, channelId, environment } = await aDiscord();
  server.deny(channelId, 1n << 51n);
  const place = await aWorkplace({ environment });
  const { asking } = aPerson({
    DISCORD_TOKEN: server.world.botToken,
    DISCORD_GUILD_ID: 'Testers',
    DISCORD_CHANNEL_ID: '#kaggle',
  });

  await place.connect('discord', asking);

  expect(place.said()).toMatch(/^warn .*Pin Messages/m);
  expect(await place.check('discord')).toMatchObject({ status: 'warn' });
});

test('a channel that is not there ends it, and nothing is written', async () => {
  const { server, environment } = await aDiscord();
  const place = await aWorkplace({ environment });
  const { asking } = aPerson({
    DISCORD_TOKEN: server.world.botToken,
    DISCORD_GUILD_ID: 'Testers',
    DISCORD_CHANNEL_ID: '112233445566778800',
  });

  await expect(place.connect('discord', asking)).rejects.toMatchObject({ kind: 'configuration' });
  expect(await place.envFile()).toBeNull();
});

test('connecting Kaggle asks whose token it is before it is kept', async () => {
  const { apiUrl } = await aPracticeArena({ folders: [await aCompetitionFolder()] });
  const environment = { KAGGLE_API_BASE_URL: apiUrl };
  const good = await aWorkplace({ environment });
  const bad = await aWorkplace({ environment });

  await good.connect('kaggle', aPerson({ KAGGLE_API_TOKEN: testToken }).asking);
  const refused = bad.connect('kaggle', aPerson({ KAGGLE_API_TOKEN: 'KGAT_of-nobody' }).asking);

  await expect(refused).rejects.toMatchObject({ code: 'kaggle.unauthorized' });
  expect([await good.envFile(), await bad.envFile()]).toEqual([`KAGGLE_API_TOKEN=${testToken}\n`, null]);
  expect(good.said()).toContain(`real Kaggle as ${testUsername}`);
  expect(await good.check('kaggle')).toMatchObject({ status: 'ok' });
});

test('the older pair of Kaggle credentials is tried as it is set', async () => {
  const { apiUrl } = await aPracticeArena({ folders: [await aCompetitionFolder()] });
  const pair = { KAGGLE_USERNAME: testUsername, KAGGLE_KEY: testKey };
  const place = await aWorkplace({ environment: { KAGGLE_API_BASE_URL: apiUrl, ...pair } });

  expect(await place.connect('kaggle', null)).toMatchObject({ written: [] });
  expect(place.said()).toContain(`real Kaggle as ${testUsername}`);
});

test('doctor says how Discord is set, and whether somebody outside watches', async () => {
  const place = await aWorkplace();
  const watched = await aWorkplace({ environment: { HEARTBEAT_URL: 'https://hc.example.org/canary' } });

  expect(await place.check('discord')).toMatchObject({ status: 'off', next: 'kaggle-agent connect discord' });
  expect(await place.check('heartbeat')).toMatchObject({ status: 'note' });
  const check = await watched.check('heartbeat');
  expect([check?.status, check?.message]).toEqual(['ok', expect.not.stringContaining('canary')]);
});
