import { z } from 'zod';
import type { Lifetimes } from '../domain/retention.ts';
import type { StatePort } from './port.ts';

const rows = z.number().int();
const purgeAnswer = z.object({
  events: rows,
  stageRuns: rows,
  audit: rows,
  processes: rows,
  snapshots: rows,
  alerts: rows,
  messages: rows,
  isDone: z.boolean(),
});
export type PurgeAnswer = z.output<typeof purgeAnswer>;

/**
 * Removes rows whose lifetime is over, in one short transaction.
 * @param input.limit most rows of each kind; a kind that reached it is not done
 * @returns how many went, by kind
 */
export function purgeRows(
  state: StatePort,
  input: { lifetimes: Partial<Lifetimes>; limit: number },
): Promise<PurgeAnswer> {
  return state.call('purge', { p_lifetimes: input.lifetimes, p_limit: input.limit }, purgeAnswer);
}
