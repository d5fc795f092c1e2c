import { createApi } from '../../bot/discord/api.ts';
import { checkDiscord } from '../../bot/discord/check-discord.ts';
import { createDiscordConnectCalls } from '../../bot/discord/connect-calls.ts';
import { plainTexts } from '../../bot/i18n.ts';
import type { Config } from '../../config/load.ts';
import { ConfigurationFailure } from '../../domain/errors.ts';
import type { ConnectPlan, ConnectStep, Given } from './contract.ts';

type Calls = ReturnType<typeof createDiscordConnectCalls>;

/** Discord: an application's bot, the server that lets it in, and a channel there. */
export function discordPlan({ config }: { config: Config }): ConnectPlan {
  const { apiUrl } = config.discord;
  const calls = createDiscordConnectCalls({ apiUrl });
  return {
    title: 'Discord',
    guide: [
      '1. Open https://discord.com/developers/applications: New Application, Create.',
      '2. Page Bot: Reset Token, copy it. All Privileged Gateway Intents stay off.',
      '3. Give the token below; then you get the address that invites the bot. More: docs/how-to/discord.md',
    ],
    steps: [tokenStep(calls), guildStep(calls), channelStep(calls)],
    async check(given, signal) {
      const { token, guildId, channelId } = idsOf(given);
      const { alertChannelId, operatorRoles, adminRoles, escalationRoles } = config.discord;
      const places = { guildId, channelId, alertChannelId, operatorRoles, adminRoles, escalationRoles };
      const found = await checkDiscord(createApi({ token, apiUrl }).patient, places, signal);
      const text = [found.message, ...(found.next === null ? [] : [found.next])].join(': ');
      if (found.status === 'error') throw new ConfigurationFailure(text, { code: 'discord.not_usable' });
      return found.status === 'warn' ? text : null;
    },
    async hello(given, signal) {
      const { token, channelId } = idsOf(given);
      await calls.say(token, channelId, plainTexts(config.talking.language)('chats:connected'), signal);
      return 'said hello in the channel';
    },
    next: [
      'npm start (an agent that runs already has to be started anew), then type /kaggle help in the channel',
    ],
  };
}

function tokenStep(calls: Calls): ConnectStep {
  return {
    env: 'DISCORD_TOKEN',
    isSecret: true,
    question: 'Bot token, from the page Bot of your application',
    read: ({ discord }) => discord.token?.reveal() ?? null,
    async test(given, signal) {
      return `@${(await calls.whose(idsOf(given).token, signal)).user}`;
    },
  };
}

function guildStep(calls: Calls): ConnectStep {
  return {
    env: 'DISCORD_GUILD_ID',
    isSecret: false,
    question: 'Id of your server: right-click its icon, Copy Server ID (Developer Mode on)',
    read: ({ discord }) => discord.guildId,
    fault: (value) => snowflakeFault('DISCORD_GUILD_ID', value),
    async lead(given, signal) {
      const { inviteUrl } = await calls.whose(idsOf(given).token, signal);
      return ['Invite the bot into your server, once, with this address:', `  ${inviteUrl}`];
    },
    async offer(given, signal) {
      const guilds = await calls.guilds(idsOf(given).token, signal);
      return guilds.map(({ id, name }) => ({ value: id, label: name }));
    },
    whenNone: 'The bot is in no server yet. Press Enter once you have invited it',
  };
}

function channelStep(calls: Calls): ConnectStep {
  return {
    env: 'DISCORD_CHANNEL_ID',
    isSecret: false,
    question: 'Id of the channel: right-click it, Copy Channel ID (Developer Mode on)',
    read: ({ discord }) => discord.channelId,
    fault: (value) => snowflakeFault('DISCORD_CHANNEL_ID', value),
    async offer(given, signal) {
      const { token, guildId } = idsOf(given);
      const channels = await calls.channels(token, guildId, signal);
      return channels.map(({ id, name }) => ({ value: id, label: `#${name}` }));
    },
  };
}

function snowflakeFault(name: string, value: string): string | null {
  return /^\d{5,20}$/.test(value) ? null : `${name} must be an id of digits, such as 112233445566778899.`;
}

function idsOf(given: Given): { token: string; guildId: string; channelId: string } {
  return {
    token: given.DISCORD_TOKEN ?? '',
    guildId: given.DISCORD_GUILD_ID ?? '',
    channelId: given.DISCORD_CHANNEL_ID ?? '',
  };
}
