import { type REST, Routes } from 'discord.js';
import { z } from 'zod';
import { ConfigurationFailure } from '../../domain/errors.ts';
import type { CheckResult } from '../check-result.ts';
import { codeOf, codes, failureOf } from './failure-of.ts';
import { inviteUrl } from './invite.ts';
import { missingPermissions } from './missing-permissions.ts';
import { type DiscordChannel, readChannel } from './threads.ts';

const userSchema = z.object({ id: z.string(), username: z.string() });
const guildSchema = z.object({
  name: z.string(),
  roles: z.array(z.object({ id: z.string(), name: z.string(), permissions: z.string().transform(BigInt) })),
});
const memberSchema = z.object({ roles: z.array(z.string()) });
const applicationSchema = z.object({ id: z.string() });

export type BotUser = z.output<typeof userSchema>;

export type CheckedPlaces = {
  guildId: string;
  channelId: string;
  /** Null: the home channel. */
  alertChannelId: string | null;
  operatorRoles: readonly string[];
  adminRoles: readonly string[];
  escalationRoles: readonly string[];
};

/** Who the bot is to Discord. */
export async function readBotUser(rest: REST, signal: AbortSignal): Promise<BotUser> {
  return userSchema.parse(await rest.get(Routes.user(), { signal }));
}

/** Looks at token, server, channels, the bot's permissions in them, and the configured roles. */
export async function checkDiscord(
  rest: REST,
  places: CheckedPlaces,
  signal: AbortSignal,
): Promise<CheckResult> {
  try {
    return await look(rest, places, signal);
  } catch (error) {
    return { status: 'error', message: failureOf(error, places.channelId).message, next: null };
  }
}

async function look(rest: REST, places: CheckedPlaces, signal: AbortSignal): Promise<CheckResult> {
  const { channelId, alertChannelId, guildId } = places;
  const user = await readBotUser(rest, signal);
  const guild = await readGuild(rest, guildId, signal);
  const member = memberSchema.parse(await rest.get(Routes.guildMember(guildId, user.id), { signal }));
  const channels = [await channelOf(rest, { id: channelId, guildId, setting: 'DISCORD_CHANNEL_ID' }, signal)];
  if (alertChannelId !== null) {
    const alerts = { id: alertChannelId, guildId, setting: 'DISCORD_ALERT_CHANNEL_ID' };
    channels.push(await channelOf(rest, alerts, signal));
  }
  for (const channel of channels) {
    const missing = missingPermissions({ userId: user.id, guildId, roles: guild.roles, member, channel });
    if (missing.length > 0) {
      return {
        status: 'warn',
        message: `${guild.name}: the bot may not ${missing.join(', ')} in #${channel.name}`,
        next: `A server admin can allow it in #${channel.name} under Edit Channel, Permissions.`,
      };
    }
  }
  const known = new Set(guild.roles.map(({ id }) => id));
  const wanted = [...places.operatorRoles, ...places.adminRoles, ...places.escalationRoles];
  const strange = wanted.filter((id) => !known.has(id));
  if (strange.length > 0) {
    return {
      status: 'warn',
      message: `${guild.name}: there are no roles ${[...new Set(strange)].join(', ')}, so nobody has them`,
      next: 'Copy the ids anew under Server Settings, Roles.',
    };
  }
  const names = channels.map(({ name }) => `#${name}`).join(' and ');
  return { status: 'ok', message: `${guild.name}, ${names}, as @${user.username}`, next: null };
}

async function readGuild(rest: REST, guildId: string, signal: AbortSignal) {
  try {
    return guildSchema.parse(await rest.get(Routes.guild(guildId), { signal }));
  } catch (error) {
    const code = codeOf(error);
    if (code !== codes.unknownGuild && code !== codes.missingAccess) throw error;
    const application = applicationSchema.parse(await rest.get(Routes.currentApplication(), { signal }));
    throw notInGuild(guildId, application.id, error);
  }
}

export function notInGuild(guildId: string, applicationId: string, cause?: unknown): ConfigurationFailure {
  return new ConfigurationFailure(
    `The Discord bot is not in the server ${guildId}: invite it at ${inviteUrl(applicationId)} or look at DISCORD_GUILD_ID.`,
    { code: 'discord.guild', cause },
  );
}

async function channelOf(
  rest: REST,
  { id, guildId, setting }: { id: string; guildId: string; setting: string },
  signal: AbortSignal,
): Promise<DiscordChannel> {
  const channel = await readChannel(rest, id, signal);
  if (channel.isText && channel.guildId === guildId) return channel;
  throw new ConfigurationFailure(`${setting} must be a text channel of the server DISCORD_GUILD_ID.`, {
    code: 'discord.channel',
  });
}
