import type { LeaderboardResult } from '../../src/domain/command-results.ts';

type Snapshot = LeaderboardResult['snapshots'][number];

/** A reading of the board as the command shows it. */
export function aSnapshot(options: Partial<Snapshot> = {}): Snapshot {
  return {
    takenAt: new Date('2026-11-22T14:30:00Z'),
    entrants: 40,
    rank: 3,
    score: 0.79,
    top: [],
    part: 'public',
    awardsMedals: false,
    gold: null,
    silver: null,
    bronze: null,
    ...options,
  };
}

/** What `/kaggle leaderboard` is answered from; nothing but what the test is about. */
export function aLeaderboard(options: Partial<LeaderboardResult> = {}): LeaderboardResult {
  return {
    snapshots: [],
    submissions: [],
    agreement: { pairs: 0, spearman: null, verdict: 'unknown' },
    ...options,
  };
}
