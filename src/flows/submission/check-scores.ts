import type { Context } from '../../context.ts';
import { isFinal } from '../../domain/competition-machine.ts';
import { asFailure } from '../../domain/errors.ts';
import type { Competition } from '../../state/competitions.ts';
import { claimLook, listStandingCompetitions } from '../../state/leaderboards.ts';
import { listSubmissions, type Submission } from '../../state/submissions.ts';
import { readFacts } from '../human-loop/competition-facts.ts';
import { saveNewBest } from '../human-loop/milestone-cards.ts';
import { tellLateScore } from '../selection/tell-selection.ts';
import { watchSelection } from '../selection/watch-selection.ts';
import { deadlineOf } from '../support/deadline.ts';
import { collectFinals, lookAgainMs } from './collect-finals.ts';
import { endCompetitions } from './end-competitions.ts';
import { isJudged, recordScores } from './record-scores.ts';
import { snapshotLeaderboard } from './snapshot-leaderboard.ts';
import { latestAccepted } from './watch-score.ts';

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
  const end = deadlineOf(competition);
  const sinceEndMs = end === null || ctx.judge !== null ? null : ctx.now().getTime() - end.getTime();
  const isLookDue = await isDue(ctx, competition, lookEveryMs(competition, sinceEndMs));
  const scored = await checkOpen(ctx, competition, isLookDue);
  if (end !== null && sinceEndMs !== null && sinceEndMs >= 0) {
    if (isLookDue) await collectFinals(ctx, competition, end);
    return scored;
  }
  if (isLookDue || scored > 0) await snapshotLeaderboard(ctx, competition);
  await watchSelection(ctx, competition);
  return scored;
}

function lookEveryMs({ state }: Competition, sinceEndMs: number | null): number {
  if (sinceEndMs !== null && sinceEndMs >= 0) return lookAgainMs(sinceEndMs);
  return isFinal(state) ? restingLookMs : activeLookMs;
}

function isDue(ctx: Context, { id }: Competition, everyMs: number): Promise<boolean> {
  const at = ctx.now();
  return claimLook(ctx.state, { competitionId: id, before: new Date(at.getTime() - everyMs), at });
}

/**
 * Submissions without a score, all with one call, and now and then those whose rating may have changed. What the
 * loop waits for is told by the loop. @returns how many got their score now
 */
async function checkOpen(ctx: Context, competition: Competition, isLookDue: boolean): Promise<number> {
  const before = await listSubmissions(ctx.state, competition.id);
  if (!isLookDue && !before.some(({ status }) => status === 'accepted')) return 0;
  const awaited = competition.state === 'submitted' ? latestAccepted(before) : null;
  const judged = (await recordScores(ctx, competition)).filter(
    ({ submission, seen }) => submission.status === 'accepted' && isJudged(seen),
  );
  for (const { submission, seen } of judged) {
    if (submission.id === awaited?.id) continue;
    await tellScore(ctx, competition, submission, seen?.publicScore ?? null);
  }
  return judged.length;
}

/** The score of a submission that the loop did not wait for, as it tells of those that it waits for. */
async function tellScore(
  ctx: Context,
  competition: Competition,
  submission: Submission,
  publicScore: string | null,
): Promise<void> {
  await tellLateScore(ctx, competition, { submission, publicScore });
  const facts = await readFacts(ctx, competition);
  const event = { eventId: `score-${submission.id}`, submissionKey: submission.key, now: ctx.now() };
  await saveNewBest(ctx, facts, event);
}
