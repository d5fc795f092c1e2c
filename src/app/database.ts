import { join } from 'node:path';
import { runMigrations } from 'bullmq';
import type { Config } from '../config/load.ts';
import { ConfigurationFailure, type Failure } from '../domain/errors.ts';
import type { Log } from '../domain/log.ts';
import { attachEmbeddedPostgres, startEmbeddedPostgres } from '../embedded/postgres.ts';
import type { Closers } from '../infra/closers.ts';
import { takeDataLock } from '../infra/data-lock.ts';
import { migrate } from '../infra/migrate.ts';
import { type Address, createPools, currentAddress, type Pools } from '../infra/postgres.ts';
import { checkPostgres } from '../infra/postgres-check.ts';
import { type ChangeFeed, createChangeFeed } from '../state/change-feed.ts';
import { createPgPort } from '../state/pg-port.ts';
import type { StatePort } from '../state/port.ts';
import { type SupabaseAccess, supabaseOf } from './supabase.ts';

/** Connections to the database itself; what the queues, the data lock and LISTEN need. */
export type DirectDatabase = { pools: Pools; connectionString: Address };

export type Database = {
  state: StatePort;
  /** Null for a Supabase project, which is reached over HTTPS alone. */
  direct: DirectDatabase | null;
  /** Null where the database is reached directly. */
  supabase: SupabaseAccess | null;
  /** What tells at once that something was written: Realtime for a Supabase project, else LISTEN. */
  openFeed(log: Log): ChangeFeed;
  /** In words for people. */
  description: string;
  /** How many were applied by this start. */
  migrations: number;
  /** Safe to call twice. */
  close(): Promise<void>;
};

export type OpenDatabaseOptions = {
  config: Config;
  root: string;
  dataFolder: string;
  log: Log;
  closers: Closers;
  signal: AbortSignal;
  /** The built-in database is gone and cannot be started again. */
  onLost: (failure: Failure) => void;
};

export function migrationsFolder(root: string): string {
  return join(root, 'supabase', 'migrations');
}

/**
 * The database of the configuration, or the built-in one, with our tables up to date: the Supabase project of
 * SUPABASE_URL, else the Postgres of DATABASE_URL, else the built-in one.
 * @throws ConfigurationFailure `state.not_migrated` for a Supabase project that lacks our tables, and what
 * `migrate` and the ports throw
 */
export async function openDatabase(options: OpenDatabaseOptions): Promise<Database> {
  const { config, log, closers } = options;
  const access = supabaseOf(config);
  const folder = migrationsFolder(options.root);
  const address = config.infrastructure.databaseUrl;
  if (access !== null) {
    const { signal } = options;
    const project = await supabaseDatabase(access);
    const { prepareSupabase } = await import('./open-supabase.ts');
    const migrations = await prepareSupabase(project.state, { databaseUrl: address, folder, log, signal });
    return { ...project, migrations };
  }
  if (address !== null) {
    const { hasFewConnections, version } = await checkPostgres(() => address.reveal(), {
      signal: options.signal,
    });
    if (hasFewConnections) log.warn({ version }, 'the database grants fewer connections than may be wanted');
  }
  const connectionString = address === null ? await startBuiltIn(options) : () => address.reveal();
  const pools = createPools({ connectionString, log });
  closers.add('database connections', () => pools.close());
  const { applied, current } = await migrate({ pool: pools.state, folder, log });
  if (applied.length > 0) log.info({ applied: applied.length, current }, 'database migrated');
  return directDatabase({ pools, connectionString }, address !== null, applied.length);
}

function directDatabase(direct: DirectDatabase, isConfigured: boolean, migrations: number): Database {
  return {
    state: createPgPort(direct.pools.state),
    direct,
    supabase: null,
    openFeed(log) {
      const { connectionString } = direct;
      return createChangeFeed({ connectionString: () => currentAddress(connectionString), log });
    },
    description: isConfigured ? 'Postgres of DATABASE_URL' : 'embedded Postgres',
    migrations,
    close: () => direct.pools.close(),
  };
}

/** Its client is read only where it is used: it is large. */
async function supabaseDatabase(access: SupabaseAccess): Promise<Database> {
  const { attachSupabase } = await import('./open-supabase.ts');
  return {
    ...attachSupabase(access),
    direct: null,
    supabase: access,
    description: 'Supabase project of SUPABASE_URL',
    migrations: 0,
    close: async () => undefined,
  };
}

async function startBuiltIn({
  dataFolder,
  log,
  closers,
  signal,
  onLost,
}: OpenDatabaseOptions): Promise<string> {
  const server = await startEmbeddedPostgres({ dataFolder, log, signal, onLost });
  closers.add('database', () => server.stop());
  return server.connectionString;
}

/** @throws TypeError where only Supabase's API reaches the database: the caller should have asked */
export function directly(direct: DirectDatabase | null): DirectDatabase {
  if (direct === null) throw new TypeError('this database has no direct connections');
  return direct;
}

/** The queue's own tables, in a schema of their own. */
export async function migrateQueue(pools: Pools): Promise<void> {
  const client = await pools.queue.connect();
  try {
    await runMigrations(client, 'bullmq');
  } finally {
    client.release();
  }
}

/**
 * One worker process per database while locks are in-process.
 * @throws ConfigurationFailure `agent.already_running`
 */
export async function claimDatabase(
  database: Pick<Database, 'direct'>,
  options: {
    url: string;
    /** Reached from other machines too. */
    isShared: boolean;
    log: Log;
    closers: Closers;
    onLost: () => void;
  },
): Promise<void> {
  const answer = await takeDataLock({
    connectionString: directly(database.direct).connectionString,
    holder: { pid: process.pid, url: options.url },
    log: options.log,
    onLost: options.onLost,
  });
  if (answer.outcome === 'held') {
    options.closers.add('data lock', () => answer.lock.release());
    return;
  }
  const { holder } = answer;
  const who = holder === null || holder.pid === null ? '' : ` (pid ${holder.pid})`;
  if (options.isShared) {
    throw new ConfigurationFailure(
      `Another Kaggle Agent already works on this database${who}. Without REDIS_URL their limits and locks would not be shared: set REDIS_URL for both, or give this one another DATABASE_URL.`,
      { code: 'agent.already_running', details: { pid: holder?.pid ?? null } },
    );
  }
  throw new ConfigurationFailure(
    `Kaggle Agent is already running on this data${who}. Use it there, or start a second one with KAGGLE_AGENT_DATA=./other.`,
    { code: 'agent.already_running', details: { pid: holder?.pid ?? null } },
  );
}

/**
 * The database of an agent that runs, for commands that only look.
 * @throws ConfigurationFailure `agent.not_running`
 */
export async function attachDatabase(config: Config, dataFolder: string, log: Log): Promise<Database> {
  const access = supabaseOf(config);
  if (access !== null) return await supabaseDatabase(access);
  const address = config.infrastructure.databaseUrl;
  const connectionString =
    address === null ? await attachEmbeddedPostgres(dataFolder) : () => address.reveal();
  if (connectionString === null) {
    throw new ConfigurationFailure(`No agent is running on ${dataFolder}; npm start starts one.`, {
      code: 'agent.not_running',
    });
  }
  const pools = createPools({ connectionString, log, stateConnections: 2, queueConnections: 1 });
  return directDatabase({ pools, connectionString }, address !== null, 0);
}
