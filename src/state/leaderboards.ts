import { z } from 'zod';
import { type Competition, competitionRow } from './competitions.ts';
import type { StatePort } from './port.ts';
import { row, timestamp } from './row.ts';

const boardEntry = z.object({ name: z.string(), score: z.number().nullable() });

/** What a medal takes, as scores; null where the reading does not go down that far. */
const lines = {
  gold: z.number().nullable(),
  silver: z.number().nullable(),
  bronze: z.number().nullable(),
  median: z.number().nullable(),
};

const snapshotRow = row({
  id: z.number().int(),
  takenAt: timestamp,
  entrants: z.number().int(),
  rank: z.number().int().nullable(),
  score: z.number().nullable(),
  top: z.array(boardEntry),
  /** The public board, or after the end the private one. */
  part: z.enum(['public', 'private']),
  /** False: only its head was read, and our place as the vendor tells it. */
  isWhole: z.boolean(),
  /** Medals are given here; else the lines are those that the same places would take. */
  awardsMedals: z.boolean(),
  ...lines,
});
export type LeaderboardSnapshot = z.output<typeof snapshotRow>;

/** A reading of the board, before it is stored. */
export type Reading = Omit<LeaderboardSnapshot, 'id' | 'takenAt'>;

/** Stores a reading; `teamId` is our team's, where the reading told it. */
export async function recordReading(
  state: StatePort,
  input: { competitionId: string; reading: Reading; teamId: number | null; at: Date },
): Promise<void> {
  const { competitionId, reading, teamId, at } = input;
  await state.call(
    'record_reading',
    { p_competition_id: competitionId, p_reading: reading, p_team_id: teamId, p_at: at },
    snapshotRow,
  );
}

/** Newest `limit` snapshots, oldest first. */
export function listLeaderboards(
  state: StatePort,
  competitionId: string,
  limit: number,
): Promise<LeaderboardSnapshot[]> {
  return state.call(
    'list_leaderboards',
    { p_competition_id: competitionId, p_limit: limit },
    z.array(snapshotRow),
  );
}

const standingRow = row({
  competitionId: z.uuid(),
  teamId: z.number().int().nullable(),
  boardAt: timestamp.nullable(),
  /** The last whole board: downloads are what the vendor limits most. */
  wholeAt: timestamp.nullable(),
  lookedAt: timestamp.nullable(),
  privateRank: z.number().int().nullable(),
  privateEntrants: z.number().int().nullable(),
  privateScore: z.number().nullable(),
  /** The submission that the private place comes from. */
  countedSubmissionId: z.uuid().nullable(),
  /** The vendor's last word is known, or is no longer waited for. */
  endedAt: timestamp.nullable(),
});
export type StandingRow = z.output<typeof standingRow>;

export function getStanding(state: StatePort, competitionId: string): Promise<StandingRow | null> {
  return state.call('get_standing', { p_competition_id: competitionId }, standingRow.nullable());
}

/** True for one of all who ask at once: nobody has looked since `before`, and whoever got it looks now. */
export function claimLook(
  state: StatePort,
  input: { competitionId: string; before: Date; at: Date },
): Promise<boolean> {
  return state.call(
    'claim_look',
    { p_competition_id: input.competitionId, p_before: input.before, p_at: input.at },
    z.boolean(),
  );
}

/** What the vendor says of us after the end. */
export type FinalPlace = {
  rank: number | null;
  entrants: number | null;
  score: number | null;
  submissionId: string | null;
};

/** Stores what the vendor says of us, so that it can be told; the watch stays open. */
export async function noteFinalPlace(
  state: StatePort,
  { competitionId, place }: { competitionId: string; place: FinalPlace },
): Promise<void> {
  const input = { p_competition_id: competitionId, p_result: place, p_at: null };
  await state.call('end_standing', input, z.boolean());
}

/** Closes the watch; without a place nobody waits for it any longer. @returns true for the first that says so */
export function endStanding(
  state: StatePort,
  input: { competitionId: string; place: FinalPlace | null; at: Date },
): Promise<boolean> {
  return state.call(
    'end_standing',
    { p_competition_id: input.competitionId, p_result: input.place ?? {}, p_at: input.at },
    z.boolean(),
  );
}

/** Competitions that we sent something to and whose end is not known yet, whoever stopped working on them. */
export function listStandingCompetitions(state: StatePort): Promise<Competition[]> {
  return state.call('list_standing_competitions', {}, z.array(competitionRow));
}
