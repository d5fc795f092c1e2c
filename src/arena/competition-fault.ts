import { ConfigurationFailure } from '../domain/errors.ts';

/** A fault of a competition's folder as one sentence. */
export function badCompetition(folder: string, fault: string, cause?: unknown): ConfigurationFailure {
  return new ConfigurationFailure(`The competition folder ${folder} cannot be used: ${fault}.`, {
    code: 'arena.bad_competition',
    details: { folder },
    cause,
  });
}
