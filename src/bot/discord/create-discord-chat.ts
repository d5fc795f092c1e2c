import type { Client } from 'discord.js';
import type { Chat, OutgoingCard } from '../../domain/chat.ts';
import type { Failure } from '../../domain/errors.ts';
import type { Log } from '../../domain/log.ts';
import type { Locale } from '../../domain/preferences.ts';
import type { Card } from '../card.ts';
import { renderCard } from '../cards/render-card.ts';
import type { CheckResult } from '../check-result.ts';
import type { Door } from '../door.ts';
import { createVoice } from '../voice.ts';
import { createApi } from './api.ts';
import { type BotUser, type CheckedPlaces, checkDiscord, readBotUser } from './check-discord.ts';
import { createConnection } from './connection.ts';
import { deliverCard } from './deliver-card.ts';
import { failureOf } from './failure-of.ts';
import { handleInteraction } from './handle-interaction.ts';
import { createDiscordInk, mentionRole } from './ink.ts';
import { createKept, type Kept } from './kept.ts';
import type { DrawChart } from './pictures.ts';
import { registerCommand } from './register-command.ts';
import { sayDirectly } from './say-directly.ts';

export type DiscordChatOptions = CheckedPlaces & {
  /** The bot token; shown to Discord alone. */
  token: { reveal(): string };
  /** Without the version. */
  apiUrl: string;
  door: Door;
  /** The first 8 characters of the installation's id. */
  installation: string;
  /** Of shared messages, for people whose own language Discord does not tell. */
  language: () => Locale;
  /** Gives a PNG. */
  drawChart: DrawChart;
  /** What people do does not reach the agent; posting may still work. */
  onDown: (failure: Failure) => void;
  onUp?: () => void;
  log: Log;
  now: () => Date;
};

export type DiscordChat = {
  chat: Chat;
  /** Connects; resolves after the first try, and goes on trying where it failed. */
  start(): Promise<void>;
  stop(): Promise<void>;
  /** Looks at token, server, channels, permissions and roles. */
  check(signal: AbortSignal): Promise<CheckResult>;
};

const settlingTimeoutMs = 30_000;

/** Discord as a chat: cards go out by its REST interface, what people do comes in by its gateway. */
export function createDiscordChat(options: DiscordChatOptions): DiscordChat {
  const { channelId, apiUrl, drawChart, log, now } = options;
  const token = options.token.reveal();
  const kept = createKept();
  // A client forgets its token when Discord refuses it once.
  const freshApi = () => createApi({ token, apiUrl });
  let api = freshApi();
  let botUser: BotUser | null = null;

  const connection = createConnection({
    token,
    apiUrl,
    guildId: options.guildId,
    log,
    onDown: options.onDown,
    onUp: () => options.onUp?.(),
    onInteraction: (interaction) => {
      const { door, language } = options;
      const given = { door, ids: options, channelId, language, drawChart, kept, log, now };
      void handleInteraction(interaction, given);
    },
    onGuild: (client) => settleIn(client, options),
  });

  const chat: Chat = {
    platform: 'discord',
    channel: channelId,
    canAnswer: true,
    async deliver(card, signal) {
      const ownId = async () => {
        botUser ??= await readBotUser(api.patient, signal);
        return botUser.id;
      };
      const render = (one: OutgoingCard) => cardOf(one, options, kept);
      try {
        return await deliverCard(card, { ...options, api, render, ownId }, signal);
      } catch (error) {
        const failure = failureOf(error, channelId);
        if (failure.code === 'discord.token') api = freshApi();
        throw failure;
      }
    },
    sayDirectly: (message) => sayDirectly(freshApi(), message, options),
  };

  return {
    chat,
    start: connection.start,
    stop: connection.stop,
    check: (signal) => checkDiscord(freshApi().patient, options, signal),
  };
}

/** The facts in the channel's language and Discord's way of writing. */
function cardOf(
  { content, preferences }: OutgoingCard,
  { installation, operatorRoles, now }: DiscordChatOptions,
  kept: Kept,
): Card {
  const { language: locale, timeZone } = preferences;
  const voice = createVoice({ locale, ink: createDiscordInk(), timeZone, now: now() });
  const approvers = operatorRoles.length === 0 ? null : operatorRoles.map(mentionRole).join(' ');
  const card = renderCard(content, { voice, installation, preferences, platform: 'discord', approvers });
  kept.keepConfirms(card);
  return card;
}

/** Makes the server know the commands, and notes what else is missing there. */
async function settleIn(client: Client<true>, options: DiscordChatOptions): Promise<void> {
  const { guildId, log } = options;
  const signal = AbortSignal.timeout(settlingTimeoutMs);
  const ids = { applicationId: client.application.id, guildId };
  const outcome = await registerCommand(client.rest, ids, signal);
  log.info({ outcome }, 'Discord commands ready');
  const { status, message, next } = await checkDiscord(client.rest, options, signal);
  if (status !== 'ok') log.warn({ message, next }, 'something is missing in the Discord server');
}
