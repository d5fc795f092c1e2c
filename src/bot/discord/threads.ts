import { ChannelType, type REST, Routes, ThreadAutoArchiveDuration } from 'discord.js';
import { z } from 'zod';
import type { Log } from '../../domain/log.ts';
import { printable } from '../inks/safe-text.ts';
import { cut } from '../shorten.ts';
import { codeOf, codes, failureOf } from './failure-of.ts';
import { limits } from './limits.ts';
import type { Overwrite } from './missing-permissions.ts';

export type Message = { channelId: string; messageId: string };

/**
 * The thread of a message, made where there is none yet.
 * @returns its id, which is the message's own; null where the message is gone
 * Source: docs.discord.com, "Channels Resource", "Start Thread from Message"
 */
export async function openThread(
  rest: REST,
  { channelId, messageId }: Message,
  name: string,
  signal: AbortSignal,
): Promise<string | null> {
  const body = {
    name: cut(printable(name).trim(), limits.threadName) || 'thread',
    auto_archive_duration: ThreadAutoArchiveDuration.OneWeek,
  };
  try {
    await rest.post(Routes.threads(channelId, messageId), { body, signal });
    return messageId;
  } catch (error) {
    const code = codeOf(error);
    if (code === codes.threadExists) return messageId;
    if (code === codes.unknownMessage) return null;
    throw error;
  }
}

export async function unarchive(rest: REST, threadId: string, signal: AbortSignal): Promise<void> {
  await rest.patch(Routes.channel(threadId), { body: { archived: false }, signal });
}

/** Pins or unpins; that this fails is no reason to call a message undelivered. @returns whether it worked */
export async function setPin(
  rest: REST,
  { channelId, messageId }: Message,
  isPinned: boolean,
  { log, signal, ownId }: { log: Log; signal: AbortSignal; ownId: () => Promise<string> },
): Promise<boolean> {
  const route = Routes.channelMessagesPin(channelId, messageId);
  try {
    if (!isPinned) await rest.delete(route, { signal });
    else await pin(rest, { channelId, messageId }, await ownId(), signal);
    return true;
  } catch (error) {
    log.warn({ err: failureOf(error, channelId), isPinned }, 'Discord message not pinned');
    return false;
  }
}

const pinsSchema = z.object({
  items: z.array(z.object({ message: z.object({ id: z.string(), author: z.object({ id: z.string() }) }) })),
});

/** Where all places are taken, our own oldest pin makes room; those of others are left alone. */
async function pin(rest: REST, message: Message, ownId: string, signal: AbortSignal): Promise<void> {
  const { channelId, messageId } = message;
  try {
    await rest.put(Routes.channelMessagesPin(channelId, messageId), { signal });
  } catch (error) {
    if (codeOf(error) !== codes.pinsFull) throw error;
    const pins = pinsSchema.parse(await rest.get(Routes.channelMessagesPins(channelId), { signal }));
    const own = pins.items.filter((one) => one.message.author.id === ownId).at(-1);
    if (own === undefined) throw error;
    await rest.delete(Routes.channelMessagesPin(channelId, own.message.id), { signal });
    await rest.put(Routes.channelMessagesPin(channelId, messageId), { signal });
  }
}

const bits = z.string().transform(BigInt);
const channelSchema = z.object({
  name: z.string().default(''),
  type: z.number(),
  guild_id: z.string().optional(),
  permission_overwrites: z.array(z.object({ id: z.string(), allow: bits, deny: bits })).default([]),
});

export type DiscordChannel = {
  name: string;
  guildId: string | null;
  /** False for voice, forums and the like, where cards cannot stand. */
  isText: boolean;
  overwrites: readonly Overwrite[];
};

export async function readChannel(
  rest: REST,
  channelId: string,
  signal: AbortSignal,
): Promise<DiscordChannel> {
  const channel = channelSchema.parse(await rest.get(Routes.channel(channelId), { signal }));
  const isText = channel.type === ChannelType.GuildText || channel.type === ChannelType.GuildAnnouncement;
  const overwrites = channel.permission_overwrites;
  return { name: channel.name, guildId: channel.guild_id ?? null, isText, overwrites };
}
