import { z } from 'zod';
import { type Alert, alertRow } from './alerts.ts';
import { type Competition, competitionRow } from './competitions.ts';
import type { StatePort } from './port.ts';
import { row, timestamp } from './row.ts';

/** Competitions that were told about as new between two moments. */
export function listDiscovered(state: StatePort, from: Date, to: Date): Promise<Competition[]> {
  return state.call('list_discovered', { p_from: from, p_to: to }, z.array(competitionRow));
}

/** Alerts that lasted at some moment since then, open ones included. */
export function listRecentAlerts(state: StatePort, since: Date): Promise<Alert[]> {
  return state.call('list_recent_alerts', { p_since: since }, z.array(alertRow));
}

const spentAnswer = z.object({ gpuMicroUsd: z.number(), llmMicroUsd: z.number() });

/** What was settled between two moments, and what was reserved then and is not settled yet. */
export function spentBetween(state: StatePort, from: Date, to: Date): Promise<z.output<typeof spentAnswer>> {
  return state.call('spent_between', { p_from: from, p_to: to }, spentAnswer);
}

const spendRow = row({ at: timestamp, microUsd: z.number() });
export type Spend = z.output<typeof spendRow>;

/** The same one by one for a competition, oldest first. */
export function listSpend(state: StatePort, competitionId: string): Promise<Spend[]> {
  return state.call('list_spend', { p_competition_id: competitionId }, z.array(spendRow));
}

/**
 * True while nobody has made the digest of a day (`2026-11-22`).
 * @param due an installation that is younger than this has nothing to look back at
 */
export function isDigestWanted(state: StatePort, day: string, due: Date): Promise<boolean> {
  return state.call('is_digest_wanted', { p_day: day, p_due: due }, z.boolean());
}

export async function markDigest(state: StatePort, day: string): Promise<void> {
  await state.call('mark_digest', { p_day: day }, z.boolean().nullable());
}
