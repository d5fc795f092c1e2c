import { z } from 'zod';
import type { Context } from '../../context.ts';
import { BusinessFailure } from '../../domain/errors.ts';
import { type Competition, listTransitions } from '../../state/competitions.ts';
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
  const submission = await findAwaited(ctx, competition);
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

const submittedPayload = z.object({ submissionId: z.uuid() });

/** The one that the loop waits for: it brought the competition where it is, and may be of the queue or of old. */
export async function findAwaited(
  { state }: Pick<Context, 'state'>,
  { id }: Pick<Competition, 'id'>,
): Promise<Submission | null> {
  const moves = await listTransitions(state, id);
  const last = moves.findLast(({ event, refused }) => event === 'submission_completed' && !refused);
  const awaited = submittedPayload.safeParse(last?.payload).data?.submissionId;
  return (await listSubmissions(state, id)).find((submission) => submission.id === awaited) ?? null;
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
