import type { Context } from '../../context.ts';
import { pickFinal } from '../../domain/final-pick.ts';
import { getCompetition } from '../../state/competitions.ts';
import { finishSubmission, listSubmissions } from '../../state/submissions.ts';
import { showEnd } from '../human-loop/status-card.ts';
import { snapshotLeaderboard } from './snapshot-leaderboard.ts';

/**
 * After the end: the practice arena tells the scores on all hidden labels. Nothing is chosen by them; the choice
 * was made before. At the real Kaggle the private scores come with the score check.
 */
export async function finishCompetition(
  ctx: Context,
  input: { competitionId: string | null },
): Promise<void> {
  if (input.competitionId === null) return;
  const competition = await getCompetition(ctx.state, input.competitionId);
  if (competition === null || competition.problem === null || ctx.judge === null) return;
  const submissions = await listSubmissions(ctx.state, competition.id);
  const chosen = pickFinal(competition.problem.metric, submissions)?.vendorRef ?? null;
  const result = await ctx.judge.closePractice(competition.slug, {
    signal: ctx.signal,
    ...(chosen === null ? {} : { ref: Number(chosen) }),
  });
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
  await snapshotLeaderboard(ctx, competition);
  await showEnd(ctx, competition.id);
  ctx.log.info({ competition: competition.slug, submissions: submissions.length }, 'final scores received');
}
