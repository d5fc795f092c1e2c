import type { OpenRequest } from '../cli/commands.ts';
import type { LoadedSettings } from '../config/load.ts';
import type { Actor } from '../domain/actor.ts';
import type { Logging } from '../infra/logger.ts';

/** What every command of one call works with. */
export type Session = {
  settings: LoadedSettings;
  logging: Logging;
  actor: Actor;
  request: OpenRequest;
};
