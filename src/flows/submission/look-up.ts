import type { Context } from '../../context.ts';
import { asFailure } from '../../domain/errors.ts';
import { type Recognised, recogniseSubmission } from '../../domain/recognise-submission.ts';
import type { KaggleSubmission } from '../../providers/kaggle/contract.ts';
import { getCompetition } from '../../state/competitions.ts';
import { listResentSubmissions, noteSubmissionUnseen } from '../../state/submission-queue.ts';
import { listSubmissions, type Submission } from '../../state/submissions.ts';
import { alertPeople } from '../human-loop/alert.ts';
import { Wait } from '../support/wait.ts';

/** A call that comes so late comes no more. */
const lateArrivalSeconds = 24 * 3600;

/**
 * The call was made, or may have been: only the vendor knows. Nothing is sent again before two looks, some time
 * apart and well after the call must have ended, have found nothing; a list that fails is no look.
 * @returns the vendor's number
 * @throws Wait while it is not known; afterwards the submission may be sent again
 */
export async function lookUp(ctx: Context, slug: string, submission: Submission): Promise<string> {
  const lookedAt = performance.now();
  const listed = await ctx.kaggle.listSubmissions(slug, { signal: ctx.signal });
  const found = recogniseSubmission(listed, await soughtOf(ctx, submission));
  if (found !== null) {
    ctx.log.info({ key: submission.key, ref: found.ref, how: found.how }, 'submission found at the vendor');
    await tellOdd(ctx, slug, submission, found);
    return String(found.ref);
  }
  const { createTimeoutMs, reconcileGraceMs } = ctx.policy;
  const noted = await noteSubmissionUnseen(ctx.state, {
    id: submission.id,
    ageMs: performance.now() - lookedAt,
    afterMs: createTimeoutMs + reconcileGraceMs,
    lagMs: reconcileGraceMs / 2,
  });
  if (noted === null || noted.absent) throw new Wait(100, 'the vendor has nothing of it, sending again');
  throw new Wait(Math.max(noted.waitSeconds * 1000, 100), 'looking for a submission whose answer was lost');
}

async function soughtOf(ctx: Pick<Context, 'state'>, submission: Submission) {
  const rows = await listSubmissions(ctx.state, submission.competitionId);
  const others = rows.filter(({ id }) => id !== submission.id);
  return {
    key: submission.key,
    sentAt: submission.sentAt,
    otherKeys: others.map(({ key }) => key),
    claimedRefs: others.flatMap(({ vendorRef }) => (vendorRef === null ? [] : [vendorRef])),
  };
}

/** What people should know of a submission that is at the vendor otherwise than we sent it. */
async function tellOdd(
  ctx: Pick<Context, 'state' | 'actor'>,
  slug: string,
  { key }: Submission,
  { ref, how, duplicateRefs }: Recognised,
): Promise<void> {
  if (duplicateRefs.length > 0) {
    const refs = [ref, ...duplicateRefs].join(', ');
    await alertPeople(ctx, {
      kind: `submission-duplicate:${key}`,
      severity: 'warning',
      code: 'submission.duplicate_at_vendor',
      message: `Kaggle has one submission of ${slug} more than once (${refs}): a call that seemed lost arrived late and used up one of the day. The first one counts; nothing has to be done.`,
    });
  }
  if (how === 'altered') {
    await alertPeople(ctx, {
      kind: `submission-altered:${slug}`,
      severity: 'warning',
      code: 'submission.altered_at_vendor',
      message: `Kaggle shows the description of submission ${ref} of ${slug} otherwise than it was sent; the agent took it for its own by what is left of its key. Look whether it is.`,
    });
  }
}

/** Looks whether a call that counted as lost arrived after its submission was sent again; tells people if so. */
export async function watchLateArrivals(ctx: Context): Promise<void> {
  for (const submission of await listResentSubmissions(ctx.state, lateArrivalSeconds)) {
    const competition = await getCompetition(ctx.state, submission.competitionId);
    if (competition !== null) await tellLateArrival(ctx, competition.slug, submission);
  }
}

/** After a submission that was sent again. A list that fails is asked again by the next look. */
export async function tellLateArrival(ctx: Context, slug: string, submission: Submission): Promise<void> {
  try {
    const listed: KaggleSubmission[] = await ctx.kaggle.listSubmissions(slug, { signal: ctx.signal });
    const found = recogniseSubmission(listed, await soughtOf(ctx, submission));
    if (found !== null && found.how === 'key') await tellOdd(ctx, slug, submission, found);
  } catch (error) {
    const { code } = asFailure(error);
    ctx.log.warn({ key: submission.key, code }, 'could not look for a late arrival');
  }
}
