import { setTimeout as sleep } from 'node:timers/promises';
import type { Secret } from '../config/secret.ts';
import { asFailure, ConfigurationFailure } from '../domain/errors.ts';
import type { Log } from '../domain/log.ts';
import { migrate } from '../infra/migrate.ts';
import { createPools } from '../infra/postgres.ts';
import { checkPostgres } from '../infra/postgres-check.ts';
import { readInstallation } from '../state/alerts.ts';
import type { ChangeFeed } from '../state/change-feed.ts';
import { createPgPort } from '../state/pg-port.ts';
import type { StatePort } from '../state/port.ts';
import { createRealtimeFeed } from '../state/realtime-feed.ts';
import { createSupabasePort } from '../state/supabase-port.ts';
import { requireMigrated, type SupabaseAccess } from './supabase.ts';

/** A function that was just made is published some seconds later. */
const publishTimeoutMs = 20_000;
const publishPollMs = 250;

/** The ways into a project, whatever state it is in. */
export function attachSupabase(access: SupabaseAccess): {
  state: StatePort;
  openFeed: (log: Log) => ChangeFeed;
} {
  return { state: createSupabasePort(access), openFeed: (log) => createRealtimeFeed({ ...access, log }) };
}

/**
 * Sees to it that the tables of a project are those of this version.
 * @param options.databaseUrl the project's own database: what it lacks is applied first
 * @throws ConfigurationFailure `state.not_migrated`, `state.two_databases`, `migration.newer`, and what the port
 * and `migrate` throw
 * @returns how many migrations were applied
 */
export async function prepareSupabase(
  state: StatePort,
  options: { databaseUrl: Secret | null; folder: string; log: Log; signal: AbortSignal },
): Promise<number> {
  const { databaseUrl, folder, signal } = options;
  if (databaseUrl === null) {
    await requireMigrated(state, folder);
    return 0;
  }
  const { applied, installation } = await migrateThrough(databaseUrl, options);
  await untilPublished(() => requireMigrated(state, folder), signal);
  if ((await readInstallation(state)) !== installation) {
    throw new ConfigurationFailure(
      'SUPABASE_URL and DATABASE_URL name two databases: set both to the same project, or leave DATABASE_URL out.',
      { code: 'state.two_databases' },
    );
  }
  return applied;
}

async function migrateThrough(
  databaseUrl: Secret,
  { folder, log, signal }: { folder: string; log: Log; signal: AbortSignal },
): Promise<{ applied: number; installation: string }> {
  await checkPostgres(() => databaseUrl.reveal(), { signal });
  const pools = createPools({
    connectionString: () => databaseUrl.reveal(),
    log,
    stateConnections: 1,
    queueConnections: 1,
  });
  try {
    const { applied } = await migrate({ pool: pools.state, folder, log });
    return { applied: applied.length, installation: await readInstallation(createPgPort(pools.state)) };
  } finally {
    await pools.close();
  }
}

async function untilPublished(look: () => Promise<void>, signal: AbortSignal): Promise<void> {
  const givenUpAt = performance.now() + publishTimeoutMs;
  for (;;) {
    try {
      return await look();
    } catch (error) {
      if (asFailure(error).code !== 'state.not_migrated' || performance.now() > givenUpAt) throw error;
      await sleep(publishPollMs, undefined, { signal });
    }
  }
}
