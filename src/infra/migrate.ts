import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Pool, PoolClient } from 'pg';
import { ConfigurationFailure, SystemFailure } from '../domain/errors.ts';
import type { Log } from '../domain/log.ts';

export type Migrated = {
  /** Files applied by this call, in order. */
  applied: string[];
  /** The newest file of all that the database holds; null for an empty folder. */
  current: string | null;
};

type Migration = { name: string; sql: string; checksum: string };
type AppliedMigration = { name: string; checksum: string };

const fileName = /^\d{4}_[a-z0-9_]+\.sql$/;
/** "kamigr" in its letters' codes: one migration at a time, whoever starts it. */
const lockKey = 0x6b616d696772;
const contextCharacters = 120;
const longestMs = 3_600_000;

/**
 * Applies the migrations that a database lacks: in the order of their names, each once and in a transaction of
 * its own, one process at a time. What was applied is kept in `kaggle_agent.migrations` with a checksum.
 * The database's user needs to own the database (or may create in `public`) and may make roles.
 * @throws ConfigurationFailure `migration.changed`, `migration.newer`, `migration.out_of_order`,
 * `migration.refused`, SystemFailure `migration.failed`, `disk.full`
 */
export async function migrate(options: { pool: Pool; folder: string; log: Log }): Promise<Migrated> {
  const migrations = await readMigrations(options.folder);
  const client = await options.pool.connect();
  try {
    await client.query('set statement_timeout = 0');
    await client.query('set idle_in_transaction_session_timeout = 0');
    await client.query({ ...patiently('select pg_advisory_lock($1)'), values: [lockKey] });
    return await bringUpToDate(client, migrations, options.log);
  } finally {
    // Destroyed: its lock and its settings end with it.
    client.release(true);
  }
}

async function bringUpToDate(client: PoolClient, migrations: Migration[], log: Log): Promise<Migrated> {
  const done = await readLedger(client, migrations);
  checkLedger(done, migrations);
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
  if (applied.length > 0)
    log.info({ count: applied.length, newest: applied.at(-1) }, 'database brought up to date');
  return { applied, current: migrations.at(-1)?.name ?? null };
}

async function readMigrations(folder: string): Promise<Migration[]> {
  const names = (await readdir(folder)).filter((name) => fileName.test(name)).sort();
  return Promise.all(
    names.map(async (name) => {
      const sql = await readFile(join(folder, name), 'utf8');
      // Line ends are no change: a checkout on Windows has others.
      const checksum = createHash('sha256').update(sql.replaceAll('\r\n', '\n')).digest('hex');
      return { name, sql, checksum };
    }),
  );
}

async function readLedger(client: PoolClient, migrations: readonly Migration[]): Promise<AppliedMigration[]> {
  const first: Migration = migrations[0] ?? { name: '', sql: '', checksum: '' };
  await client
    .query(
      `create schema if not exists kaggle_agent;
       create table if not exists kaggle_agent.migrations (
         name text primary key,
         checksum text not null,
         applied_at timestamptz not null default clock_timestamp()
       )`,
    )
    .catch((error: unknown) => {
      throw failureOf(first, error);
    });
  const { rows } = await client.query<AppliedMigration>(
    'select name, checksum from kaggle_agent.migrations order by name',
  );
  return rows;
}

/** What is applied must be the beginning of what we have, unchanged. @throws ConfigurationFailure */
function checkLedger(done: readonly AppliedMigration[], migrations: readonly Migration[]): void {
  const known = new Map(migrations.map((migration) => [migration.name, migration]));
  const newest = migrations.at(-1)?.name ?? 'none';
  const unknown = done.filter(({ name }) => !known.has(name)).at(-1);
  if (unknown !== undefined) {
    throw new ConfigurationFailure(
      `The database was made by a newer version of the agent: it has ${unknown.name}, and this version ends with ${newest}. Start the newer version again, or use another database or data folder.`,
      { code: 'migration.newer', details: { database: unknown.name, ours: newest } },
    );
  }
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
    await client.query('begin');
    // The user's own schema, which may exist by chance, is not where the tables belong.
    await client.query('set local search_path = public');
    await client.query(patiently(migration.sql));
    await client.query('insert into kaggle_agent.migrations (name, checksum) values ($1, $2)', [
      migration.name,
      migration.checksum,
    ]);
    await client.query('commit');
  } catch (error) {
    await client.query('rollback').catch(() => undefined);
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
