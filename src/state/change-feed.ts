import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import type { Log } from '../domain/log.ts';
import { createChangeListeners } from './change-listeners.ts';

/**
 * `connected`: listening (again); whatever happened before was not told, so look now.
 * `notified`: somebody wrote; the payload is the event's type, why events were sent again, or the table.
 * A feed that cannot be told may say `poll`: it is time to look.
 */
export type ChangeNotice = { kind: 'connected' } | { kind: 'notified'; payload: string };
export type ChangeListener = (notice: ChangeNotice) => void;

export type ChangeFeed = {
  /** @returns ends this subscription. A listener that comes late is told `connected` at once. */
  subscribe(listener: ChangeListener): () => void;
  /** Ends the connection. Safe to call twice. */
  close(): Promise<void>;
};

const shortestRetryMs = 100;
const longestRetryMs = 5_000;
const connectTimeoutMs = 10_000;
const defaultKeepAliveMs = 15_000;
const answerTimeoutMs = 5_000;
const endTimeoutMs = 1_000;
const channelName = /^[a-z][a-z0-9_]{0,62}$/;

/**
 * Tells at once when something was written: LISTEN on a connection of its own, which is made again whenever it
 * is lost. A network that swallows what we send without closing the connection is found by asking the server
 * for a sign of life. Notices are hints: who must not miss anything also looks now and then.
 */
export function createChangeFeed(options: {
  /** Or what gives the one of now: a password may be another by the next connection. */
  connectionString: string | (() => string);
  log: Log;
  channel?: string;
  keepAliveMs?: number;
}): ChangeFeed {
  const channel = options.channel ?? 'kaggle_agent_events';
  if (!channelName.test(channel)) throw new TypeError(`${channel} is no name of a channel`);
  const closing = new AbortController();
  let isConnected = false;
  const { add, tell } = createChangeListeners<ChangeNotice>(options.log, () =>
    isConnected ? { kind: 'connected' } : null,
  );

  const listenOnce = async (): Promise<void> => {
    const { connectionString } = options;
    const client = createClient(typeof connectionString === 'string' ? connectionString : connectionString());
    const lost = new Promise<void>((resolve) => client.once('end', resolve));
    client.on('error', ({ message }) =>
      options.log.debug({ reason: message }, 'the connection of the change feed failed'),
    );
    client.on('notification', (message) => tell({ kind: 'notified', payload: message.payload ?? '' }));
    const over = new AbortController();
    // pg's connect() never settles when its client is ended meanwhile, so the end is waited for beside it.
    const closed = new Promise<void>((resolve) => {
      closing.signal.addEventListener('abort', () => resolve(), { once: true, signal: over.signal });
    });
    const live = async (): Promise<void> => {
      await client.connect();
      await client.query(`listen ${channel}`);
      isConnected = true;
      tell({ kind: 'connected' });
      await keepAsking(client, options.keepAliveMs ?? defaultKeepAliveMs, over.signal);
    };
    try {
      await Promise.race([closed, lost, live()]);
    } finally {
      isConnected = false;
      over.abort();
      // A dead network may never confirm the end; the socket goes with the process at the latest.
      await Promise.race([
        client.end().catch(() => undefined),
        sleep(endTimeoutMs, undefined, { ref: false }),
      ]);
    }
  };

  const run = async (): Promise<void> => {
    for (let failures = 0; !closing.signal.aborted; failures++) {
      const startedAt = performance.now();
      await listenOnce().catch((error: unknown) => {
        if (closing.signal.aborted) return;
        const reason = error instanceof Error ? error.message : String(error);
        options.log.warn({ reason }, 'the change feed cannot connect');
      });
      if (performance.now() - startedAt > longestRetryMs) failures = 0;
      const waitMs = Math.min(shortestRetryMs * 2 ** failures, longestRetryMs);
      await sleep(waitMs, undefined, { signal: closing.signal }).catch(() => undefined);
    }
  };
  const running = run();

  return {
    subscribe: add,
    async close() {
      closing.abort();
      await running;
    },
  };
}

function createClient(connectionString: string): pg.Client {
  return new pg.Client({
    connectionString,
    application_name: 'kaggle-agent changes',
    connectionTimeoutMillis: connectTimeoutMs,
    query_timeout: answerTimeoutMs,
    keepAlive: true,
    keepAliveInitialDelayMillis: defaultKeepAliveMs,
  });
}

/** Asks for a sign of life now and then. @throws when there is none */
async function keepAsking(client: pg.Client, everyMs: number, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await sleep(everyMs, undefined, { signal }).catch(() => undefined);
    if (signal.aborted) return;
    await client.query('select 1');
  }
}
