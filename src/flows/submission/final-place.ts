import type { Context } from '../../context.ts';
import { parseNumber } from '../../domain/cells.ts';
import { automaticPicks } from '../../domain/final-selection.ts';
import type { MetricName } from '../../domain/metrics/catalog.ts';
import { isBetter } from '../../domain/metrics/score.ts';
import type { Competition } from '../../state/competitions.ts';
import { type FinalPlace, getStanding, type Reading } from '../../state/leaderboards.ts';
import { listSelections } from '../../state/selections.ts';
import { listSubmissions, type Submission } from '../../state/submissions.ts';

type Scored = { id: string; key: string; ref: number; privateScore: number };

/** As Kaggle shows scores. */
const decimals = 5;

/** Our submissions with the private scores that the vendor told. */
export function privatelyScored(submissions: readonly Submission[]): Scored[] {
  return submissions.flatMap((submission) => {
    const privateScore = parseNumber(submission.privateScore ?? '');
    const ref = Number(submission.vendorRef);
    return privateScore === null || submission.status !== 'scored'
      ? []
      : [{ id: submission.id, key: submission.key, ref, privateScore }];
  });
}

/** True where a reading shows one of our private scores: the public board often stands a while after the end. */
export function isPrivateReading({ score }: Pick<Reading, 'score'>, scored: readonly Scored[]): boolean {
  return score !== null && scored.some(({ privateScore }) => isSame(privateScore, score));
}

function isSame(one: number, other: number): boolean {
  return one.toFixed(decimals) === other.toFixed(decimals);
}

/**
 * Our place on the private board, and the submission that it comes from: the one whose score the board shows, of
 * several the best of those that were selected, else of those that the vendor takes by itself.
 */
export async function finalPlace(
  ctx: Pick<Context, 'state'>,
  { id, problem }: Pick<Competition, 'id' | 'problem'>,
  reading: Pick<Reading, 'rank' | 'entrants' | 'score'> | null,
): Promise<FinalPlace> {
  const submissions = await listSubmissions(ctx.state, id);
  const scored = privatelyScored(submissions);
  const metric = problem?.metric ?? null;
  const shown = reading === null ? [] : scored.filter((one) => isPrivateReading(reading, [one]));
  const counted =
    shown.length === 1 || metric === null
      ? (shown[0] ?? null)
      : bestOf(metric, await countable(ctx, id, metric, submissions, shown.length > 0 ? shown : scored));
  return {
    rank: reading?.rank ?? null,
    entrants: reading?.entrants ?? null,
    score: counted?.privateScore ?? null,
    submissionId: counted?.id ?? null,
  };
}

/** Those of the candidates that were selected at the vendor, or taken by it where nothing was. */
async function countable(
  ctx: Pick<Context, 'state'>,
  competitionId: string,
  metric: MetricName,
  submissions: readonly Submission[],
  candidates: readonly Scored[],
): Promise<readonly Scored[]> {
  const seen =
    (await listSelections(ctx.state, competitionId)).findLast((one) => one.seen !== null)?.seen ?? [];
  const selected = candidates.filter(({ ref }) => seen.includes(ref));
  if (selected.length > 0) return selected;
  const automatic = automaticPicks(metric, submissions.map(selectable)).map(({ key }) => key);
  const taken = candidates.filter(({ key }) => automatic.includes(key));
  return taken.length > 0 ? taken : candidates;
}

function bestOf(metric: MetricName, scored: readonly Scored[]): Scored | null {
  let best: Scored | null = null;
  for (const one of scored) {
    if (best === null || isBetter(metric, one.privateScore, best.privateScore)) best = one;
  }
  return best;
}

/** A submission as the rules of the final selection look at it. */
export function selectable(submission: Submission) {
  const { id, key, status, cv, estimate, round, scores, approach, objectKey, members } = submission;
  return {
    id,
    key,
    status,
    cv,
    estimate,
    round,
    scores,
    approach,
    objectKey,
    ref: Number(submission.vendorRef),
    publicScore: parseNumber(submission.publicScore ?? ''),
    memberCount: members.length,
  };
}
export type Selectable = ReturnType<typeof selectable>;

/** The place that is on file, where the end is known. */
export async function knownFinalPlace(
  ctx: Pick<Context, 'state'>,
  competitionId: string,
): Promise<FinalPlace | null> {
  const standing = await getStanding(ctx.state, competitionId);
  if (standing === null || standing.privateScore === null) return null;
  return {
    rank: standing.privateRank,
    entrants: standing.privateEntrants,
    score: standing.privateScore,
    submissionId: standing.countedSubmissionId,
  };
}
