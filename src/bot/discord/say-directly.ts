import { randomUUID } from 'node:crypto';
import { Routes } from 'discord.js';
import type { Chat } from '../../domain/chat.ts';
import type { Log } from '../../domain/log.ts';
import { cut } from '../shorten.ts';
import type { DiscordApi } from './api.ts';
import { failureOf } from './failure-of.ts';
import { discordText, mentionRole } from './ink.ts';
import { limits } from './limits.ts';
import { nonceOf } from './marker.ts';

type Options = {
  channelId: string;
  alertChannelId: string | null;
  operatorRoles: readonly string[];
  log: Log;
};

const timeoutMs = 10_000;

/** Plain words at once; what is critical calls the operators. See `Chat.sayDirectly`. */
export async function sayDirectly(
  { patient }: DiscordApi,
  { severity, text }: Parameters<Chat['sayDirectly']>[0],
  { channelId, alertChannelId, operatorRoles, log }: Options,
): Promise<void> {
  const isCritical = severity === 'critical';
  const to = isCritical ? channelId : (alertChannelId ?? channelId);
  const roles = isCritical ? [...operatorRoles] : [];
  const words = [...roles.map(mentionRole), discordText(text)].join(' ');
  const body = {
    content: cut(words, limits.content),
    allowed_mentions: { parse: [], roles },
    nonce: nonceOf(randomUUID(), null),
    enforce_nonce: true,
  };
  try {
    await patient.post(Routes.channelMessages(to), { body, signal: AbortSignal.timeout(timeoutMs) });
  } catch (error) {
    log.error({ err: failureOf(error, to) }, 'Discord could not be told directly');
  }
}
