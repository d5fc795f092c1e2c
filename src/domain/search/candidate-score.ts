/** How a proposal is judged, each from 1 (poor) to 10 (best). */
export type CandidateScores = {
  /** It answers what the results so far show. */
  alignment: number;
  /** What it may gain in the metric. */
  impact: number;
  /** It differs from what was tried. */
  novelty: number;
  /** It can be built and run within the limits. */
  feasibility: number;
  /** What it may gain against what it may break. */
  riskReward: number;
};

/** Source: RD-Agent, scenarios/data_science/proposal/exp_gen/proposal.py */
const weights: Readonly<CandidateScores> = {
  alignment: 0.2,
  impact: 0.4,
  novelty: 0.2,
  feasibility: 0.1,
  riskReward: 0.1,
};

/** The weighted mean of the five scores, as a share from 0 (all 1) to 1 (all 10). Scores beyond the scale count as its ends. */
export function candidateWorth(scores: CandidateScores): number {
  const share = (score: number) => (Math.min(10, Math.max(1, score)) - 1) / 9;
  return (
    weights.alignment * share(scores.alignment) +
    weights.impact * share(scores.impact) +
    weights.novelty * share(scores.novelty) +
    weights.feasibility * share(scores.feasibility) +
    weights.riskReward * share(scores.riskReward)
  );
}
