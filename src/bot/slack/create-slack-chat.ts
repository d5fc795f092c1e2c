import { App } from '@slack/bolt';
import type { Chart } from '../../domain/chart.ts';
import type { Chat } from '../../domain/chat.ts';
import { ConfigurationFailure, type Failure } from '../../domain/errors.ts';
import type { Log } from '../../domain/log.ts';
import type { Preferences } from '../../domain/preferences.ts';
import { createChartDrawer } from '../charts/draw-chart.ts';
import type { CheckResult } from '../check-result.ts';
import type { Door } from '../door.ts';
import { createChat } from './chat.ts';
import { checkSlack } from './check.ts';
import { clientOptions, createBoltLogger, createSlackClients, type Revealable } from './clients.ts';
import { createDesk } from './desk.ts';
import type { DeskOptions } from './desk-options.ts';
import { createForms } from './forms.ts';
import { createHomes } from './homes.ts';
import { createHttpLink } from './http-link.ts';
import { createIdentity } from './identity.ts';
import { createSlackInk } from './ink.ts';
import { addListeners } from './listeners.ts';
import { createPeople } from './people.ts';
import { createPresenter } from './present.ts';
import { slackFailure } from './slack-failure.ts';
import { createSocketLink } from './socket-link.ts';
import { createSpeaker } from './speaker.ts';
import { createSubmissions } from './submissions.ts';
import { createUploads } from './uploads.ts';

const defaultHomesEveryMs = 60_000;

/** As the configuration's group `slack` has them. */
export type SlackSettings = {
  botToken: Revealable;
  /** Socket Mode; null: HTTP mode, which needs the signing secret. */
  appToken: Revealable | null;
  signingSecret: Revealable | null;
  httpPort: number;
  /** Id of the home channel. */
  channel: string;
  alertChannel: string | null;
  operators: readonly string[];
  admins: readonly string[];
  escalation: readonly string[];
  apiUrl: string;
};

export type SlackChatOptions = {
  settings: SlackSettings;
  door: Door;
  /** The first 8 characters of the installation's id; buttons carry it. */
  installation: string;
  /** Until the first card brings newer ones. */
  preferences: Preferences;
  /** Makes a chart's PNG; the agent's own charts where left out. */
  drawChart?: (chart: Chart) => Promise<Buffer>;
  log: Log;
  now: () => Date;
  /** 0 (inclusive) to 1, for the jitter of reconnecting. */
  random: () => number;
  fetch: typeof globalThis.fetch;
  /** Slack cannot be used until a person mends something; told once for each cause. */
  onDown: (failure: Failure) => void;
  /** How often Home tabs are looked through; each is published at most once a minute. */
  homesEveryMs?: number;
  /** It works again. */
  onUp?: () => void;
};

export type SlackChat = {
  chat: Chat;
  /**
   * Resolves after the first attempt to connect; what fails is tried again by itself.
   * @throws ConfigurationFailure `slack.port_taken` (HTTP mode)
   */
  start(): Promise<void>;
  stop(): Promise<void>;
  /** For `doctor`: whether Slack answers, and what to do where it does not. Never throws. */
  check(signal: AbortSignal): Promise<CheckResult>;
  /** In HTTP mode the port that Slack's requests come to, once started. */
  port(): number | null;
};

/**
 * The Slack app.
 * @throws ConfigurationFailure `slack.not_reachable` without app token and signing secret
 */
export function createSlackChat(options: SlackChatOptions): SlackChat {
  const { settings, log } = options;
  const logger = createBoltLogger(log);
  const clients = createSlackClients({ token: settings.botToken, apiUrl: settings.apiUrl, logger });
  const identity = createIdentity(clients.lookups);
  const ended = new AbortController();
  let hasJoined = false;
  const { link, port } = createLink(options, async () => {
    await identity.read();
    if (hasJoined) return;
    hasJoined = true;
    void joinChannels(clients, settings, log);
  });
  const { chat, homes } = assemble(options, { clients, identity, signal: ended.signal, link });
  let timer: NodeJS.Timeout | null = null;

  return {
    chat,
    port,
    async start() {
      await link.start();
      timer = setInterval(() => void homes.refresh(), options.homesEveryMs ?? defaultHomesEveryMs);
      timer.unref();
      log.info({ mode: link.mode }, 'slack app started');
    },
    async stop() {
      if (timer !== null) clearInterval(timer);
      ended.abort(new Error('slack is being stopped'));
      await link.stop();
    },
    check: (signal) => checkSlack({ clients, identity, link, settings, signal }),
  };
}

/** Mentions reach the app only where it is a member; a public channel it can enter by itself. */
async function joinChannels(
  { lookups }: ReturnType<typeof createSlackClients>,
  { channel: home, alertChannel }: SlackSettings,
  log: Log,
): Promise<void> {
  for (const id of new Set([home, alertChannel ?? home])) {
    try {
      const { channel } = await lookups.conversations.info({ channel: id });
      if (channel?.is_member !== true && channel?.is_private !== true) {
        await lookups.conversations.join({ channel: id });
      }
    } catch (error) {
      log.warn({ err: slackFailure(error), channel: id }, 'a channel of slack could not be joined');
    }
  }
}

type Shared = {
  clients: ReturnType<typeof createSlackClients>;
  identity: ReturnType<typeof createIdentity>;
  signal: AbortSignal;
  link: ReturnType<typeof createLink>['link'];
};

function assemble(options: SlackChatOptions, { clients, identity, signal, link }: Shared) {
  const { settings, door, log, now, fetch } = options;
  const ink = createSlackInk();
  let preferences: Pick<Preferences, 'language' | 'bars'> = options.preferences;
  const uploads = createUploads({
    client: clients.cards,
    fetch,
    draw: options.drawChart ?? createChartDrawer(),
    now,
  });
  const presenter = createPresenter({ uploads, log });
  const { operators, admins, channel: homeChannel } = settings;
  const people = createPeople({ client: clients.lookups, operators, admins, log, now });
  const speaker = createSpeaker({ clients, presenter, uploads, homeChannel, log, now, signal });
  const desk: DeskOptions = {
    door,
    people,
    identity,
    speaker,
    ink,
    homeChannel,
    operators,
    admins,
    preferences: () => preferences,
    log,
    now,
  };
  const forms = createForms({ ...desk, clients });
  const homes = createHomes({ ...desk, clients });
  const app = new App({
    receiver: link.receiver,
    convoStore: false,
    logger: createBoltLogger(log),
    clientOptions: clientOptions({ apiUrl: settings.apiUrl, logger: createBoltLogger(log) }),
    // Bolt's own way asks once, at construction, and keeps a failure for ever.
    authorize: async () => {
      const { teamId, botId, botUserId } = await identity.read();
      return { botToken: settings.botToken.reveal(), teamId, botId, botUserId };
    },
  });
  addListeners(app, {
    desk: createDesk({ ...desk, forms }),
    submit: createSubmissions({ ...desk, forms }),
    homes,
    people,
    door,
    identity,
    homeChannel,
    apiUrl: settings.apiUrl,
    fetch,
    log,
    onDown: options.onDown,
  });
  const chat = createChat({
    clients,
    presenter,
    uploads,
    ink,
    channels: { home: homeChannel, alerts: settings.alertChannel ?? homeChannel },
    operators,
    escalation: settings.escalation,
    installation: options.installation,
    log,
    now,
    onPreferences: (newest) => {
      preferences = newest;
    },
  });
  return { chat, homes };
}

function createLink(options: SlackChatOptions, identify: () => Promise<unknown>) {
  const { settings, log, now, random, onDown, onUp = () => undefined } = options;
  const logger = createBoltLogger(log);
  if (settings.appToken !== null) {
    const { appToken, apiUrl } = settings;
    const link = createSocketLink({ appToken, apiUrl, logger, log, identify, onDown, onUp, random });
    return { link, port: () => null };
  }
  if (settings.signingSecret === null) {
    throw new ConfigurationFailure(
      'Slack needs SLACK_APP_TOKEN (Socket Mode) or SLACK_SIGNING_SECRET (HTTP).',
      {
        code: 'slack.not_reachable',
      },
    );
  }
  const { signingSecret, httpPort } = settings;
  const link = createHttpLink({ signingSecret, port: httpPort, logger, log, identify, now });
  return { link, port: link.port };
}
