import type { Pool, PoolClient } from 'pg';
import { ConfigurationFailure, Failure, SystemFailure } from '../domain/errors.ts';
import type { Log } from '../domain/log.ts';
import { listMigrations, type Migration, readMigrations } from './migration-files.ts';
import { ownCliMigrations, readCliMigrations, tellCli } from './supabase-ledger.ts';

export type Migrated = {
  /** Files applied by this call, in order. */
  applied: string[];
  /** The newest file of all that the database holds; null for an empty folder. */
  current: string | null;
};

type AppliedMigration = { name: string; checksum: string };

/** "kamigr" in its letters' codes: one migration at a time, whoever starts it. */
const lockKey = 0x6b616d696772;
const contextCharacters = 120;
/** Stands for a file in what is said when not a migration fails, but the memory of them. */
const theList: Migration = { name: 'list kaggle_agent.migrations', sql: '', checksum: '' };
const longestMs = 3_600_000;

/**
 * Applies the migrations that a database lacks: in the order of their names, each once and in a transaction of
 * its own, one process at a time. What was applied is kept in `kaggle_agent.migrations` with a checksum; what the
 * Supabase CLI applied counts as well, and the CLI is told of ours.
 * The database's user needs to own the database (or may create in `public`) and may make roles.
 * @throws ConfigurationFailure `migration.changed`, `migration.newer`, `migration.out_of_order`,
 * `migration.foreign`, `migration.refused`, SystemFailure `migration.failed`, `disk.full`
 */
export async function migrate(options: { pool: Pool; folder: string; log: Log }): Promise<Migrated> {
  const migrations = await readMigrations(options.folder);
  const client = await options.pool.connect();
  try {
    await client.query('set statement_timeout = 0');
    await client.query('set idle_in_transaction_session_timeout = 0');
    await client.query({ ...patiently('select pg_advisory_lock($1)'), values: [lockKey] });
    return await bringUpToDate(client, migrations, options.log);
  } catch (error) {
    throw error instanceof Failure ? error : failureOf(theList, error);
  } finally {
    // Destroyed: its lock and its settings end with it.
    client.release(true);
  }
}

async function bringUpToDate(client: PoolClient, migrations: Migration[], log: Log): Promise<Migrated> {
  const done = await readLedger(client, migrations);
  const applied: string[] = [];
  for (const migration of migrations.slice(done.length)) {
    const startedAt = performance.now();
    await apply(client, migration);
    applied.push(migration.name);
    log.debug(
      { migration: migration.name, tookMs: Math.round(performance.now() - startedAt) },
      'migration applied',
    );
  }
  await asOne(client, () => tellCli(client, migrations));
  if (applied.length > 0) {
    // PostgREST, where there is one, calls no function that it has not read.
    await client.query(`notify pgrst, 'reload schema'`);
    log.info({ count: applied.length, newest: applied.at(-1) }, 'database brought up to date');
  }
  return { applied, current: migrations.at(-1)?.name ?? null };
}

/** What the database holds, the CLI's work included, which from then on is ours. @throws as `migrate` */
async function readLedger(client: PoolClient, migrations: readonly Migration[]): Promise<AppliedMigration[]> {
  await client.query(
    `create schema if not exists kaggle_agent;
     create table if not exists kaggle_agent.migrations (
       name text primary key,
       checksum text not null,
       applied_at timestamptz not null default clock_timestamp()
     )`,
  );
  const { rows } = await client.query<AppliedMigration>('select name, checksum from kaggle_agent.migrations');
  const known = new Set(rows.map(({ name }) => name));
  const adopted = ownCliMigrations(await readCliMigrations(client), migrations).filter(
    ({ name }) => !known.has(name),
  );
  const done = [...rows, ...adopted].toSorted((a, b) => (a.name < b.name ? -1 : 1));
  checkLedger(done, migrations);
  await asOne(client, async () => {
    for (const one of adopted) await remember(client, one);
  });
  return done;
}

async function remember(client: PoolClient, { name, checksum }: AppliedMigration): Promise<void> {
  await client.query('insert into kaggle_agent.migrations (name, checksum) values ($1, $2)', [
    name,
    checksum,
  ]);
}

/** All of it, or nothing. */
async function asOne(client: PoolClient, work: () => Promise<void>): Promise<void> {
  await client.query('begin');
  try {
    await work();
    await client.query('commit');
  } catch (error) {
    await client.query('rollback').catch(() => undefined);
    throw error;
  }
}

/**
 * What a database still lacks of a folder's migrations, by what it says it has. For a database that others
 * migrate. @throws ConfigurationFailure `migration.newer`
 */
export async function missingMigrations(folder: string, applied: readonly string[]): Promise<string[]> {
  const ours = await listMigrations(folder);
  // By their numbers: the CLI may remember a migration without its name.
  const numbers = { ours: new Set(ours.map(numberOf)), applied: new Set(applied.map(numberOf)) };
  refuseNewer(applied.filter((name) => !numbers.ours.has(numberOf(name))).at(-1), ours);
  return ours.filter((name) => !numbers.applied.has(numberOf(name)));
}

function numberOf(name: string): string {
  return name.slice(0, name.indexOf('_'));
}

function refuseNewer(unknown: string | undefined, ours: readonly string[]): void {
  if (unknown === undefined) return;
  const newest = ours.at(-1) ?? 'none';
  throw new ConfigurationFailure(
    `The database was made by a newer version of the agent: it has ${unknown}, and this version ends with ${newest}. Start the newer version again, or use another database or data folder.`,
    { code: 'migration.newer', details: { database: unknown, ours: newest } },
  );
}

/** What is applied must be the beginning of what we have, unchanged. @throws ConfigurationFailure */
function checkLedger(done: readonly AppliedMigration[], migrations: readonly Migration[]): void {
  const known = new Map(migrations.map((migration) => [migration.name, migration]));
  refuseNewer(
    done.filter(({ name }) => !known.has(name)).at(-1)?.name,
    migrations.map(({ name }) => name),
  );
  const changed = done.find(({ name, checksum }) => known.get(name)?.checksum !== checksum);
  if (changed !== undefined) {
    throw new ConfigurationFailure(
      `The migration ${changed.name} was changed after it had been applied to this database: restore the file, and write the change as a new migration.`,
      { code: 'migration.changed', details: { name: changed.name } },
    );
  }
  const late = migrations
    .slice(0, done.length)
    .find(({ name }) => !done.some((other) => other.name === name));
  if (late !== undefined) {
    throw new ConfigurationFailure(
      `The migration ${late.name} comes before others that this database has already: give it the next number instead.`,
      { code: 'migration.out_of_order', details: { name: late.name } },
    );
  }
}

async function apply(client: PoolClient, migration: Migration): Promise<void> {
  try {
    await asOne(client, async () => {
      // The user's own schema, which may exist by chance, is not where the tables belong.
      await client.query('set local search_path = public');
      await client.query(patiently(migration.sql));
      await remember(client, migration);
    });
  } catch (error) {
    throw failureOf(migration, error);
  }
}

/** A query without the pool's own, shorter limit: a migration may take its time, and so may waiting for one. */
function patiently(text: string): { text: string; query_timeout: number } {
  return { text, query_timeout: longestMs };
}

function failureOf(migration: Migration, error: unknown): ConfigurationFailure | SystemFailure {
  const { code, message, position } = factsOf(error);
  if (code === '53100') {
    return new SystemFailure("The database's disk is full: free some space, then start again.", {
      code: 'disk.full',
      scope: 'process',
      cause: error,
    });
  }
  if (code === '42501') {
    return new ConfigurationFailure(
      `The database's user may not do what ${migration.name} needs (${message}): let it own the database and make roles (alter role ... createrole).`,
      { code: 'migration.refused', cause: error },
    );
  }
  const place = position === null ? '' : ` in line ${migration.sql.slice(0, position).split('\n').length}`;
  return new SystemFailure(`The migration ${migration.name} failed${place}: ${message}`, {
    code: 'migration.failed',
    scope: 'process',
    cause: error,
    details: {
      sqlstate: code,
      near: position === null ? null : migration.sql.slice(position - 1, position - 1 + contextCharacters),
    },
  });
}

function factsOf(error: unknown): { code: string | null; message: string; position: number | null } {
  const fact = (name: string): string | null => {
    if (typeof error !== 'object' || error === null) return null;
    const value: unknown = Reflect.get(error, name);
    return typeof value === 'string' ? value : null;
  };
  const position = Number(fact('position') ?? Number.NaN);
  return {
    code: fact('code'),
    message: fact('message') ?? String(error),
    position: Number.isInteger(position) ? position : null,
  };
}
