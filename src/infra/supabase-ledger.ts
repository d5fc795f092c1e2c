import type { ClientBase } from 'pg';
import { ConfigurationFailure } from '../domain/errors.ts';
import type { Migration } from './migration-files.ts';

/** A migration as the Supabase CLI remembers it. */
export type CliMigration = {
  /** Digits before the first `_` of the file's name. */
  version: string;
  name: string;
  /** The file's statements; null where somebody only marked it as applied. */
  statements: string[] | null;
};

/** As many digits as our files begin with; whatever else a project keeps there has a time of 14. */
const ourVersion = '^[0-9]{4}$';

/**
 * What the Supabase CLI applied of our migrations; empty where it never did.
 * Source: supabase/cli, pkg/migration/history.go.
 */
export async function readCliMigrations(client: ClientBase): Promise<CliMigration[]> {
  if (!(await has(client, "to_regclass('supabase_migrations.schema_migrations') is not null"))) return [];
  const { rows } = await client.query<CliMigration>(
    `select version, coalesce(name, '') as name, statements
     from supabase_migrations.schema_migrations where version ~ '${ourVersion}' order by version`,
  );
  return rows;
}

/**
 * Those of the CLI's that are ours, by the names of our files; one that we do not have has the name that it
 * would have. @throws ConfigurationFailure `migration.foreign`, `migration.changed`
 */
export function ownCliMigrations(
  found: readonly CliMigration[],
  migrations: readonly Migration[],
): { name: string; checksum: string }[] {
  return found.map(({ version, name, statements }) => {
    const file = migrations.find((migration) => versionOf(migration) === version);
    if (file === undefined) return { name: `${version}_${name}.sql`, checksum: '' };
    if (name !== '' && name !== titleOf(file)) {
      throw new ConfigurationFailure(
        `The Supabase CLI has applied a migration ${version}_${name} of something else to this database: give the agent a project of its own.`,
        { code: 'migration.foreign', details: { theirs: `${version}_${name}`, ours: file.name } },
      );
    }
    const isSame = statements === null || bare(statements.join('')) === bare(file.sql);
    // A checksum that no file has, so that the usual check finds it changed.
    return { name: file.name, checksum: isSame ? file.checksum : 'other text' };
  });
}

/**
 * Lets the Supabase CLI know what is applied, so that `supabase db push` does not try it again. Does nothing on
 * a database that is not Supabase's.
 */
export async function tellCli(client: ClientBase, migrations: readonly Migration[]): Promise<void> {
  const isSupabase = await has(
    client,
    `to_regnamespace('supabase_migrations') is not null
     or exists (select from pg_roles where rolname = 'supabase_admin')`,
  );
  if (!isSupabase) return;
  // As the CLI itself makes it. Source: supabase/cli, pkg/migration/history.go.
  await client.query(
    `create schema if not exists supabase_migrations;
     create table if not exists supabase_migrations.schema_migrations (version text not null primary key);
     alter table supabase_migrations.schema_migrations add column if not exists statements text[];
     alter table supabase_migrations.schema_migrations add column if not exists name text`,
  );
  for (const migration of migrations) {
    await client.query(
      `insert into supabase_migrations.schema_migrations (version, name, statements) values ($1, $2, $3)
       on conflict (version) do nothing`,
      [versionOf(migration), titleOf(migration), [migration.sql]],
    );
  }
}

async function has(client: ClientBase, condition: string): Promise<boolean> {
  const { rows } = await client.query<{ answer: boolean }>(`select ${condition} as answer`);
  return rows[0]?.answer === true;
}

function versionOf({ name }: Migration): string {
  return name.slice(0, name.indexOf('_'));
}

function titleOf({ name }: Migration): string {
  return name.slice(name.indexOf('_') + 1, -'.sql'.length);
}

/** The CLI cuts a file into statements and drops what lies between them. */
function bare(sql: string): string {
  return sql.replaceAll(/[\s;]/g, '');
}
