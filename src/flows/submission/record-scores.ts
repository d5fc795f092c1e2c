import type { Context } from '../../context.ts';
import type { KaggleSubmission } from '../../providers/kaggle/contract.ts';
import type { Competition } from '../../state/competitions.ts';
import { listSubmissions, type Submission, scoreSubmission } from '../../state/submissions.ts';

/** A submission of ours and what the vendor says of it; null where its list does not show it yet. */
export type Seen = { submission: Submission; seen: KaggleSubmission | null };

type ScoreContext = Pick<Context, 'state' | 'kaggle' | 'log' | 'signal'>;

/** True where the vendor is done with it; a score may be missing all the same, and a rating still change. */
export function isJudged(seen: KaggleSubmission | null): seen is KaggleSubmission {
  return seen !== null && (seen.status === 'complete' || seen.status === 'error');
}

/**
 * Reads the vendor's list once and records what it says of all our submissions: scores, errors, ratings that
 * changed, private scores. @returns those that the vendor has, in the order of their making
 */
export async function recordScores(
  ctx: ScoreContext,
  competition: Pick<Competition, 'id' | 'slug'>,
): Promise<Seen[]> {
  const mine = await listSubmissions(ctx.state, competition.id);
  const accepted = mine.filter(({ vendorRef }) => vendorRef !== null);
  if (accepted.length === 0) return [];
  const listed = await ctx.kaggle.listSubmissions(competition.slug, { signal: ctx.signal });
  const byRef = new Map(listed.map((one) => [String(one.ref), one]));
  const all = accepted.map((submission) => ({
    submission,
    seen: byRef.get(submission.vendorRef ?? '') ?? null,
  }));
  for (const { submission, seen } of all) {
    if (isJudged(seen) && isNews(submission, seen)) await record(ctx, submission, seen);
  }
  return all;
}

function isNews(submission: Submission, seen: KaggleSubmission): boolean {
  return (
    submission.status === 'accepted' ||
    (seen.publicScore !== null && seen.publicScore !== submission.publicScore) ||
    (seen.privateScore !== null && seen.privateScore !== submission.privateScore)
  );
}

async function record(ctx: ScoreContext, submission: Submission, seen: KaggleSubmission): Promise<void> {
  await scoreSubmission(ctx.state, {
    id: submission.id,
    status: seen.status === 'error' ? 'error' : 'scored',
    publicScore: seen.publicScore,
    privateScore: seen.privateScore,
    error: seen.errorDescription,
  });
  ctx.log.info(
    {
      key: submission.key,
      publicScore: seen.publicScore,
      privateScore: seen.privateScore,
      cv: submission.cv,
    },
    'submission scored',
  );
}
