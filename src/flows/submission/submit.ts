import { randomUUID } from 'node:crypto';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { Context } from '../../context.ts';
import { asFailure, BusinessFailure, TransientFailure } from '../../domain/errors.ts';
import type { Competition } from '../../state/competitions.ts';
import {
  acceptSubmission,
  listSubmissions,
  markSubmissionAbsent,
  markSubmissionSent,
  openSubmission,
  refuseSubmission,
  type Submission,
} from '../../state/submissions.ts';
import { competitionAt, type StageInput } from '../support/competition-call.ts';
import { submissionKey } from '../support/object-keys.ts';
import { readObject } from '../support/objects.ts';
import { Wait } from '../support/wait.ts';
import { chooseBlend } from './choose-blend.ts';
import { composeFile } from './compose.ts';

/** The longest single wait for a new day's allowance: the job looks in between. */
const longestWaitMs = 15 * 60_000;

/**
 * Submits the round's best, at most once whatever happens: the intent row with its key comes first, and a call
 * whose answer was lost is looked up at the vendor by that key, never repeated blindly.
 * @throws BusinessFailure `submission.*`, `kaggle.*`; Wait while the vendor or the day must be waited for
 */
export async function submit(ctx: Context, input: StageInput): Promise<void> {
  const competition = await competitionAt(ctx, input, 'training_completed');
  if (competition === null) return;
  const earlier = await listSubmissions(ctx.state, competition.id);
  // What may be at the vendor is looked up first; what an earlier round never sent is out of date by now.
  const open =
    earlier.find(({ status }) => status === 'sent') ??
    earlier.find(({ status, round }) => status === 'planned' && round === competition.round);
  const submission = open ?? (await plan(ctx, competition, earlier));
  if (submission === null) return;
  if (submission.status === 'sent') await reconcile(ctx, competition, submission);
  else if (submission.status === 'planned') await send(ctx, competition, submission);
  else await settleKnown(ctx, competition, submission);
}

async function plan(
  ctx: Context,
  competition: Competition,
  earlier: readonly Submission[],
): Promise<Submission | null> {
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
    },
  });
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

/** The call was made, or may have been: only the vendor knows. */
async function reconcile(ctx: Context, competition: Competition, submission: Submission): Promise<void> {
  const found = await ctx.kaggle.findSubmissionByDescription(competition.slug, submission.key, {
    signal: ctx.signal,
  });
  if (found !== null) {
    ctx.log.info({ key: submission.key, ref: found.ref }, 'submission found at the vendor');
    await accept(ctx, competition, submission, String(found.ref));
    return;
  }
  const sentAt = submission.sentAt?.getTime() ?? 0;
  const waitMs = sentAt + ctx.policy.reconcileGraceMs - ctx.now().getTime();
  // A late arrival or a lagging list looks like absence; it counts only after the grace.
  if (waitMs > 0) throw new Wait(Math.max(waitMs, 100), 'looking for a submission whose answer was lost');
  await markSubmissionAbsent(ctx.state, submission.id);
  throw new Wait(100, 'the vendor has nothing of it, sending again');
}

async function send(ctx: Context, competition: Competition, submission: Submission): Promise<void> {
  const { slug } = competition;
  const limits = await ctx.kaggle.submissionLimits(slug, { signal: ctx.signal });
  if (limits.remainingToday <= 0) await waitForTomorrow(ctx, limits.resetsAt);
  const path = join(ctx.scratchFolder, `${submission.key}-${randomUUID()}.csv`);
  await writeFile(path, await readObject(ctx, submission.objectKey));
  try {
    const session = await ctx.kaggle.startUpload(
      slug,
      { path, fileName: 'submission.csv' },
      { signal: ctx.signal },
    );
    await ctx.kaggle.uploadFile(session, path, { signal: ctx.signal });
    // Somebody else sent it meanwhile: the next look reconciles.
    if (!(await markSubmissionSent(ctx.state, submission.id))) throw new Wait(100, 'sent by another worker');
    const ref = await create(ctx, slug, submission, session.token);
    await accept(ctx, competition, submission, String(ref));
  } finally {
    await rm(path, { force: true });
  }
}

async function create(ctx: Context, slug: string, submission: Submission, token: string): Promise<number> {
  const description = `${submission.key} ${submission.approach}`
    .replaceAll(/[^A-Za-z0-9 .,:;_\-=()#]/g, ' ')
    .slice(0, 200);
  try {
    const created = await ctx.kaggle.createSubmission(slug, { token, description }, { signal: ctx.signal });
    return created.ref;
  } catch (error) {
    const failure = asFailure(error);
    if (failure.code === 'kaggle.daily_limit') {
      await markSubmissionAbsent(ctx.state, submission.id);
      const resetAt = z.coerce.date().safeParse(failure.details.resetAt);
      await waitForTomorrow(ctx, resetAt.success ? resetAt.data : null);
    }
    if (failure.kind === 'business') await refuseSubmission(ctx.state, submission.id, failure.message);
    const mayExist = failure.code === 'kaggle.outcome_unknown' || failure.kind === 'system';
    if (failure instanceof TransientFailure && !mayExist)
      await markSubmissionAbsent(ctx.state, submission.id);
    if (mayExist) lookItUp();
    throw failure;
  }
}

function lookItUp(): never {
  throw new Wait(1_000, 'the answer was lost; looking it up');
}

async function waitForTomorrow(ctx: Context, resetsAt: Date | null): Promise<never> {
  const untilReset = resetsAt === null ? longestWaitMs : resetsAt.getTime() - ctx.now().getTime();
  ctx.log.info({ resetsAt }, "today's submissions are used up, waiting for the next day");
  throw new Wait(Math.min(Math.max(untilReset, 1_000), longestWaitMs), "today's submissions are used up");
}
