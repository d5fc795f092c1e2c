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
const defaultLostAnswerMs = 5_000;
const idleInTransactionMs = 60_000;
const idleMs = 60_000;
const firstKeepAliveMs = 10_000;
/**
 * Where the address may change, no connection gets older: a user that Vault made for a lease ends with it, and the next
 * one is there a sixth of a lease before, which is 10 minutes at a lease of an hour.
 */
const changingLifeSeconds = 300;

/** An address, or the way to the current one: a password may be another by the next connection. */
export type Address = string | (() => string);

export type Pools = {
  /** For the SQL functions of the state. */
  state: pg.Pool;
  /** For BullMQ, whose tables live in a schema of their own. */
  queue: pg.Pool;
  /** Waits for what is under way, then lets all connections go. Safe to call twice. */
  close(): Promise<void>;
};

export type PoolOptions = {
  connectionString: Address;
  log: Log;
  /** Shown in `pg_stat_activity`, with the pool's name behind it. */
  applicationName?: string;
  connectTimeoutMs?: number;
  statementTimeoutMs?: number;
  lostAnswerMs?: number;
  stateConnections?: number;
  queueConnections?: number;
  /** The longest life of a connection; where left out, 5 minutes where the address may change, and no end where not. */
  connectionLifeSeconds?: number;
};

/**
 * The two pools of a process. A lost idle connection is logged and replaced; it never ends the process. Every
 * transaction is Read Committed, whatever the server's default: the functions are written for it.
 * Whether TLS is used and how it is checked, says the URL (`sslmode=...`).
 */
export function createPools(options: PoolOptions): Pools {
  const state = createPool(options, {
    name: 'state',
    schema: 'public',
    max: options.stateConnections ?? stateConnections,
  });
  const queue = createPool(options, {
    name: 'queue',
    schema: 'bullmq',
    max: options.queueConnections ?? queueConnections,
  });
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

function createPool(
  options: PoolOptions,
  { name, schema, max }: { name: string; schema: string; max: number },
): pg.Pool {
  const statementTimeoutMs = options.statementTimeoutMs ?? defaultStatementTimeoutMs;
  const settings = { search_path: schema, default_transaction_isolation: 'read committed' };
  const pool = new pg.Pool({
    Client: clientAt(() => withServerSettings(currentAddress(options.connectionString), settings)),
    application_name: `${options.applicationName ?? 'kaggle-agent'} ${name}`,
    max,
    connectionTimeoutMillis: options.connectTimeoutMs ?? defaultConnectTimeoutMs,
    idleTimeoutMillis: idleMs,
    maxLifetimeSeconds: options.connectionLifeSeconds ?? lifeSecondsOf(options.connectionString),
    statement_timeout: statementTimeoutMs,
    query_timeout: statementTimeoutMs + (options.lostAnswerMs ?? defaultLostAnswerMs),
    idle_in_transaction_session_timeout: idleInTransactionMs,
    keepAlive: true,
    keepAliveInitialDelayMillis: firstKeepAliveMs,
  });
  survive(pool, name, options.log);
  return pool;
}

function lifeSecondsOf(address: Address): number {
  return typeof address === 'string' ? 0 : changingLifeSeconds;
}

/** The address of now, as `pg` understands it. */
export function currentAddress(address: Address): string {
  return asLibpq(typeof address === 'string' ? address : address());
}

const libpqModes: ReadonlySet<string | null> = new Set(['prefer', 'require', 'verify-ca', 'verify-full']);

/**
 * `sslmode` means what it means to every other program that takes such an address: `require` encrypts and checks
 * nobody, `verify-ca` and `verify-full` check. Source: PostgreSQL, "SSL Mode Descriptions"; pg-connection-string 2.14
 * takes the first three for the last unless told so.
 */
function asLibpq(connectionString: string): string {
  const url = new URL(connectionString);
  if (!libpqModes.has(url.searchParams.get('sslmode'))) return connectionString;
  url.searchParams.set('uselibpqcompat', 'true');
  return url.href;
}

/** A pool makes its connections by itself; each of these reads the address anew. */
function clientAt(address: () => string): typeof pg.Client {
  return class extends pg.Client {
    constructor(config?: string | pg.ClientConfig) {
      super({ ...(typeof config === 'object' ? config : {}), connectionString: address() });
    }
  };
}

/**
 * The URL with settings of the session added to whatever options it carries: pg reads options from the URL before
 * its own.
 */
export function withServerSettings(
  connectionString: string,
  settings: Readonly<Record<string, string>>,
): string {
  const url = new URL(connectionString);
  // Source: PostgreSQL, libpq "options": a space inside a value is written with a backslash before it.
  const added = Object.entries(settings).map(
    ([name, value]) => `-c ${name}=${value.replace(/[\\ ]/g, '\\$&')}`,
  );
  const options = [url.searchParams.get('options'), ...added].filter(Boolean).join(' ');
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
