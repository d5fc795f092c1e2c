import { setTimeout as wait } from 'node:timers/promises';
import {
  type BaseInteraction,
  Client,
  DiscordAPIError,
  Events,
  GatewayIntentBits,
  Partials,
} from 'discord.js';
import { ConfigurationFailure, type Failure, TransientFailure } from '../../domain/errors.ts';
import type { Log } from '../../domain/log.ts';
import { notInGuild } from './check-discord.ts';
import { badToken, failureOf } from './failure-of.ts';

export type ConnectionOptions = {
  token: string;
  apiUrl: string;
  guildId: string;
  onInteraction: (interaction: BaseInteraction) => void;
  /** Once at each connection, and when the bot comes into the server. */
  onGuild: (client: Client<true>) => Promise<void>;
  /** Nothing that people do reaches us, until `onUp`. */
  onDown: (failure: Failure) => void;
  onUp: () => void;
  /** Short breaks, which the client mends by itself, are no news. */
  longestBreakMs?: number;
  log: Log;
};

export type Connection = {
  /** Resolves once the first try has succeeded or failed; a failed one goes on in the background. */
  start(): Promise<void>;
  stop(): Promise<void>;
};

const firstPauseMs = 1_000;
const longestPauseMs = 60_000;
const defaultLongestBreakMs = 60_000;
const guildTimeoutMs = 2_000;
const requestTimeoutMs = 10_000;

/** Source: docs.discord.com, "Opcodes and Status Codes", gateway close codes. */
const closedForToken = 4_004;

/**
 * Keeps a connection to the gateway: the client resumes by itself after short breaks; after an end that Discord
 * calls final, and where even the first contact fails, a new client is made.
 */
export function createConnection(options: ConnectionOptions): Connection {
  const { log } = options;
  const stopping = new AbortController();
  let running: Promise<void> | null = null;
  let isUp = false;
  const setUp = (value: boolean) => {
    if (value && !isUp) options.onUp();
    isUp = value;
  };

  const keepConnected = async (afterFirst: () => void): Promise<void> => {
    let pauseMs = firstPauseMs;
    while (!stopping.signal.aborted) {
      const failure = await connectOnce(options, stopping.signal, {
        onReady: () => {
          pauseMs = firstPauseMs;
          setUp(true);
          afterFirst();
        },
        onBroken: (broken) => {
          setUp(false);
          options.onDown(broken);
        },
        onMended: () => setUp(true),
      });
      setUp(false);
      if (failure === null) return;
      log.warn({ err: failure }, 'Discord connection ended');
      options.onDown(failure);
      afterFirst();
      // Cut short where we stop.
      await wait(pauseMs, undefined, { signal: stopping.signal }).catch(() => undefined);
      pauseMs = Math.min(pauseMs * 2, longestPauseMs);
    }
  };

  return {
    async start() {
      await new Promise<void>((resolve) => {
        running = keepConnected(resolve);
      });
    },
    async stop() {
      stopping.abort(new Error('the Discord part stops'));
      await running;
    },
  };
}

type Changes = { onReady: () => void; onBroken: (failure: Failure) => void; onMended: () => void };

/** @returns why the connection ended; null where we ended it */
async function connectOnce(
  options: ConnectionOptions,
  signal: AbortSignal,
  changes: Changes,
): Promise<Failure | null> {
  const client = createClient(options);
  const stopWatching = watchBreaks(client, options, changes);
  const ended = Promise.withResolvers<Failure | null>();
  const end = () => ended.resolve(null);
  signal.addEventListener('abort', end, { once: true });
  client.on(Events.ShardDisconnect, ({ code }) => ended.resolve(failureOfClose(code)));
  client.once(Events.ClientReady, (ready) => {
    changes.onReady();
    void greet(ready, options);
  });
  client.on(Events.GuildCreate, (guild) => {
    if (guild.id === options.guildId && client.isReady()) void greet(client, options);
  });
  try {
    // A destroyed client never settles its login.
    client.login(options.token).catch((error: unknown) => ended.resolve(failureOfLogin(error)));
    return await ended.promise;
  } finally {
    signal.removeEventListener('abort', end);
    // The client tells of our own end as of a break.
    await client.destroy();
    stopWatching();
  }
}

function createClient({ apiUrl, log, onInteraction }: ConnectionOptions): Client {
  const client = new Client({
    // Commands, buttons and posting need no more: the bot reads no messages.
    intents: [GatewayIntentBits.Guilds],
    // A thread that was archived when we connected is only known from what is done in it.
    partials: [Partials.Channel],
    allowedMentions: { parse: [] },
    waitGuildTimeout: guildTimeoutMs,
    rest: { api: apiUrl, version: '10', timeout: requestTimeoutMs },
  });
  client.on(Events.Error, (error) => log.warn({ err: failureOf(error, '') }, 'Discord client error'));
  client.on(Events.ShardError, (error) =>
    log.warn({ err: failureOf(error, '') }, 'Discord connection error'),
  );
  client.on(Events.InteractionCreate, onInteraction);
  return client;
}

/** Tells of breaks that last; the client tries again about once a second. */
function watchBreaks(
  client: Client,
  { log, longestBreakMs = defaultLongestBreakMs }: ConnectionOptions,
  { onBroken, onMended }: Changes,
): () => void {
  let timer: NodeJS.Timeout | null = null;
  const stop = () => {
    if (timer !== null) clearTimeout(timer);
    timer = null;
  };
  const mended = () => {
    if (timer === null) return;
    stop();
    log.info({}, 'Discord connection mended');
    onMended();
  };
  client.on(Events.ShardReconnecting, () => {
    if (timer !== null) return;
    log.info({}, 'Discord connection broken');
    timer = setTimeout(() => {
      onBroken(new TransientFailure('Discord does not answer.', { code: 'discord.unreachable' }));
    }, longestBreakMs);
  });
  client.on(Events.ShardResume, mended);
  client.on(Events.ShardReady, mended);
  return stop;
}

async function greet(client: Client<true>, { guildId, onGuild, onDown }: ConnectionOptions): Promise<void> {
  if (!client.guilds.cache.has(guildId)) {
    onDown(notInGuild(guildId, client.application.id));
    return;
  }
  try {
    await onGuild(client);
  } catch (error) {
    onDown(failureOf(error, guildId));
  }
}

function failureOfClose(code: number): Failure {
  if (code === closedForToken) return badToken(new Error(`closed with ${code}`));
  return new ConfigurationFailure(
    `Discord ended the connection for good (${code}): look at the bot's page in the Discord developer portal.`,
    { code: 'discord.closed', details: { closeCode: code } },
  );
}

function failureOfLogin(error: unknown): Failure {
  const isToken =
    (error instanceof DiscordAPIError && error.status === 401) ||
    (error instanceof Error && 'code' in error && error.code === 'TokenInvalid');
  if (isToken) return badToken(error);
  const failure = failureOf(error, '');
  if (failure.kind === 'transient') return failure;
  return new TransientFailure('Discord cannot be reached.', { code: 'discord.unreachable', cause: error });
}
