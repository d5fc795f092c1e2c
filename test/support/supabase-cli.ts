import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type pg from 'pg';

const filePattern = /^([0-9]+)_(.*)\.sql$/;

/**
 * What `supabase db push` does to a database: files that it does not remember, statement by statement, each file
 * in one transaction. Source: supabase/cli, pkg/migration (apply.go, file.go, history.go) and pkg/parser.
 * @returns the versions that it applied
 * @throws as the CLI, for files that come before others that are applied, and for versions without a file
 */
export async function supabaseDbPush(pool: pg.Pool, folder: string): Promise<string[]> {
  const files = (await readdir(folder)).filter((name) => filePattern.test(name)).sort();
  const client = await pool.connect();
  try {
    const pending = pendingOf(files, await remembered(client));
    if (pending.length > 0) await makeHistory(client);
    for (const name of pending) {
      await client.query('reset all');
      await applyFile(client, name, await readFile(join(folder, name), 'utf8'));
    }
    return pending.map(versionOf);
  } finally {
    client.release(true);
  }
}

function pendingOf(files: readonly string[], remote: readonly string[]): string[] {
  const local = new Set(files.map(versionOf));
  const lost = remote.filter((version) => !local.has(version));
  if (lost.length > 0) throw new Error(`Remote migration versions not found locally: ${lost.join(', ')}`);
  const pending = files.filter((name) => !remote.includes(versionOf(name)));
  const newest = remote.toSorted().at(-1) ?? '';
  const late = pending.filter((name) => versionOf(name) < newest);
  if (late.length > 0)
    throw new Error(`Found local migrations to be inserted before the last: ${late.join(', ')}`);
  return pending;
}

function versionOf(name: string): string {
  return filePattern.exec(name)?.[1] ?? '';
}

async function remembered(client: pg.PoolClient): Promise<string[]> {
  const there = await client.query(
    `select to_regclass('supabase_migrations.schema_migrations') is not null as yes`,
  );
  if (there.rows[0]?.yes !== true) return [];
  const { rows } = await client.query<{ version: string }>(
    'select version from supabase_migrations.schema_migrations order by version',
  );
  return rows.map(({ version }) => version);
}

async function makeHistory(client: pg.PoolClient): Promise<void> {
  await client.query('create schema if not exists supabase_migrations');
  await client.query(
    'create table if not exists supabase_migrations.schema_migrations (version text not null primary key)',
  );
  await client.query(
    'alter table supabase_migrations.schema_migrations add column if not exists statements text[]',
  );
  await client.query('alter table supabase_migrations.schema_migrations add column if not exists name text');
}

async function applyFile(client: pg.PoolClient, name: string, sql: string): Promise<void> {
  const statements = splitStatements(sql);
  await client.query('begin');
  try {
    for (const text of statements) {
      // One statement at a time, which only this protocol insists on.
      const query: pg.QueryConfig & { queryMode: 'extended' } = { text, queryMode: 'extended' };
      await client.query(query);
    }
    await client.query(
      'insert into supabase_migrations.schema_migrations (version, name, statements) values ($1, $2, $3)',
      [versionOf(name), filePattern.exec(name)?.[2], statements],
    );
    await client.query('commit');
  } catch (error) {
    await client.query('rollback');
    throw error;
  }
}

/** Text that holds no end of a statement: quoted, dollar-quoted, or a comment. */
const closedText = /'(?:[^']|'')*'|"(?:[^"]|"")*"|(\$[A-Za-z_\d]*\$)[\s\S]*?\1|--[^\n]*|\/\*[\s\S]*?\*\//y;

export function splitStatements(sql: string): string[] {
  const statements: string[] = [];
  let from = 0;
  for (let at = 0; at < sql.length; ) {
    closedText.lastIndex = at;
    const found = closedText.exec(sql);
    if (found !== null) {
      at += found[0].length;
      continue;
    }
    at += 1;
    if (sql[at - 1] !== ';') continue;
    statements.push(sql.slice(from, at));
    from = at;
  }
  statements.push(sql.slice(from));
  return statements.map((text) => text.replace(/;+$/, '').trim()).filter((text) => text !== '');
}
