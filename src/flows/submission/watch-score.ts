import type { Context } from '../../context.ts';
import { BusinessFailure } from '../../domain/errors.ts';
import { listSubmissions, type Submission } from '../../state/submissions.ts';
import { goBackForNotebook } from '../notebooks/hand-in.ts';
import { competitionAt, move, type StageInput } from '../support/competition-call.ts';
import { Wait } from '../support/wait.ts';
import { isJudged, recordScores } from './record-scores.ts';
import { snapshotLeaderboard } from './snapshot-leaderboard.ts';

/**
 * Waits for the score of the submission that was just accepted, then the analysis begins. One without a public
 * score (simulations, hidden scoring) is done all the same.
 * @throws BusinessFailure `submission.error` where the vendor could not score it; Wait while it is pending
 */
export async function watchScore(ctx: Context, input: StageInput): Promise<void> {
  const competition = await competitionAt(ctx, input, 'submitted');
  if (competition === null) return;
  const submission = latestAccepted(await listSubmissions(ctx.state, competition.id));
  if (submission === null) {
    throw new BusinessFailure('There is no accepted submission to wait for.', { code: 'submission.none' });
  }
  const all = await recordScores(ctx, competition);
  const seen = all.find((one) => one.submission.id === submission.id)?.seen ?? null;
  if (!isJudged(seen)) throw new Wait(nextPollMs(ctx, submission), 'the vendor is still scoring');
  if (seen.status === 'error') {
    if (await goBackForNotebook(ctx, competition, submission, seen.errorDescription)) return;
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
    isKnown: submission.round < competition.round,
  });
}

/** The one that the loop waits for: what the vendor took last of a round, and not of the queue beside it. */
export function latestAccepted(submissions: readonly Submission[]): Submission | null {
  const accepted = submissions.filter(({ vendorRef, queuedAt }) => vendorRef !== null && queuedAt === null);
  return accepted.toSorted((a, b) => Number(b.acceptedAt ?? 0) - Number(a.acceptedAt ?? 0))[0] ?? null;
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
