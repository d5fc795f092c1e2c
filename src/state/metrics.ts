import { type Figures, figuresSchema } from '../domain/figures.ts';
import type { StatePort } from './port.ts';

/**
 * The figures of the whole installation, in one call.
 * @param input.staleSeconds without a heartbeat for so long, a process counts as gone
 * @param input.mostCompetitions active competitions that are told one by one
 * @throws as `StatePort.call`
 */
export function readFigures(
  state: StatePort,
  input: { staleSeconds: number; mostCompetitions: number },
): Promise<Figures> {
  return state.call(
    'read_metrics',
    { p_stale_seconds: input.staleSeconds, p_most_competitions: input.mostCompetitions },
    figuresSchema,
  );
}
