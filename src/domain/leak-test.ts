import { summarise } from './compare.ts';
import type { MetricName } from './metrics/catalog.ts';
import { scoreGain } from './metrics/score.ts';

/**
 * What a script scored on labels that the host had shuffled, and what chance scores on the same: the same predictions
 * held against the labels shuffled again, many times.
 */
export type ShuffledTrial = { metric: MetricName; score: number; chance: readonly number[] };

/** Standard deviations of chance. Of 10,000 honest scripts, fewer than one is this lucky. */
const provenAt = 4;
/** Of the way from chance to the score in question: a leak worth dropping a node for explains at least this much. */
const leastShare = 0.1;

/**
 * Does a script predict labels that nothing can predict? Then it sees them.
 * @param inQuestion the score on the true labels that started the examination
 */
export function provesLeak({ metric, score, chance }: ShuffledTrial, inQuestion: number): boolean {
  if (chance.length < 2) return false;
  const { mean, sd } = summarise(chance);
  const gain = scoreGain(metric, mean, score);
  const whole = scoreGain(metric, mean, inQuestion);
  return gain > provenAt * Math.max(sd, Number.EPSILON) && gain > leastShare * Math.max(0, whole);
}
