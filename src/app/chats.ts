import { join } from 'node:path';
import { createChartDrawer } from '../bot/charts/draw-chart.ts';
import { commandDefinitions, verbs } from '../bot/commands.ts';
import type { Door } from '../bot/door.ts';
import { createPlainInk } from '../bot/inks/plain.ts';
import type { SlackSettings } from '../bot/slack/create-slack-chat.ts';
import { createVoice } from '../bot/voice.ts';
import type { Config } from '../config/load.ts';
import { createSecret, type Secret } from '../config/secret.ts';
import type { Chat } from '../domain/chat.ts';
import { asFailure, type Failure } from '../domain/errors.ts';
import type { Preferences } from '../domain/preferences.ts';
import { ensurePageBuilt } from '../embedded/page/build-page.ts';
import { startChatPage } from '../embedded/page/start-chat-page.ts';
import type { SlackWorkspace } from '../embedded/slack/contract.ts';
import { startSlackWorkspace } from '../embedded/slack/workspace.ts';
import type { Closers } from '../infra/closers.ts';
import type { Logging } from '../infra/logger.ts';
import { openLiveChat } from './live-chat.ts';
import { projectRoot } from './version.ts';

/** What a chat is built over. */
export type ChatParts = {
  config: Config;
  door: Door;
  /** The first 8 characters of the installation's id; buttons carry it. */
  installation: string;
  preferences: Preferences;
  /** How the person at this machine is called. */
  owner: string;
  /** Where the local page keeps its messages. */
  folder: string;
  /** Opens the local page. */
  pageKey: string;
  logging: Logging;
  closers: Closers;
  anyPort: boolean;
  onProgress: (text: string) => void;
  /** What people say in a chat does not reach the agent until a person mends something. */
  onDown: (platform: Chat['platform'], failure: Failure) => void;
  onUp: (platform: Chat['platform']) => void;
  signal: AbortSignal;
};

/** True where the local page stands in for Slack, whose protocol it speaks. */
export function isLocalPage({ slack, discord }: Pick<Config, 'slack' | 'discord'>): boolean {
  return slack.botToken === null && discord.token === null;
}

export type OpenChats = {
  chats: readonly Chat[];
  /** Address of the local page; null where there is none. */
  pageUrl: string | null;
  /** In words, for people. */
  names: readonly string[];
};

/** Slack and Discord as they are configured; the local page where neither is. */
export async function openChats(given: ChatParts): Promise<OpenChats> {
  const parts = { ...given, drawChart: createChartDrawer() };
  const { slack, discord } = parts.config;
  const chats: Chat[] = [];
  const names: string[] = [];
  if (slack.botToken !== null && slack.channel !== null) {
    const settings = { ...slack, botToken: slack.botToken, channel: slack.channel };
    const secrets = [slack.botToken, slack.appToken, slack.signingSecret].filter((one) => one !== null);
    chats.push(await openSlack(parts, settings, secrets));
    names.push(slack.appToken === null ? 'Slack (HTTP)' : 'Slack');
  }
  if (discord.token !== null && discord.guildId !== null && discord.channelId !== null) {
    const { token, guildId, channelId } = discord;
    chats.push(await openDiscord(parts, { token, guildId, channelId }));
    names.push('Discord');
  }
  if (chats.length > 0) return { chats, pageUrl: null, names };
  return await openPage(parts);
}

/** One for all chats. */
type Parts = ChatParts & { drawChart: ReturnType<typeof createChartDrawer> };

async function openSlack(parts: Parts, settings: SlackSettings, secrets: readonly Secret[]): Promise<Chat> {
  const { door, installation, preferences, drawChart, logging, closers } = parts;
  // Each platform's library takes its time to load; whoever lacks the platform does not wait for it.
  const { createSlackChat } = await import('../bot/slack/create-slack-chat.ts');
  const connect = () =>
    createSlackChat({
      settings,
      door,
      installation,
      preferences,
      drawChart: (chart) => drawChart(chart),
      log: logging.log,
      now: () => new Date(),
      random: Math.random,
      fetch,
      onDown: (failure) => parts.onDown('slack', failure),
      onUp: () => parts.onUp('slack'),
    });
  // In HTTP mode both would listen on one port. Each event of Slack comes to one connection of Socket Mode only.
  const mayOverlap = settings.appToken !== null;
  const slack = await openLiveChat({ name: 'slack', connect, secrets, mayOverlap, log: logging.log });
  closers.add('Slack', () => slack.stop());
  return slack.chat;
}

type DiscordPlace = { token: Secret; guildId: string; channelId: string };

async function openDiscord(parts: Parts, place: DiscordPlace): Promise<Chat> {
  const { config, door, installation, preferences, drawChart, logging, closers } = parts;
  const { alertChannelId, operatorRoles, adminRoles, escalationRoles, apiUrl } = config.discord;
  const { createDiscordChat } = await import('../bot/discord/create-discord-chat.ts');
  const connect = () =>
    createDiscordChat({
      ...place,
      apiUrl,
      alertChannelId,
      operatorRoles,
      adminRoles,
      escalationRoles,
      door,
      installation,
      language: () => preferences.language,
      drawChart: (chart) => drawChart(chart),
      log: logging.log,
      now: () => new Date(),
      onDown: (failure) => parts.onDown('discord', failure),
      onUp: () => parts.onUp('discord'),
    });
  const secrets = [place.token];
  // Every connection of Discord gets every event, so two would answer twice.
  const discord = await openLiveChat({
    name: 'discord',
    connect,
    secrets,
    mayOverlap: false,
    log: logging.log,
  });
  closers.add('Discord', () => discord.stop());
  return discord.chat;
}

/** A page that cannot be had costs nothing but itself: the prompt and the command line are there all the same. */
async function openPage(parts: Parts): Promise<OpenChats> {
  try {
    return await startPage(parts);
  } catch (error) {
    const failure = asFailure(error);
    // A port that is taken is mended by a person in a moment; going on without the page would hide it.
    if (failure.kind === 'configuration' && failure.code.endsWith('port_in_use')) throw failure;
    parts.logging.log.warn({ err: failure }, 'the local chat page is left out');
    parts.onProgress(`the local chat page is left out: ${failure.message}`);
    return { chats: [], pageUrl: null, names: [] };
  }
}

async function startPage(parts: Parts): Promise<OpenChats> {
  const { config, logging, closers, signal } = parts;
  const { log } = logging;
  const staticFolder = await ensurePageBuilt({ root: projectRoot, log, signal });
  const workspace = await startSlackWorkspace({
    port: 0,
    channels: ['kaggle'],
    users: [
      { name: parts.owner, isAdmin: true, locale: config.talking.language === 'ja' ? 'ja-JP' : 'en-US' },
    ],
    folder: join(parts.folder, 'workspace'),
    now: () => new Date(),
    // Nobody else is on this workspace who would have to be protected from us.
    rateLimits: 0,
  });
  closers.add('chat workspace', () => workspace.close());
  logging.addSecrets([workspace.botToken, workspace.appToken, workspace.signingSecret].map(createSecret));
  const chat = await openSlack(parts, settingsOf(workspace), []);
  const page = await startChatPage({
    workspace,
    port: parts.anyPort ? 0 : config.talking.pagePort,
    key: parts.pageKey,
    log,
    staticFolder,
    hints: commandHints(parts.preferences),
  });
  closers.add('chat page', () => page.close());
  return { chats: [chat], pageUrl: page.url, names: ['local page'] };
}

/** What is offered while somebody types `/`. */
function commandHints({ language: locale, timeZone }: Preferences) {
  const { plain } = createVoice({ locale, ink: createPlainInk(), timeZone, now: new Date() });
  return verbs.map((verb) => ({
    typed: `/kaggle ${verb}`,
    usage: commandDefinitions[verb].usage,
    summary: plain(`answers:command.${verb}.summary`),
  }));
}

function settingsOf(workspace: SlackWorkspace): SlackSettings {
  return {
    botToken: createSecret(workspace.botToken),
    appToken: createSecret(workspace.appToken),
    signingSecret: null,
    httpPort: 0,
    channel: workspace.channels().find(({ isIm }) => !isIm)?.id ?? '',
    alertChannel: null,
    operators: [],
    admins: [],
    escalation: [],
    apiUrl: workspace.apiUrl,
  };
}
