import type { Context } from '../../context.ts';
import { BusinessFailure } from '../../domain/errors.ts';
import type { KaggleSubmission } from '../../providers/kaggle/contract.ts';
import type { Competition } from '../../state/competitions.ts';
import {
  listSubmissions,
  listUnscoredSubmissions,
  type Submission,
  scoreSubmission,
} from '../../state/submissions.ts';
import { competitionAt, move, type StageInput } from '../support/competition-call.ts';
import { Wait } from '../support/wait.ts';
import { snapshotLeaderboard } from './snapshot-leaderboard.ts';

/**
 * Waits for the score of the submission that was just accepted, then the analysis begins.
 * @throws BusinessFailure `submission.error` where the vendor could not score it; Wait while it is pending
 */
export async function watchScore(ctx: Context, input: StageInput): Promise<void> {
  const competition = await competitionAt(ctx, input, 'submitted');
  if (competition === null) return;
  const submission = latest(await listSubmissions(ctx.state, competition.id));
  if (submission === null) {
    throw new BusinessFailure('There is no accepted submission to wait for.', { code: 'submission.none' });
  }
  const seen = await findAtVendor(ctx, competition.slug, submission);
  if (seen === null || seen.status === 'pending' || seen.status === 'unknown') {
    throw new Wait(nextPollMs(ctx, submission), 'the vendor is still scoring');
  }
  await record(ctx, submission, seen);
  if (seen.status === 'error') {
    throw new BusinessFailure(
      `The vendor could not score the submission: ${seen.errorDescription ?? 'no reason was given'}.`,
      { code: 'submission.error', details: { key: submission.key } },
    );
  }
  await snapshotLeaderboard(ctx, competition);
  await move(ctx, competition, 'score_received', {
    key: submission.key,
    publicScore: seen.publicScore,
    cv: submission.cv,
  });
}

/** Safety net: looks at every submission that is still without a score. */
export async function checkScores(ctx: Context): Promise<number> {
  const open = await listUnscoredSubmissions(ctx.state);
  let scored = 0;
  for (const submission of open) {
    const seen = await findAtVendor(ctx, submission.slug, submission);
    if (seen === null || seen.status === 'pending' || seen.status === 'unknown') continue;
    await record(ctx, submission, seen);
    scored += 1;
  }
  return scored;
}

function latest(submissions: readonly Submission[]): Submission | null {
  const accepted = submissions.filter(({ vendorRef }) => vendorRef !== null);
  return accepted.toSorted((a, b) => Number(b.acceptedAt ?? 0) - Number(a.acceptedAt ?? 0))[0] ?? null;
}

async function findAtVendor(
  ctx: Context,
  slug: Competition['slug'],
  submission: Submission,
): Promise<KaggleSubmission | null> {
  const all = await ctx.kaggle.listSubmissions(slug, { signal: ctx.signal });
  return all.find(({ ref }) => String(ref) === submission.vendorRef) ?? null;
}

async function record(ctx: Context, submission: Submission, seen: KaggleSubmission): Promise<void> {
  await scoreSubmission(ctx.state, {
    id: submission.id,
    status: seen.status === 'error' ? 'error' : 'scored',
    publicScore: seen.publicScore,
    privateScore: seen.privateScore,
    error: seen.errorDescription,
  });
  ctx.log.info(
    { key: submission.key, publicScore: seen.publicScore, cv: submission.cv },
    'submission scored',
  );
}

/** Waits grow with the submission's age, as the vendor's contract advises. */
function nextPollMs(ctx: Context, submission: Submission): number {
  const ageMs = ctx.now().getTime() - (submission.acceptedAt ?? ctx.now()).getTime();
  let passed = 0;
  for (const waitMs of ctx.policy.scorePollMs) {
    if (passed >= ageMs) return waitMs;
    passed += waitMs;
  }
  return ctx.policy.scorePollMs.at(-1) ?? 60_000;
}
