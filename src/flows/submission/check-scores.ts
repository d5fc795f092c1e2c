import type { Context } from '../../context.ts';
import { isFinal } from '../../domain/competition-machine.ts';
import { asFailure } from '../../domain/errors.ts';
import type { Competition } from '../../state/competitions.ts';
import { claimLook, listStandingCompetitions } from '../../state/leaderboards.ts';
import { listSubmissions } from '../../state/submissions.ts';
import { watchSelection } from '../selection/watch-selection.ts';
import { deadlineOf } from '../support/deadline.ts';
import { collectFinals, lookAgainMs } from './collect-finals.ts';
import { endCompetitions } from './end-competitions.ts';
import { isJudged, recordScores } from './record-scores.ts';
import { snapshotLeaderboard } from './snapshot-leaderboard.ts';
import { tellScores } from './tell-scores.ts';

const hourMs = 3_600_000;
/** A place moves without us, and so do the ratings of simulations. */
const activeLookMs = 6 * hourMs;
const restingLookMs = 24 * hourMs;

/**
 * Every quarter of an hour: scores that are still open, the place of what goes on, the final selection, and after
 * the deadline the end. One competition that cannot be looked at holds no other up.
 * @returns how many submissions got their score now
 */
export async function checkScores(ctx: Context): Promise<number> {
  await endCompetitions(ctx);
  let scored = 0;
  for (const competition of await listStandingCompetitions(ctx.state)) {
    try {
      scored += await checkCompetition(ctx, competition);
    } catch (error) {
      ctx.signal.throwIfAborted();
      ctx.log.warn({ err: asFailure(error), competition: competition.slug }, 'scores could not be looked at');
    }
  }
  return scored;
}

async function checkCompetition(ctx: Context, competition: Competition): Promise<number> {
  const endedAt = realEndOf(ctx, competition);
  const isLookDue = await isDue(ctx, competition, lookEveryMs(ctx, competition, endedAt));
  const scored = await checkOpen(ctx, competition, isLookDue);
  if (endedAt !== null) {
    if (isLookDue) await collectFinals(ctx, competition, endedAt);
    return scored;
  }
  if (isLookDue || scored > 0) await snapshotLeaderboard(ctx, competition);
  await watchSelection(ctx, competition);
  return scored;
}

/** Null while it goes on. At the practice arena a deadline ends nothing. */
function realEndOf({ judge, now }: Pick<Context, 'judge' | 'now'>, competition: Competition): Date | null {
  const end = judge === null ? deadlineOf(competition) : null;
  return end !== null && end <= now() ? end : null;
}

function lookEveryMs({ now }: Pick<Context, 'now'>, { state }: Competition, endedAt: Date | null): number {
  if (endedAt !== null) return lookAgainMs(now().getTime() - endedAt.getTime());
  return isFinal(state) ? restingLookMs : activeLookMs;
}

function isDue(ctx: Context, { id }: Competition, everyMs: number): Promise<boolean> {
  const at = ctx.now();
  return claimLook(ctx.state, { competitionId: id, before: new Date(at.getTime() - everyMs), at });
}

/**
 * Submissions without a score, all with one call, and now and then those whose rating may have changed.
 * @returns how many got their score now
 */
async function checkOpen(ctx: Context, competition: Competition, isLookDue: boolean): Promise<number> {
  const before = await listSubmissions(ctx.state, competition.id);
  const isLookNeeded = isLookDue || before.some(({ status }) => status === 'accepted');
  const seen = isLookNeeded ? await recordScores(ctx, competition) : [];
  await tellScores(ctx, competition);
  return seen.filter((one) => one.submission.status === 'accepted' && isJudged(one.seen)).length;
}
