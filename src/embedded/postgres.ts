import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { type Failure, SystemFailure } from '../domain/errors.ts';
import type { Log } from '../domain/log.ts';
import {
  connectionStringOf,
  makeFolders,
  type PostgresConnection,
  type PostgresFolder,
  postgresFolder,
  readConnection,
  readOrMakeConnection,
  writeConnection,
} from './postgres-folder.ts';
import { isAlive, makeCluster } from './postgres-init.ts';
import { keepServer, type RunningServer } from './postgres-keeper.ts';
import { findPostgresPrograms, type PostgresPrograms } from './postgres-programs.ts';
import { startServer } from './postgres-server.ts';
import { findPostgresUser } from './postgres-user.ts';
import { clearStalePidFile, findLivePostmaster, stopPostmaster } from './postmaster.ts';

export type EmbeddedPostgres = {
  /** For the agent: an ordinary user who owns the database and may make roles. */
  connectionString: string;
  /** For the superuser; only set-up needs it. */
  adminConnectionString: string;
  port: number;
  /** Started by another agent that still lives; `stop` leaves it alone. */
  adopted: boolean;
  stop(): Promise<void>;
};

/** Another agent's server that is just starting is waited for, also where that takes long. */
const takenForMs = 60_000;
const tryAgainMs = 250;
/** A server that just began is in the connection file this soon. */
const writtenWithinMs = 20_000;
const connectTimeoutMs = 10_000;
/** Recovery included. */
const restartTimeoutMs = 200_000;

/**
 * Starts the built-in database of a data folder, and makes it first where there is none. It listens on a free
 * port of this machine only. What a killed agent left running is ended and started anew; one whose agent
 * lives is adopted.
 * @param options.programs another Postgres than the one that came by npm.
 * @param options.settings server settings beside, or instead of, the usual ones.
 * @param options.port where it listens; any free port by default.
 * @param options.onLost where it is given, a server that ends by itself is started again on its port, at most three
 * times within an hour; this is told when that fails, or was too often (SystemFailure `postgres.keeps_ending`).
 * @throws ConfigurationFailure `postgres.no_programs`, `postgres.no_user`, `postgres.cannot_enter`,
 * `postgres.cannot_run`, `postgres.wrong_owner`, `postgres.other_version`, `postgres.folder_in_use`,
 * `postgres.bad_connection_file`;
 * SystemFailure `disk.full`, `postgres.init_failed`, `postgres.start_failed`; TransientFailure `postgres.slow_start`
 */
export async function startEmbeddedPostgres(options: {
  dataFolder: string;
  log: Log;
  signal: AbortSignal;
  programs?: PostgresPrograms;
  settings?: Readonly<Record<string, string>>;
  port?: number;
  onLost?: (failure: Failure) => void;
}): Promise<EmbeddedPostgres> {
  const { log, signal, onLost } = options;
  const folder = postgresFolder(options.dataFolder);
  const programs = options.programs ?? (await findPostgresPrograms());
  await makeFolders(folder);
  const user = await findPostgresUser({ programs, clusterFolder: folder.cluster, log, signal });
  const connection = await readOrMakeConnection(folder);
  await makeCluster({ folder, programs, user, connection, log, signal });

  const begin = (port: number | null, starting: AbortSignal) =>
    startOrAdopt({
      folder,
      programs,
      user,
      connection,
      settings: options.settings ?? {},
      port,
      log,
      signal: starting,
    });

  const first = await begin(options.port ?? null, signal);
  if ('adopted' in first) return first;
  const { pid, port } = first;
  log.info({ port, version: user.version.text }, 'the built-in database runs');
  if (onLost === undefined) return running(connection, port, false, () => stopPostmaster(pid, log));
  const kept = keepServer({
    server: first,
    start: async (samePort) => notAdopted(await begin(samePort, AbortSignal.timeout(restartTimeoutMs))),
    stop: (last) => stopPostmaster(last, log),
    onLost,
    log,
  });
  return running(connection, port, false, () => kept.stop());
}

type BeginOptions = Parameters<typeof startServer>[0] & { connection: PostgresConnection; log: Log };

/** @throws SystemFailure `disk.full`, `postgres.start_failed`, TransientFailure `postgres.slow_start` */
async function startOrAdopt(options: BeginOptions): Promise<RunningServer | EmbeddedPostgres> {
  const { folder, connection, log, signal } = options;
  const deadline = performance.now() + takenForMs;
  while (performance.now() < deadline) {
    const adopted = await adoptOrEnd(folder, log, signal);
    if (adopted !== null) return adopted;
    await clearStalePidFile(folder.cluster, log);
    const server = await startServer(options);
    if (server !== null) {
      const { pid, port } = server;
      await writeConnection(folder, { ...connection, server: { pid, port, ownerPid: process.pid } });
      await makeDatabase(connection, port);
      return server;
    }
    await sleep(tryAgainMs, undefined, { signal });
  }
  throw takenFolder(folder);
}

function takenFolder(folder: PostgresFolder): SystemFailure {
  return new SystemFailure(
    `The built-in database could not be started: another one keeps taking ${folder.cluster}.`,
    { code: 'postgres.start_failed', scope: 'process' },
  );
}

/** Whoever has the data folder alone finds nobody else's server in it. */
function notAdopted(started: RunningServer | EmbeddedPostgres): RunningServer {
  if ('exited' in started) return started;
  throw new SystemFailure('Another process has started the built-in database meanwhile.', {
    code: 'postgres.start_failed',
    scope: 'process',
  });
}

/** The address of the database that runs on a data folder; null when none does. */
export async function attachEmbeddedPostgres(dataFolder: string): Promise<string | null> {
  const folder = postgresFolder(dataFolder);
  const connection = await readConnection(folder);
  if (connection === null) return null;
  const live = await findLivePostmaster(folder.cluster);
  return live?.isReady ? connectionStringOf(connection, live.port) : null;
}

/**
 * A live server whose agent lives is shared; one that was left alone is ended.
 * @returns null where a start may be tried
 */
async function adoptOrEnd(
  folder: PostgresFolder,
  log: Log,
  signal: AbortSignal,
): Promise<EmbeddedPostgres | null> {
  const live = await findLivePostmaster(folder.cluster);
  if (live === null) return null;
  const connection = await connectionOf(live.pid, folder, signal);
  if (connection === null) {
    log.warn({ pid: live.pid }, 'ended a database that a killed agent had left running');
    await stopPostmaster(live.pid, log);
    return null;
  }
  if (!live.isReady) return null;
  await makeDatabase(connection, live.port);
  return running(connection, live.port, true, async () => undefined);
}

/** The stored connection of this server; null when its agent is dead, or never came to write it down. */
async function connectionOf(
  pid: number,
  folder: PostgresFolder,
  signal: AbortSignal,
): Promise<PostgresConnection | null> {
  const deadline = performance.now() + writtenWithinMs;
  for (;;) {
    const connection = await readConnection(folder);
    if (connection?.server?.pid === pid) return isAlive(connection.server.ownerPid) ? connection : null;
    if (performance.now() > deadline) return null;
    await sleep(tryAgainMs, undefined, { signal });
  }
}

function running(
  connection: PostgresConnection,
  port: number,
  adopted: boolean,
  stop: () => Promise<void>,
): EmbeddedPostgres {
  let stopped: Promise<void> | undefined;
  return {
    connectionString: connectionStringOf(connection, port),
    adminConnectionString: connectionStringOf(connection, port, 'admin'),
    port,
    adopted,
    stop: () => {
      stopped ??= stop();
      return stopped;
    },
  };
}

/** Our user and our database, made by the superuser where they are missing. */
async function makeDatabase(connection: PostgresConnection, port: number): Promise<void> {
  const client = new pg.Client({
    connectionString: connectionStringOf(connection, port, 'admin'),
    connectionTimeoutMillis: connectTimeoutMs,
  });
  client.on('error', () => undefined);
  await client.connect();
  try {
    const { user, password, database } = connection;
    // One at a time: two agents that start together would both find nothing and make both.
    await client.query("select pg_advisory_lock(hashtext('kaggle_agent.make_database'))");
    const { rows } = await client.query<{ has_user: boolean; has_database: boolean }>(
      `select exists (select from pg_roles where rolname = $1) as has_user,
              exists (select from pg_database where datname = $2) as has_database`,
      [user, database],
    );
    if (rows[0]?.has_user !== true) {
      await client.query(
        `create role ${pg.escapeIdentifier(user)} login createrole password ${pg.escapeLiteral(password)}`,
      );
    }
    if (rows[0]?.has_database !== true) {
      await client.query(
        `create database ${pg.escapeIdentifier(database)} owner ${pg.escapeIdentifier(user)}`,
      );
    }
  } finally {
    await client.end();
  }
}
