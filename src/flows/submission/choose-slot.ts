import type { Context } from '../../context.ts';
import { BusinessFailure } from '../../domain/errors.ts';
import { gainOver, type HoldReason, holdReasonOf, standardErrorOf } from '../../domain/submission-slots.ts';
import type { SubmissionLimits } from '../../providers/kaggle/contract.ts';
import type { Competition } from '../../state/competitions.ts';
import type { Submission } from '../../state/submissions.ts';
import { deadlineOf } from '../support/deadline.ts';
import { isEndgame } from '../support/time-left.ts';

/** In the last days nothing is held back for later. */
const finalWindowMs = 3 * 24 * 3_600_000;

export type Slot = {
  /** Null: send it now. */
  hold: HoldReason | null;
  /** Over the best that was sent; null where there is nothing to compare. */
  gain: number | null;
  limits: SubmissionLimits;
};

/**
 * Whether a submission gets one of today's places, known before anything is sent.
 * @throws BusinessFailure `submission.limit_in_all`, `kaggle.*`
 */
export async function chooseSlot(
  ctx: Context,
  competition: Competition,
  submission: Submission,
  others: readonly Submission[],
): Promise<Slot> {
  const limits = await ctx.kaggle.submissionLimits(competition.slug, { signal: ctx.signal });
  return judgeSlot(ctx, competition, submission, others, limits);
}

/** The same, with limits that are known. @throws BusinessFailure `submission.limit_in_all` */
export function judgeSlot(
  ctx: Pick<Context, 'judge' | 'policy' | 'now'>,
  competition: Competition,
  submission: Submission,
  others: readonly Submission[],
  limits: SubmissionLimits,
): Slot {
  if (limits.isLimitedInAll && limits.remainingToday <= 0) {
    throw new BusinessFailure(
      `${competition.slug} takes a limited number of submissions in all, and our team has used them up; no more can be sent.`,
      { code: 'submission.limit_in_all' },
    );
  }
  const sent = others.filter(({ status }) => status === 'accepted' || status === 'scored');
  const metric = competition.problem?.metric;
  const gain = metric === undefined ? null : gainOver(metric, submission, sent);
  const hold = holdReasonOf({
    remainingToday: limits.remainingToday,
    usedToday: limits.usedToday,
    sentSoFar: sent.length,
    gain,
    standardError: standardErrorOf(submission, ctx.policy.foldCount),
    isFinalWindow: isFinalWindow(competition, ctx.now()),
    isPractice: ctx.judge !== null,
  });
  return { hold, gain, limits };
}

/** True where another round follows, so that a candidate may wait beside it. */
export function hasNextRound(competition: Competition, now: Date): boolean {
  return competition.round < competition.limits.maxRounds && !isEndgame(competition, now);
}

/** The last round, or the last days. */
function isFinalWindow(competition: Competition, now: Date): boolean {
  const deadline = deadlineOf(competition);
  if (deadline !== null && deadline.getTime() - now.getTime() <= finalWindowMs) return true;
  return !hasNextRound(competition, now);
}

/** True where the next day's submissions come too late. */
export function isOverBy(competition: Competition, moment: Date): boolean {
  const deadline = deadlineOf(competition);
  return deadline !== null && deadline.getTime() <= moment.getTime();
}
