import type { Reading } from '../../src/state/leaderboards.ts';

/** A reading of a whole public board, as the flows store it. */
export function aReading(options: Partial<Reading> = {}): Reading {
  return {
    entrants: 10,
    rank: 1,
    score: 0.9,
    top: [],
    part: 'public',
    isWhole: true,
    awardsMedals: false,
    gold: null,
    silver: null,
    bronze: null,
    median: null,
    ...options,
  };
}
