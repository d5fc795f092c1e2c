import type { Context } from '../../context.ts';
import { asFailure } from '../../domain/errors.ts';
import { dropReasons, isOvertaken } from '../../domain/submission-slots.ts';
import { type Competition, getCompetition } from '../../state/competitions.ts';
import {
  acceptQueuedSubmission,
  dropSubmission,
  listQueuedSubmissions,
} from '../../state/submission-queue.ts';
import { listSubmissions, type Submission } from '../../state/submissions.ts';
import { Wait } from '../support/wait.ts';
import { isOverBy, judgeSlot } from './choose-slot.ts';
import { lookUp, watchLateArrivals } from './look-up.ts';
import { sendOnce } from './send-once.ts';

/**
 * Sends what waits, the best first, as far as the day's submissions reach; drops what has been overtaken. What was
 * sent without a known end is looked up first.
 * @returns how many the vendor took
 * @throws ConfigurationFailure at once: the other competitions would fail alike; SystemFailure after all had their turn
 */
export async function sendQueued(ctx: Context): Promise<number> {
  const waiting = await listQueuedSubmissions(ctx.state);
  let sent = 0;
  const broken: unknown[] = [];
  for (const competitionId of new Set(waiting.map((one) => one.competitionId))) {
    const competition = await getCompetition(ctx.state, competitionId);
    if (competition === null) continue;
    const own = waiting.filter((one) => one.competitionId === competitionId);
    sent += await guarded(ctx, competition, broken, () => serve(ctx, competition, own));
  }
  await watchLateArrivals(ctx);
  if (broken.length > 0) throw broken[0];
  return sent;
}

/** One competition's trouble is no other's. @param broken what has to be told once all had their turn */
async function guarded(
  ctx: Context,
  { slug }: Competition,
  broken: unknown[],
  work: () => Promise<number>,
): Promise<number> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof Wait) {
      ctx.log.debug({ competition: slug, reason: error.message }, 'the queue waits');
      return 0;
    }
    ctx.signal.throwIfAborted();
    const failure = asFailure(error);
    if (failure.kind === 'configuration') throw error;
    if (failure.kind === 'system') broken.push(error);
    ctx.log.warn({ competition: slug, err: failure }, 'a queued submission was not sent');
    return 0;
  }
}

async function serve(ctx: Context, competition: Competition, own: readonly Submission[]): Promise<number> {
  let taken = 0;
  for (const submission of own.filter(({ status }) => status === 'sent')) {
    await accept(ctx, competition, submission, await lookUp(ctx, competition.slug, submission));
    taken += 1;
  }
  if (competition.state === 'paused') return taken;
  const waiting = await dropUseless(
    ctx,
    competition,
    own.filter(({ status }) => status === 'queued'),
  );
  if (waiting.length === 0) return taken;
  let limits = await ctx.kaggle.submissionLimits(competition.slug, { signal: ctx.signal });
  for (const submission of waiting.toSorted(byGain)) {
    const others = await listSubmissions(ctx.state, competition.id);
    if (judgeSlot(ctx, competition, submission, others, limits).hold !== null) continue;
    const ref = await sendUnlessLost(ctx, competition.slug, submission);
    if (ref === null) continue;
    await accept(ctx, competition, submission, ref);
    const { remainingToday, usedToday } = limits;
    limits = { ...limits, remainingToday: remainingToday - 1, usedToday: usedToday + 1 };
    taken += 1;
  }
  return taken;
}

/** @returns null where its file is gone, and it waits no more */
async function sendUnlessLost(ctx: Context, slug: string, submission: Submission): Promise<string | null> {
  try {
    return await sendOnce(ctx, slug, submission);
  } catch (error) {
    if (asFailure(error).code !== 'objects.missing') throw error;
    await dropSubmission(ctx.state, submission.id, dropReasons.lost);
    ctx.log.error({ competition: slug, key: submission.key, err: error }, 'the file of a submission is gone');
    return null;
  }
}

async function accept(
  ctx: Context,
  competition: Competition,
  { id, key }: Submission,
  vendorRef: string,
): Promise<void> {
  await acceptQueuedSubmission(ctx.state, { id, vendorRef });
  ctx.log.info({ competition: competition.slug, key, ref: vendorRef }, 'queued submission accepted');
}

/** @returns what is still worth sending */
async function dropUseless(
  ctx: Context,
  competition: Competition,
  queued: readonly Submission[],
): Promise<Submission[]> {
  const all = await listSubmissions(ctx.state, competition.id);
  const kept: Submission[] = [];
  for (const submission of queued) {
    const reason = uselessBecause(ctx, competition, submission, all);
    if (reason === null) kept.push(submission);
    else {
      await dropSubmission(ctx.state, submission.id, reason);
      ctx.log.info({ competition: competition.slug, key: submission.key, reason }, 'submission dropped');
    }
  }
  return kept;
}

function uselessBecause(
  ctx: Context,
  competition: Competition,
  submission: Submission,
  all: readonly Submission[],
): string | null {
  const isPracticeOver = ctx.judge !== null && competition.state === 'completed';
  if (isPracticeOver || isOverBy(competition, ctx.now())) return dropReasons.over;
  if (competition.state === 'abandoned') return dropReasons.stopped;
  const metric = competition.problem?.metric;
  if (metric === undefined) return null;
  const rivals = all.filter(
    ({ id, status }) => id !== submission.id && ['accepted', 'scored', 'queued', 'sent'].includes(status),
  );
  return isOvertaken(metric, submission, rivals, ctx.policy.foldCount) ? dropReasons.overtaken : null;
}

/** The largest gain first, of equals the younger; one that could not be compared goes before all. */
function byGain(a: Submission, b: Submission): number {
  const [left, right] = [a.gain ?? Number.MAX_VALUE, b.gain ?? Number.MAX_VALUE];
  return right - left || (b.queuedAt?.getTime() ?? 0) - (a.queuedAt?.getTime() ?? 0);
}
