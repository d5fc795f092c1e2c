import type { Context } from '../../context.ts';
import { asFailure, BusinessFailure } from '../../domain/errors.ts';
import { dropReasons, holdReasons } from '../../domain/submission-slots.ts';
import type { Competition } from '../../state/competitions.ts';
import { acceptQueuedSubmission, queueSubmission } from '../../state/submission-queue.ts';
import {
  acceptSubmission,
  listSubmissions,
  openSubmission,
  type Submission,
} from '../../state/submissions.ts';
import { tellWaiting } from '../human-loop/tell-waiting.ts';
import { planNotebook } from '../notebooks/plan-notebook.ts';
import { competitionAt, type StageInput } from '../support/competition-call.ts';
import { submissionKey } from '../support/object-keys.ts';
import { Wait } from '../support/wait.ts';
import { isHeldBack } from './ask-about-doubt.ts';
import { chooseBlend } from './choose-blend.ts';
import { chooseSlot, hasNextRound, isOverBy } from './choose-slot.ts';
import { composeFile } from './compose.ts';
import { lookUp, tellLateArrival } from './look-up.ts';
import { sendOnce } from './send-once.ts';

/** The longest single wait for a new day's allowance: the job looks in between. */
const longestWaitMs = 15 * 60_000;

/**
 * Submits the round's best, at most once whatever happens: the intent row with its key comes first, and a call
 * whose answer was lost is looked up at the vendor by that key, never repeated blindly. Where the day has no place
 * for it, or none that it is worth, it waits in the queue and the round goes on.
 * @throws BusinessFailure `submission.*`, `kaggle.*`; Wait while the vendor or the day must be waited for
 */
export async function submit(ctx: Context, input: StageInput): Promise<void> {
  const competition = await competitionAt(ctx, input, 'training_completed');
  if (competition === null) return;
  await settleStale(ctx, competition);
  const earlier = await listSubmissions(ctx.state, competition.id);
  const ours = earlier.filter(({ round, queuedAt }) => round === competition.round && queuedAt === null);
  const open =
    ours.find(({ status }) => status === 'sent') ??
    ours.find(({ status }) => status === 'planned') ??
    (await plan(ctx, competition, earlier));
  if (open === null) return;
  if (open.status === 'sent') {
    await accept(ctx, competition, open, await lookUp(ctx, competition.slug, open));
  } else if (open.status === 'planned') await place(ctx, competition, open, earlier);
  else await settleKnown(ctx, competition, open);
}

/**
 * What an earlier round may have sent is looked up before anything else is: found, it counts beside this round's own.
 * What it never sent is out of date by now.
 */
async function settleStale(ctx: Context, competition: Competition): Promise<void> {
  const { id, slug, round } = competition;
  for (const submission of await listSubmissions(ctx.state, id)) {
    const isStale = submission.round !== round && submission.queuedAt === null;
    if (submission.status !== 'sent' || !isStale) continue;
    const vendorRef = await lookUp(ctx, slug, submission);
    await acceptQueuedSubmission(ctx.state, { id: submission.id, vendorRef });
    ctx.log.info(
      { competition: slug, key: submission.key, ref: vendorRef },
      'submission of an earlier round',
    );
  }
}

async function plan(
  ctx: Context,
  competition: Competition,
  earlier: readonly Submission[],
): Promise<Submission | null> {
  if (competition.details.takesNotebooksOnly === true) return await planHandIn(ctx, competition);
  const { problem } = competition;
  const blend = await chooseBlend(ctx, competition);
  if (problem === null || blend === null) {
    throw new BusinessFailure('There is no successful run to submit.', {
      code: 'submission.nothing_to_submit',
    });
  }
  const composed = await composeFile(ctx, competition, problem, blend, earlier);
  const objectKey = submissionKey(competition.slug, competition.round, composed.sha256);
  await ctx.objects.put(objectKey, Buffer.from(composed.csv));
  const opened = await openSubmission(ctx.state, {
    competitionId: competition.id,
    version: competition.version,
    paramsHash: composed.sha256,
    approach: composed.approach,
    members: composed.members,
    objectKey,
    cv: blend.cv,
    estimate: blend.estimate,
    scores: {
      cvSd: blend.cvSd,
      gate: blend.gate,
      isFinalFit: composed.isFinalFit,
      warnings: composed.warnings,
      doubts: composed.doubts,
    },
  });
  return opened?.submission ?? null;
}

/** A code competition: what is submitted is a notebook that ran at Kaggle. */
async function planHandIn(ctx: Context, competition: Competition): Promise<Submission | null> {
  const notebook = await planNotebook(ctx, competition);
  if (notebook === null) return null;
  const { id: competitionId, version } = competition;
  const opened = await openSubmission(ctx.state, { competitionId, version, ...notebook });
  return opened?.submission ?? null;
}

/** The very file was sent in an earlier round: its result stands, and nothing is sent again. */
async function settleKnown(ctx: Context, competition: Competition, submission: Submission): Promise<void> {
  if (submission.vendorRef === null) {
    throw new BusinessFailure(`This file was refused before: ${submission.error ?? 'no reason was given'}.`, {
      code: 'submission.refused_before',
    });
  }
  ctx.log.info({ competition: competition.slug, key: submission.key }, 'same file as before, not sent again');
  await accept(ctx, competition, submission, submission.vendorRef);
}

async function accept(
  ctx: Context,
  competition: Competition,
  submission: Submission,
  ref: string,
): Promise<void> {
  await acceptSubmission(ctx.state, {
    id: submission.id,
    version: competition.version,
    vendorRef: ref,
    actor: ctx.actor,
  });
  ctx.log.info({ competition: competition.slug, key: submission.key, ref }, 'submission accepted');
}

/** Sends it now, leaves it to the queue while another round follows, or waits for a person or the next day. */
async function place(
  ctx: Context,
  competition: Competition,
  submission: Submission,
  others: readonly Submission[],
): Promise<void> {
  if (await isHeldBack(ctx, competition, submission)) return;
  const { hold: held, gain, limits } = await chooseSlot(ctx, competition, submission, others);
  // A team mate may have been faster than our look at the limits.
  const hold = held ?? ((await send(ctx, competition, submission)) ? null : 'used_up');
  if (hold === null) return;
  const isTooLate = isOverBy(competition, limits.resetsAt);
  if (!isTooLate && !hasNextRound(competition, ctx.now())) {
    await tellWaiting(ctx, competition, { submissionId: submission.id, reason: holdReasons[hold] });
    waitForTomorrow(ctx, limits.resetsAt);
  }
  const moved = await queueSubmission(ctx.state, {
    id: submission.id,
    version: competition.version,
    gain,
    reason: isTooLate && hold === 'used_up' ? dropReasons.too_late : holdReasons[hold],
    actor: ctx.actor,
  });
  const { slug } = competition;
  ctx.log.info({ competition: slug, key: submission.key, hold, moved: moved !== null }, 'submission waits');
}

/** @returns false where the day's submissions turn out to be used up */
async function send(ctx: Context, competition: Competition, submission: Submission): Promise<boolean> {
  try {
    const ref = await sendOnce(ctx, competition.slug, submission);
    await accept(ctx, competition, submission, ref);
  } catch (error) {
    if (asFailure(error).code === 'kaggle.daily_limit') return false;
    throw error;
  }
  if (submission.attempt > 0) await tellLateArrival(ctx, competition.slug, submission);
  return true;
}

function waitForTomorrow(ctx: Context, resetsAt: Date): never {
  ctx.log.info({ resetsAt }, "today's submissions are used up, waiting for the next day");
  const untilResetMs = resetsAt.getTime() - ctx.now().getTime();
  throw new Wait(Math.min(Math.max(untilResetMs, 1_000), longestWaitMs), "today's submissions are used up");
}
