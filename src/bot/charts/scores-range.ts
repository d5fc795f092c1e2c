/** With fewer scores none is called unusual. */
const leastForOutliers = 5;
/** The part of the scores, from the best, that is always within the picture. */
const usualShare = 0.8;
/** A worst score is left outside where it is this many times as far from the best as that part reaches. */
const farFactor = 4;

type Scores = { values: readonly number[]; thresholds: readonly number[]; isUp: boolean };

/**
 * From where to where a picture of scores reaches: everything, with room at the side of the best value for what is
 * written there. Scores so bad that they would press all others into one line stay outside.
 */
export function scoresRange({ values, thresholds, isUp }: Scores): [low: number, high: number] {
  const best = isUp ? Math.max(...values) : Math.min(...values);
  const all = [best, worstShown(values, isUp), ...thresholds];
  const low = Math.min(...all);
  const high = Math.max(...all);
  const small = (high - low) * 0.06;
  const large = (high - low) * 0.25;
  return isUp
    ? [low - small, Math.max(high + small, best + large)]
    : [Math.min(low - small, best - large), high + small];
}

function worstShown(values: readonly number[], isUp: boolean): number {
  const fromBest = values.toSorted((a, b) => (isUp ? b - a : a - b));
  const best = fromBest[0] ?? 0;
  const worst = fromBest.at(-1) ?? best;
  const usual = fromBest[Math.floor(usualShare * (fromBest.length - 1))] ?? worst;
  const reach = Math.abs(usual - best);
  const isFar = reach > 0 && Math.abs(worst - best) > farFactor * reach;
  if (!isFar || values.length < leastForOutliers) return worst;
  const within = fromBest.filter((value) => Math.abs(value - best) <= farFactor * reach);
  return within.at(-1) ?? worst;
}
