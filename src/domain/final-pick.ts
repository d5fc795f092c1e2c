import type { MetricName } from './metrics/catalog.ts';
import { isBetter } from './metrics/score.ts';

export type PickableSubmission = { key: string; status: string; cv: number | null; round: number };

/**
 * The submission that counts at the end: the best cross-validated one, never by the public score. Of equals the
 * later one, which was fitted on more rows.
 * @returns null where nothing was scored
 */
export function pickFinal<Candidate extends PickableSubmission>(
  metric: MetricName,
  submissions: readonly Candidate[],
): Candidate | null {
  let best: Candidate | null = null;
  for (const candidate of submissions) {
    if (candidate.status !== 'scored' || candidate.cv === null) continue;
    if (best?.cv == null || !isBetter(metric, best.cv, candidate.cv)) best = candidate;
  }
  return best;
}
