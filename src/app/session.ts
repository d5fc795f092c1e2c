import type { OpenRequest } from '../cli/commands.ts';
import type { LoadedSettings } from '../config/load.ts';
import type { Actor } from '../domain/actor.ts';
import type { Failure } from '../domain/errors.ts';
import type { Logging } from '../infra/logger.ts';
import type { VaultLink } from './secrets.ts';

/** What every command of one call works with. */
export type Session = {
  settings: LoadedSettings;
  /** Null where no Vault is configured, or none was needed or reached. */
  vault: VaultLink | null;
  /** Why Vault could not be read, for a command that goes on without. */
  vaultFailure: Failure | null;
  logging: Logging;
  actor: Actor;
  request: OpenRequest;
};
