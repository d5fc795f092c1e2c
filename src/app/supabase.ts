import { z } from 'zod';
import type { Config } from '../config/load.ts';
import type { Secret } from '../config/secret.ts';
import { ConfigurationFailure } from '../domain/errors.ts';
import { missingMigrations } from '../infra/migrate.ts';
import type { StatePort } from '../state/port.ts';
import { projectBehind } from '../state/state-failure.ts';

/** A project, and the key that may do everything in it. */
export type SupabaseAccess = { url: string; key: Secret };

/** Null where SUPABASE_URL is not set. */
export function supabaseOf({ infrastructure }: Config): SupabaseAccess | null {
  const { supabaseUrl: url, supabaseKey: key } = infrastructure;
  return url === null || key === null ? null : { url, key };
}

/**
 * Compares what the project holds with the files of this version.
 * @throws ConfigurationFailure `state.not_migrated`, `migration.newer`
 */
export async function requireMigrated(state: StatePort, folder: string): Promise<void> {
  const applied = await state.call('read_schema_version', {}, z.array(z.string()));
  const missing = await missingMigrations(folder, applied);
  if (missing.length === 0) return;
  throw new ConfigurationFailure(projectBehind, { code: 'state.not_migrated', details: { missing } });
}
