import { join } from 'node:path';
import { runMigrations } from 'bullmq';
import type { Config } from '../config/load.ts';
import { ConfigurationFailure } from '../domain/errors.ts';
import type { Log } from '../domain/log.ts';
import { attachEmbeddedPostgres, startEmbeddedPostgres } from '../embedded/postgres.ts';
import type { Closers } from '../infra/closers.ts';
import { takeDataLock } from '../infra/data-lock.ts';
import { migrate } from '../infra/migrate.ts';
import { createPools, type Pools } from '../infra/postgres.ts';
import { createPgPort } from '../state/pg-port.ts';
import type { StatePort } from '../state/port.ts';

export type Database = {
  state: StatePort;
  pools: Pools;
  connectionString: string;
  /** In words for people. */
  description: string;
  migrations: number;
};

type Options = {
  config: Config;
  root: string;
  dataFolder: string;
  log: Log;
  closers: Closers;
  signal: AbortSignal;
};

/** The database of the configuration, or the built-in one, with our tables up to date. */
export async function openDatabase(options: Options): Promise<Database> {
  const { config, log, closers } = options;
  const configured = config.infrastructure.databaseUrl?.reveal();
  const connectionString = configured ?? (await startBuiltIn(options));
  const pools = createPools({ connectionString, log });
  closers.add('database connections', () => pools.close());
  const { applied, current } = await migrate({
    pool: pools.state,
    folder: join(options.root, 'supabase', 'migrations'),
    log,
  });
  if (applied.length > 0) log.info({ applied: applied.length, current }, 'database migrated');
  return {
    state: createPgPort(pools.state),
    pools,
    connectionString,
    description: configured === undefined ? 'embedded Postgres' : 'Postgres of DATABASE_URL',
    migrations: applied.length,
  };
}

async function startBuiltIn({ dataFolder, log, closers, signal }: Options): Promise<string> {
  const server = await startEmbeddedPostgres({ dataFolder, log, signal });
  closers.add('database', () => server.stop());
  return server.connectionString;
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
  database: Database,
  options: { url: string; log: Log; closers: Closers; onLost: () => void },
): Promise<void> {
  const answer = await takeDataLock({
    connectionString: database.connectionString,
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
  const configured = config.infrastructure.databaseUrl?.reveal();
  const connectionString = configured ?? (await attachEmbeddedPostgres(dataFolder));
  if (connectionString === null) {
    throw new ConfigurationFailure(`No agent is running on ${dataFolder}; npm start starts one.`, {
      code: 'agent.not_running',
    });
  }
  const pools = createPools({ connectionString, log, stateConnections: 2, queueConnections: 1 });
  return {
    state: createPgPort(pools.state),
    pools,
    connectionString,
    description: configured === undefined ? 'embedded Postgres' : 'Postgres of DATABASE_URL',
    migrations: 0,
  };
}
