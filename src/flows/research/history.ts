import type { Context } from '../../context.ts';
import type { TriedApproach } from '../../domain/research.ts';
import type { Competition } from '../../state/competitions.ts';
import { listApproaches } from '../../state/research.ts';
import { listTrainingJobs } from '../../state/training.ts';

/** What was tried for a competition and how it did, oldest first: what the next round learns from. */
export async function readHistory(
  ctx: Pick<Context, 'state'>,
  competition: Pick<Competition, 'id'>,
): Promise<TriedApproach[]> {
  const [approaches, jobs] = await Promise.all([
    listApproaches(ctx.state, competition.id),
    listTrainingJobs(ctx.state, competition.id),
  ]);
  return approaches.map((approach) => {
    const job = jobs.find(
      (candidate) => candidate.approachId === approach.id && candidate.purpose === 'search',
    );
    return {
      round: approach.round,
      approach: approach.spec,
      cv: job?.scores?.cv ?? null,
      folds: job?.scores?.folds ?? [],
      seconds: job?.result?.seconds ?? null,
      verdict: job?.status === 'succeeded' ? 'trained' : approach.status === 'failed' ? 'failed' : 'untried',
      error: approach.error ?? job?.error ?? null,
    };
  });
}
