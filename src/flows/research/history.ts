import type { Context } from '../../context.ts';
import { compareCandidates } from '../../domain/compare.ts';
import type { MetricName } from '../../domain/metrics/catalog.ts';
import { isBetter } from '../../domain/metrics/score.ts';
import type { HistoryEntry } from '../../domain/research.ts';
import type { Competition } from '../../state/competitions.ts';
import { listApproaches } from '../../state/research.ts';
import { type HostScores, listTrainingJobs } from '../../state/training.ts';

/**
 * What was tried for a competition and how it did, oldest first: what the next round learns from. The verdict
 * compares each with the best before it, fold by fold.
 */
export async function readHistory(
  ctx: Pick<Context, 'state'>,
  competition: Pick<Competition, 'id' | 'problem'>,
): Promise<HistoryEntry[]> {
  const { problem } = competition;
  if (problem === null) return [];
  const [approaches, jobs] = await Promise.all([
    listApproaches(ctx.state, competition.id),
    listTrainingJobs(ctx.state, competition.id),
  ]);
  let best: HostScores | null = null;
  return approaches.map((approach) => {
    const run = jobs.find((job) => job.approachId === approach.id && job.purpose === 'search');
    // One that trained well and failed at the vendor is of no use either.
    const scores = approach.status === 'failed' ? null : (run?.scores ?? null);
    const entry: HistoryEntry = {
      round: approach.round,
      approach: approach.name,
      family: approach.family,
      cv: scores?.cv ?? null,
      verdict: verdictOf(problem.metric, best, scores),
    };
    if (scores !== null && (best === null || isBetter(problem.metric, scores.cv, best.cv))) best = scores;
    return entry;
  });
}

function verdictOf(
  metric: MetricName,
  best: HostScores | null,
  scores: HostScores | null,
): HistoryEntry['verdict'] {
  if (scores === null) return 'failed';
  return best === null ? 'better' : compareCandidates(best.folds, scores.folds, metric).verdict;
}
