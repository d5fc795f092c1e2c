import { spearman as rankCorrelation } from './compare.ts';
import type { MetricName } from './metrics/catalog.ts';
import { isBetter } from './metrics/score.ts';

export type ScoredPair = { cv: number | null; publicScore: number | null };

/** How far cross-validation and the public leaderboard put our submissions into the same order. */
export type Agreement = {
  /** Submissions with both scores. */
  pairs: number;
  /** Spearman's coefficient; null with too few of them, or where one side does not vary. */
  spearman: number | null;
  verdict: 'unknown' | 'agree' | 'unclear' | 'disagree';
};

const leastPairs = 5;
const trusted = 0.7;
const distrusted = 0.3;

/** Source: the agent's own rule: from five submissions on, 0.7 and more is trusted, below 0.3 is not. */
export function agreementOf(scored: readonly ScoredPair[]): Agreement {
  const both = scored.flatMap(({ cv, publicScore }) =>
    cv === null || publicScore === null ? [] : [[cv, publicScore] as const],
  );
  const pairs = both.length;
  const spearman =
    pairs < leastPairs
      ? null
      : rankCorrelation(
          both.map(([cv]) => cv),
          both.map(([, score]) => score),
        );
  return { pairs, spearman, verdict: verdictOf(spearman) };
}

function verdictOf(spearman: number | null): Agreement['verdict'] {
  if (spearman === null) return 'unknown';
  if (spearman >= trusted) return 'agree';
  return spearman < distrusted ? 'disagree' : 'unclear';
}

/** The best public score of ours, which the leaderboard shows; of equals the earlier one. */
export function bestPublic<Candidate extends { publicScore: number | null }>(
  metric: MetricName,
  scored: readonly Candidate[],
): Candidate | null {
  let best: Candidate | null = null;
  for (const one of scored) {
    if (one.publicScore === null) continue;
    if (best?.publicScore == null || isBetter(metric, one.publicScore, best.publicScore)) best = one;
  }
  return best;
}
