import { join } from 'node:path';
import type { Commands } from '../cli/commands.ts';
import { ConfigurationFailure } from '../domain/errors.ts';
import { migrate } from '../infra/migrate.ts';
import { createPools } from '../infra/postgres.ts';
import type { Session } from './session.ts';
import { projectRoot } from './version.ts';

/**
 * Applies what the database of DATABASE_URL lacks: for a Supabase project, whose service key may not change tables.
 * @throws ConfigurationFailure `migration.no_database`, and what `migrate` throws
 */
export async function migrateDatabase({ settings, logging }: Session): ReturnType<Commands['migrate']> {
  const url = settings.config.infrastructure.databaseUrl?.reveal();
  if (url === undefined) {
    throw new ConfigurationFailure(
      'DATABASE_URL is not set, so there is no database to bring up to date here; the built-in one is, by each start.',
      { code: 'migration.no_database' },
    );
  }
  const { log } = logging;
  const pools = createPools({ connectionString: url, log, stateConnections: 1, queueConnections: 1 });
  try {
    return await migrate({ pool: pools.state, folder: join(projectRoot, 'supabase', 'migrations'), log });
  } finally {
    await pools.close();
  }
}
