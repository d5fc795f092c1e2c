import type { MetricName } from './metrics/catalog.ts';
import { isBetter } from './metrics/score.ts';

export type Medal = 'gold' | 'silver' | 'bronze';

/** The last position that earns each medal. */
export type MedalThresholds = Record<Medal, number>;

/**
 * Positions for medals among `teams` teams.
 * Source: Kaggle's progression rules, as openai/mle-bench `grade_helpers.py` computes them.
 */
export function medalThresholds(teams: number): MedalThresholds {
  const share = (part: number) => Math.floor((teams * part) / 100);
  if (teams < 100)
    return { gold: Math.max(1, share(10)), silver: Math.max(1, share(20)), bronze: Math.max(1, share(40)) };
  if (teams < 250) return { gold: 10, silver: share(20), bronze: share(40) };
  const gold = 10 + Math.floor((teams * 2) / 1000);
  return teams < 1000 ? { gold, silver: 50, bronze: 100 } : { gold, silver: share(5), bronze: share(10) };
}

/** The medal of a position from 1, or null. */
export function medalOfRank(rank: number, teams: number): Medal | null {
  const thresholds = medalThresholds(teams);
  if (rank < 1 || rank > teams) return null;
  if (rank <= thresholds.gold) return 'gold';
  if (rank <= thresholds.silver) return 'silver';
  return rank <= thresholds.bronze ? 'bronze' : null;
}

/** Share of the teams that a position beats: 1 is first of many, 0 the last. */
export function percentile(rank: number, teams: number): number {
  return teams <= 1 ? 1 : Math.min(1, Math.max(0, (teams - rank) / (teams - 1)));
}

/** Where a score stands on a leaderboard. */
export type Standing = {
  /** Position from 1; equal scores share the better one. */
  rank: number;
  teams: number;
  percentile: number;
  medal: Medal | null;
  isAboveMedian: boolean;
};

/**
 * Places a score among the other teams' scores, all rounded to five decimals as Kaggle shows them.
 * @param scores one score a team, in any order, without ours
 */
export function placeScore(metric: MetricName, score: number, scores: readonly number[]): Standing {
  const ours = round(score);
  const others = scores
    .map(round)
    .sort((a, b) => (isBetter(metric, a, b) ? -1 : isBetter(metric, b, a) ? 1 : 0));
  const ahead = others.filter((other) => isBetter(metric, other, ours)).length;
  const rank = ahead + 1;
  const teams = others.length + 1;
  return {
    rank,
    teams,
    percentile: percentile(rank, teams),
    medal: medalOfRank(rank, teams),
    isAboveMedian: others.length > 0 && isBetter(metric, ours, median(others)),
  };
}

function median(sorted: readonly number[]): number {
  const low = sorted[Math.floor((sorted.length - 1) / 2)] ?? Number.NaN;
  const high = sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
  return (low + high) / 2;
}

function round(score: number): number {
  return Number(score.toFixed(5));
}

/** The scores that earn each medal at this moment; null where nobody stands that far down. */
export type MedalLines = Record<Medal, number | null>;

/**
 * @param scores of all teams, best first
 * @param teams how many there are, where only the head of the board was read
 */
export function medalLinesOf(scores: readonly (number | null)[], teams = scores.length): MedalLines {
  const places = medalThresholds(teams);
  const at = (place: number) => scores[place - 1] ?? null;
  return teams < 1
    ? { gold: null, silver: null, bronze: null }
    : { gold: at(places.gold), silver: at(places.silver), bronze: at(places.bronze) };
}

/** Score of the middle team; null for an empty board, or one whose head alone was read. */
export function medianScore(scores: readonly (number | null)[], teams = scores.length): number | null {
  return scores[Math.ceil(teams / 2) - 1] ?? null;
}

/**
 * The next better medal than the one that our place takes now, and how far its line is away.
 * @param zone the medal that the place takes now
 * @returns null where there is none, or its line is not known or reached already
 */
export function nextMedal(
  metric: MetricName,
  score: number,
  lines: Readonly<MedalLines>,
  zone: Medal | null = null,
): { medal: Medal; distance: number } | null {
  const worstFirst = ['bronze', 'silver', 'gold'] as const;
  const better = worstFirst.slice(zone === null ? 0 : worstFirst.indexOf(zone) + 1);
  for (const medal of better) {
    const line = lines[medal];
    if (line !== null && isBetter(metric, line, score)) return { medal, distance: Math.abs(line - score) };
  }
  return null;
}
