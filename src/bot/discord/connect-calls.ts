import { ChannelType, type REST, Routes } from 'discord.js';
import { z } from 'zod';
import { createApi } from './api.ts';
import { readBotUser } from './check-discord.ts';
import { failureOf } from './failure-of.ts';
import { inviteUrl } from './invite.ts';

export type DiscordPlace = { id: string; name: string };

const applicationSchema = z.object({ id: z.string() });
const guildsSchema = z.array(z.object({ id: z.string(), name: z.string() }));
const channelsSchema = z.array(
  z.object({
    id: z.string(),
    type: z.number(),
    name: z.string().default(''),
    position: z.number().default(0),
  }),
);

/** What connecting asks of Discord, before anything is started. All throw a Failure for people. */
export function createDiscordConnectCalls({ apiUrl }: { apiUrl: string }) {
  /** A client forgets its token when Discord refuses it once, so each question has its own. */
  const ask = async <T>(token: string, channel: string, call: (rest: REST) => Promise<T>): Promise<T> => {
    try {
      return await call(createApi({ token, apiUrl }).patient);
    } catch (error) {
      throw failureOf(error, channel);
    }
  };

  return {
    /** @returns the bot's name, and where it is invited. @throws ConfigurationFailure `discord.token` */
    whose: (token: string, signal: AbortSignal): Promise<{ user: string; inviteUrl: string }> =>
      ask(token, '', async (rest) => {
        const { username } = await readBotUser(rest, signal);
        const application = applicationSchema.parse(await rest.get(Routes.currentApplication(), { signal }));
        return { user: username, inviteUrl: inviteUrl(application.id) };
      }),
    /** The servers that the bot was let into. */
    guilds: (token: string, signal: AbortSignal): Promise<DiscordPlace[]> =>
      ask(token, '', async (rest) => guildsSchema.parse(await rest.get(Routes.userGuilds(), { signal }))),
    /** The channels of a server in which cards can stand, as Discord orders them. */
    channels: (token: string, guildId: string, signal: AbortSignal): Promise<DiscordPlace[]> =>
      ask(token, '', async (rest) =>
        channelsSchema
          .parse(await rest.get(Routes.guildChannels(guildId), { signal }))
          .filter(({ type }) => type === ChannelType.GuildText || type === ChannelType.GuildAnnouncement)
          .toSorted((a, b) => a.position - b.position)
          .map(({ id, name }) => ({ id, name })),
      ),
    say: async (token: string, channelId: string, content: string, signal: AbortSignal): Promise<void> => {
      const body = { content, allowed_mentions: { parse: [] } };
      await ask(token, channelId, (rest) => rest.post(Routes.channelMessages(channelId), { body, signal }));
    },
  };
}
