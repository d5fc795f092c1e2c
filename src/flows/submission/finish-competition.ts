import type { Context } from '../../context.ts';
import { pickFinal } from '../../domain/final-pick.ts';
import type { PracticeJudge, PracticeResult } from '../../providers/kaggle/contract.ts';
import { type Competition, getCompetition } from '../../state/competitions.ts';
import { endStanding } from '../../state/leaderboards.ts';
import { finishSubmission, listSubmissions, type Submission } from '../../state/submissions.ts';
import { showEnd } from '../human-loop/status-card.ts';
import { learnFromEnd } from '../lessons/learn.ts';
import { snapshotLeaderboard } from './snapshot-leaderboard.ts';

/**
 * After the end: the practice arena tells the scores on all hidden labels. Nothing is chosen by them; the choice
 * was made before. At the real Kaggle the private scores come after the deadline, with the score check.
 */
export async function finishCompetition(
  ctx: Context,
  input: { competitionId: string | null },
): Promise<void> {
  if (input.competitionId === null) return;
  const competition = await getCompetition(ctx.state, input.competitionId);
  if (competition === null || competition.problem === null || ctx.judge === null) return;
  const submissions = await listSubmissions(ctx.state, competition.id);
  const chosen = pickFinal(competition.problem.metric, submissions);
  const result = await closePractice(ctx, ctx.judge, competition, chosen);
  await recordFinals(ctx, submissions, result);
  await snapshotLeaderboard(ctx, competition, { part: 'private' });
  // Nothing more comes: nobody waits for this one.
  await endStanding(ctx.state, { competitionId: competition.id, place: null, at: ctx.now() });
  await showEnd(ctx, competition.id);
  await learnFromEnd(ctx, competition);
  ctx.log.info({ competition: competition.slug, submissions: submissions.length }, 'final scores received');
}

async function closePractice(
  ctx: Context,
  judge: PracticeJudge,
  { slug }: Competition,
  chosen: Submission | null,
): Promise<PracticeResult> {
  const ref = chosen?.vendorRef ?? null;
  return await judge.closePractice(slug, {
    signal: ctx.signal,
    ...(ref === null ? {} : { ref: Number(ref) }),
  });
}

async function recordFinals(
  ctx: Pick<Context, 'state'>,
  submissions: readonly Submission[],
  result: PracticeResult,
): Promise<void> {
  for (const submission of submissions) {
    const scored = result.submissions.find(({ ref }) => String(ref) === submission.vendorRef);
    if (scored?.overallScore == null) continue;
    const { overallScore, privateScore, rank } = scored;
    await finishSubmission(ctx.state, {
      id: submission.id,
      privateScore: privateScore === null ? null : String(privateScore),
      finalScore: overallScore,
      rank,
      entrants: result.board.entrantCount,
    });
  }
}
