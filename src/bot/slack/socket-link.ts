import { setTimeout as wait } from 'node:timers/promises';
import { type Logger, SocketModeReceiver } from '@slack/bolt';
import { ConfigurationFailure, type Failure, TransientFailure } from '../../domain/errors.ts';
import type { Log } from '../../domain/log.ts';
import { clientOptions, type Revealable } from './clients.ts';
import type { SlackLink } from './link.ts';
import { slackFailure } from './slack-failure.ts';

/**
 * Also how late a pong may be, so it cannot be much lower. Source: @slack/socket-mode 3.1.
 */
const pingTimeoutMs = 2_000;
const helloTimeoutMs = 15_000;
const closeTimeoutMs = 3_000;
/** A connection that lived so long was a good one; the next is opened at once. */
const goodAfterMs = 5_000;
const backoff = { firstMs: 1_000, longestMs: 30_000, brokenMs: 60_000 };

export type SocketLinkOptions = {
  appToken: Revealable;
  apiUrl: string;
  logger: Logger;
  log: Log;
  /** Before each connection: who are we? */
  identify: () => Promise<unknown>;
  /** A person must mend something; told once until it works again. */
  onDown: (failure: Failure) => void;
  onUp: () => void;
  random: () => number;
};

/**
 * Socket Mode that comes back by itself. The library's own reconnection is off: its failure would be a rejected promise
 * that nobody awaits, and it waits seconds after each `disconnect`.
 */
export function createSocketLink(options: SocketLinkOptions): SlackLink {
  const receiver = createReceiver(options);
  const { client } = receiver;
  catchBadMessages(client, options.log);
  const ended = new AbortController();
  let running: Promise<void> = Promise.resolve();
  let trouble: Failure | null = null;
  let gone = Promise.withResolvers<void>();
  client.on('disconnected', () => gone.resolve());

  const connect = async (): Promise<void> => {
    gone = Promise.withResolvers<void>();
    const late = new AbortController();
    try {
      await Promise.race([client.start(), rejectLate(late.signal)]);
    } finally {
      late.abort();
    }
  };
  const fail = (failure: Failure): void => {
    const isNews = trouble?.code !== failure.code;
    trouble = failure;
    if (!isNews) return;
    options.log.warn({ err: failure }, 'slack is not connected');
    if (failure instanceof ConfigurationFailure) options.onDown(failure);
  };

  const run = async (firstTried: () => void): Promise<void> => {
    for (let failures = 0; !ended.signal.aborted; ) {
      let delayMs = options.random() * 300;
      try {
        await options.identify();
        await connect();
        const sinceMs = performance.now();
        if (trouble !== null) options.onUp();
        trouble = null;
        firstTried();
        options.log.info({}, 'slack is connected');
        await gone.promise;
        const isGood = performance.now() - sinceMs > goodAfterMs;
        failures = isGood ? 0 : failures + 1;
        // The first loss is made good at once, however young the connection was.
        if (failures > 1) delayMs += delayOf(failures - 1) / 4;
        options.log.info({}, 'slack was disconnected');
      } catch (error) {
        void client.disconnect();
        const failure = slackFailure(error);
        failures += 1;
        delayMs += waitAfter(failure, failures);
        fail(failure);
        firstTried();
      }
      await wait(delayMs, undefined, { signal: ended.signal }).catch(() => undefined);
    }
  };

  return {
    mode: 'socket',
    receiver,
    trouble: () => trouble,
    async start() {
      const first = Promise.withResolvers<void>();
      running = run(first.resolve).catch((err: unknown) => {
        options.log.error({ err }, 'the connection to slack is given up');
        first.resolve();
      });
      await first.promise;
    },
    async stop() {
      ended.abort();
      gone.resolve();
      await Promise.race([client.disconnect(), wait(closeTimeoutMs, undefined, { ref: false })]);
      await Promise.race([running, wait(closeTimeoutMs, undefined, { ref: false })]);
    },
  };
}

function createReceiver(
  options: Pick<SocketLinkOptions, 'appToken' | 'apiUrl' | 'logger'>,
): SocketModeReceiver {
  return new SocketModeReceiver({
    appToken: options.appToken.reveal(),
    clientPingTimeout: pingTimeoutMs,
    autoReconnectEnabled: false,
    logger: options.logger,
    installerOptions: {
      clientOptions: {
        ...clientOptions(options),
        retryConfig: { retries: 0 },
        rejectRateLimitedCalls: true,
      },
    },
  });
}

function delayOf(failures: number): number {
  return Math.min(backoff.longestMs, backoff.firstMs * 2 ** (failures - 1));
}

function waitAfter(failure: Failure, failures: number): number {
  if (failure instanceof ConfigurationFailure) return Math.min(backoff.brokenMs, delayOf(failures) * 4);
  return failure instanceof TransientFailure && failure.retryAfterMs !== undefined
    ? failure.retryAfterMs
    : delayOf(failures);
}

async function rejectLate(signal: AbortSignal): Promise<never> {
  await wait(helloTimeoutMs, undefined, { signal, ref: false });
  throw new TransientFailure(
    'Slack opened a connection and said nothing on it; it is tried again by itself.',
    {
      code: 'slack.no_hello',
    },
  );
}

/** The library handles messages in a function that nobody awaits; one that it cannot read must end nothing. */
function catchBadMessages(client: SocketModeReceiver['client'], log: Log): void {
  const handlers = client.listeners('ws_message');
  client.removeAllListeners('ws_message');
  for (const handler of handlers) {
    client.on('ws_message', async (...message: unknown[]) => {
      try {
        await Reflect.apply(handler, client, message);
      } catch (err) {
        log.warn({ err }, 'a message of slack could not be read');
      }
    });
  }
}
