import type { Context } from '../../context.ts';
import { pickFinal } from '../../domain/final-pick.ts';
import { type Outcome, outcomesOf } from '../../domain/lessons/outcome.ts';
import { type ProfileVector, profileVectorOf } from '../../domain/lessons/profile-vector.ts';
import type { Competition } from '../../state/competitions.ts';
import { recordOutcomes as write } from '../../state/lessons.ts';
import { listSubmissions } from '../../state/submissions.ts';
import { listTrainingJobs } from '../../state/training.ts';
import { readTree } from '../search/read-tree.ts';
import { knownFinalPlace } from '../submission/final-place.ts';

/** What a competition is like; null before its data were read. */
export function vectorOf({
  problem,
  profile,
}: Pick<Competition, 'problem' | 'profile'>): ProfileVector | null {
  return problem === null || profile === null ? null : profileVectorOf(problem, profile);
}

/**
 * Writes what became of every node of a competition's tree, for the competitions after it. The gate's scores and the
 * last place only once it is over: until then the search could learn from them.
 * @returns what was written; none before its data were read
 */
export async function recordOutcomes(
  ctx: Pick<Context, 'state' | 'now'>,
  competition: Competition,
  { isOver }: { isOver: boolean },
): Promise<Outcome[]> {
  const profile = vectorOf(competition);
  if (profile === null) return [];
  const tree = await readTree(ctx, competition);
  const outcomes = outcomesOf(tree, {
    competitionId: competition.id,
    competition: competition.slug,
    profile,
    gateOf: isOver ? await readGateScores(ctx, competition.id) : new Map(),
    finalShare: isOver ? await readFinalShare(ctx, competition) : null,
    at: ctx.now(),
  });
  const { id, slug, round } = competition;
  await write(ctx.state, { competitionId: id, competition: slug, round, outcomes });
  return outcomes;
}

async function readGateScores(
  ctx: Pick<Context, 'state'>,
  competitionId: string,
): Promise<Map<string, number>> {
  const runs = await listTrainingJobs(ctx.state, competitionId);
  return new Map(
    runs.flatMap(({ purpose, approachId, scores }) =>
      purpose === 'search' && scores?.gate != null ? [[approachId, scores.gate] as const] : [],
    ),
  );
}

/** 0 for the first of all entrants, 1 for the last; null before the end is known. */
async function readFinalShare(
  ctx: Pick<Context, 'state'>,
  { id, problem }: Pick<Competition, 'id' | 'problem'>,
): Promise<number | null> {
  const known = await knownFinalPlace(ctx, id);
  if (known !== null) return shareOf(known.rank, known.entrants);
  if (problem === null) return null;
  const final = pickFinal(problem.metric, await listSubmissions(ctx.state, id));
  return final === null ? null : shareOf(final.finalRank, final.finalEntrants);
}

function shareOf(rank: number | null, entrants: number | null): number | null {
  if (rank === null || entrants === null) return null;
  return Math.min(1, Math.max(0, (rank - 1) / Math.max(1, entrants - 1)));
}
