import pg from 'pg';
import { z } from 'zod';
import type { Config } from '../config/load.ts';
import type { Secret } from '../config/secret.ts';
import { asFailure } from '../domain/errors.ts';
import type { Log } from '../domain/log.ts';
import { missingMigrations } from '../infra/migrate.ts';
import { currentAddress } from '../infra/postgres.ts';
import { checkPostgres, type PostgresFacts } from '../infra/postgres-check.ts';
import type { StatePort } from '../state/port.ts';
import { placesIn } from './data-folder.ts';
import { attachDatabase, type Database, migrationsFolder } from './database.ts';
import { type Check, type Finding, ok } from './doctor-chats.ts';
import { requireMigrated, supabaseOf } from './supabase.ts';
import { projectRoot } from './version.ts';

const connectTimeoutMs = 10_000;
/** The rest of the time that a check has is for the notice itself. */
const defaultJoinTimeoutMs = 7_000;
const noticeTimeoutMs = 2_000;

/** What these checks need of a session. */
export type StateSession = { settings: { config: Config }; logging: { log: Log } };

/**
 * The database, and what tells of its changes; both are really used.
 * @param limits.joinTimeoutMs how long the feed may take to be connected
 */
export function stateChecks(session: StateSession, limits: { joinTimeoutMs?: number } = {}): Check[] {
  return [
    {
      port: 'state',
      look: (signal) => withDatabase(session, (database) => lookAtState(session, database, signal)),
    },
    {
      port: 'feed',
      look: () => withDatabase(session, (database) => lookAtFeed(session, database, limits.joinTimeoutMs)),
    },
  ];
}

async function withDatabase(
  session: StateSession,
  look: (database: Database) => Promise<Finding>,
): Promise<Finding> {
  const { config } = session.settings;
  try {
    const database = await attachDatabase(
      config,
      placesIn(config.general.dataFolder).root,
      session.logging.log,
    );
    try {
      return await look(database);
    } finally {
      await database.close();
    }
  } catch (error) {
    const failure = asFailure(error);
    if (failure.code === 'agent.not_running') return ok('embedded Postgres, starts with the agent');
    return { status: 'error', message: failure.message, next: nextOf(config) };
  }
}

/** The failures of this port name the setting themselves; only the built-in database has none. */
function nextOf(config: Config): string | null {
  const isConfigured = supabaseOf(config) !== null || config.infrastructure.databaseUrl !== null;
  return isConfigured ? null : 'npm start, then look at data/logs';
}

async function lookAtState(session: StateSession, database: Database, signal: AbortSignal): Promise<Finding> {
  const { databaseUrl } = session.settings.config.infrastructure;
  const folder = migrationsFolder(projectRoot);
  let facts: PostgresFacts | null = null;
  if (database.supabase === null && databaseUrl !== null) {
    facts = await checkPostgres(() => databaseUrl.reveal(), { signal, patienceMs: 0 });
    const before = await lookBeforeTables(database.state, { databaseUrl, folder, facts });
    if (before !== null) return before;
  } else if (database.supabase !== null) {
    await requireMigrated(database.state, folder);
  }
  await database.state.call('probe_state', {}, z.literal(true));
  const elapsedMs = Math.round(await database.state.ping());
  const exposed = await database.state.call('list_exposed', {}, z.array(z.string()));
  const message = `${database.description}${facts === null ? '' : wordsOf(facts)}, writes and reads, answers in ${elapsedMs} ms`;
  if (exposed.length > 0) {
    const more = exposed.length === 1 ? '' : ` and ${exposed.length - 1} more`;
    return {
      status: 'warn',
      message: `${message}; but ${exposed[0]}${more}`,
      next: 'take those rights back, see docs/how-to/supabase.md',
    };
  }
  if (facts?.hasFewConnections !== true) return ok(message);
  const next = 'raise max_connections, or the limit of the user, to 25 or more';
  return { status: 'warn', message: `${message}; grants few connections`, next };
}

function wordsOf({ version, isEncrypted }: PostgresFacts): string {
  return ` (version ${version}, ${isEncrypted ? 'encrypted' : 'not encrypted'})`;
}

/** A Postgres of one's own is brought up to date by each start. @returns null where it is already */
async function lookBeforeTables(
  state: StatePort,
  { databaseUrl, folder, facts }: { databaseUrl: Secret; folder: string; facts: PostgresFacts },
): Promise<Finding | null> {
  const applied = await state
    .call('read_schema_version', {}, z.array(z.string()))
    .catch((error: unknown): string[] => {
      if (asFailure(error).code === 'state.not_migrated') return [];
      throw error;
    });
  const missing = await missingMigrations(folder, applied);
  if (missing.length === 0) return null;
  const message = `Postgres of DATABASE_URL${wordsOf(facts)}, ${missing.length} migrations behind`;
  const lacks = await missingRights(databaseUrl);
  if (lacks === null) return ok(`${message}, which the next start applies`);
  return {
    status: 'error',
    message: `${message}, and its user may not ${lacks}`,
    next: 'let it own the database, with createrole',
  };
}

/** What the migrations need beside a login; null where nothing is missing. */
async function missingRights(databaseUrl: Secret): Promise<string | null> {
  const client = new pg.Client({
    connectionString: currentAddress(() => databaseUrl.reveal()),
    application_name: 'kaggle-agent doctor',
    connectionTimeoutMillis: connectTimeoutMs,
    query_timeout: connectTimeoutMs,
  });
  client.on('error', () => undefined);
  await client.connect();
  try {
    const { rows } = await client.query<{ lacks: string | null }>(
      `select case
         when not has_database_privilege(current_database(), 'create') then 'make a schema in it'
         when not has_schema_privilege('public', 'create') then 'make tables in its schema public'
         when not (select rolcreaterole or rolsuper from pg_roles where rolname = current_user)
           and (select count(*) from pg_roles where rolname in ('anon', 'authenticated', 'service_role')) < 3
           then 'make the roles anon, authenticated and service_role'
       end as lacks`,
    );
    return rows[0]?.lacks ?? null;
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** Listens, writes, and waits until it is told. */
async function lookAtFeed(
  { logging }: StateSession,
  database: Database,
  joinTimeoutMs = defaultJoinTimeoutMs,
): Promise<Finding> {
  const name = database.supabase === null ? 'Postgres LISTEN/NOTIFY' : 'Supabase Realtime';
  const feed = database.openFeed(logging.log);
  const connected = Promise.withResolvers<true>();
  const told = Promise.withResolvers<true>();
  feed.subscribe((notice) => {
    if (notice.kind === 'connected') connected.resolve(true);
    else if (notice.payload === 'probe') told.resolve(true);
  });
  try {
    if (!(await within(connected.promise, joinTimeoutMs))) return quietly(name, 'cannot be listened to');
    const startedAt = performance.now();
    if (!(await probe(database.state))) return ok(`${name}; there are no tables yet to be told of`);
    if (!(await within(told.promise, noticeTimeoutMs))) return quietly(name, 'tells of no change');
    return ok(
      `${name}, told of a change in ${Math.round(performance.now() - startedAt)} ms, with polling behind it`,
    );
  } finally {
    await feed.close();
  }
}

/** @returns false before the first start, which makes the tables */
async function probe(state: StatePort): Promise<boolean> {
  try {
    return await state.call('probe_state', {}, z.literal(true));
  } catch (error) {
    if (asFailure(error).code === 'state.not_migrated') return false;
    throw error;
  }
}

/** Nothing is lost without the feed: whoever listens also looks now and then. */
function quietly(name: string, what: string): Finding {
  const next =
    name === 'Supabase Realtime'
      ? 'switch Realtime on for the project, and run the migrations, which publish the tables to it'
      : 'name the database itself in DATABASE_URL, not a pooler in transaction mode';
  return { status: 'warn', message: `${name} ${what}, so changes are noticed some seconds late`, next };
}

async function within(promise: Promise<true>, timeoutMs: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(resolve, timeoutMs, false);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
