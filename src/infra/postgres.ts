import pg from 'pg';
import type { Log } from '../domain/log.ts';

/**
 * Connections of one process. With one for LISTEN and one for the data lock they come to 20, the most that
 * a process of ours holds at once.
 */
const stateConnections = 6;
const queueConnections = 12;

const defaultConnectTimeoutMs = 10_000;
const defaultStatementTimeoutMs = 30_000;
/** Beyond the server's own timeout: for answers that a dead network swallowed. */
const lostAnswerMs = 5_000;
const idleInTransactionMs = 60_000;
const idleMs = 60_000;
const firstKeepAliveMs = 10_000;

export type Pools = {
  /** For the SQL functions of the state. */
  state: pg.Pool;
  /** For BullMQ, whose tables live in a schema of their own. */
  queue: pg.Pool;
  /** Waits for what is under way, then lets all connections go. Safe to call twice. */
  close(): Promise<void>;
};

/**
 * The two pools of a process. A lost idle connection is logged and replaced; it never ends the process.
 * Whether TLS is used and how it is checked, says the URL (`sslmode=...`).
 */
export function createPools(options: {
  connectionString: string;
  log: Log;
  /** Shown in `pg_stat_activity`, with the pool's name behind it. */
  applicationName?: string;
  connectTimeoutMs?: number;
  statementTimeoutMs?: number;
  stateConnections?: number;
  queueConnections?: number;
}): Pools {
  const applicationName = options.applicationName ?? 'kaggle-agent';
  const statementTimeoutMs = options.statementTimeoutMs ?? defaultStatementTimeoutMs;
  const create = (name: string, schema: string, max: number): pg.Pool => {
    const pool = new pg.Pool({
      connectionString: withSearchPath(options.connectionString, schema),
      application_name: `${applicationName} ${name}`,
      max,
      connectionTimeoutMillis: options.connectTimeoutMs ?? defaultConnectTimeoutMs,
      idleTimeoutMillis: idleMs,
      statement_timeout: statementTimeoutMs,
      query_timeout: statementTimeoutMs + lostAnswerMs,
      idle_in_transaction_session_timeout: idleInTransactionMs,
      keepAlive: true,
      keepAliveInitialDelayMillis: firstKeepAliveMs,
    });
    survive(pool, name, options.log);
    return pool;
  };
  const state = create('state', 'public', options.stateConnections ?? stateConnections);
  const queue = create('queue', 'bullmq', options.queueConnections ?? queueConnections);
  let closed: Promise<unknown> | undefined;
  return {
    state,
    queue,
    async close() {
      closed ??= Promise.all([state.end(), queue.end()]);
      await closed;
    },
  };
}

/** The URL with a search path added to whatever options it carries: pg reads options from the URL before its own. */
export function withSearchPath(connectionString: string, schema: string): string {
  const url = new URL(connectionString);
  const options = [url.searchParams.get('options'), `-c search_path=${schema}`].filter(Boolean).join(' ');
  url.searchParams.set('options', options);
  return url.href;
}

/**
 * An error of a connection without a listener would end the process. Only the message is logged: the error
 * of a pool carries the client, and the client its password.
 */
function survive(pool: pg.Pool, name: string, log: Log): void {
  // Every queue and worker of BullMQ listens on the one pool that it shares.
  pool.setMaxListeners(0);
  pool.on('error', ({ message }) => {
    // A pool that ends has told the server already; that the server ends as well is no news.
    if (!pool.ending) log.warn({ reason: message, pool: name }, 'an idle database connection was lost');
  });
  pool.on('connect', (client) => {
    // Taken out of the pool a client has no listener of the pool's any more; its query fails by itself.
    client.on('error', ({ message }) =>
      log.debug({ reason: message, pool: name }, 'a database connection was lost'),
    );
  });
}
