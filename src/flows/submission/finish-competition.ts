import type { Context } from '../../context.ts';
import { isBetter } from '../../domain/metrics/score.ts';
import { getCompetition } from '../../state/competitions.ts';
import { finishSubmission, listSubmissions } from '../../state/submissions.ts';
import { snapshotLeaderboard } from './snapshot-leaderboard.ts';

/**
 * After the end: the practice arena tells the scores on all hidden labels. Nothing is chosen by them; the choice
 * was made before. At the real Kaggle the private scores come with the score check.
 */
export async function finishCompetition(ctx: Context, input: { competitionId: string }): Promise<void> {
  const competition = await getCompetition(ctx.state, input.competitionId);
  if (competition === null || competition.problem === null || ctx.judge === null) return;
  const { metric } = competition.problem;
  const [submissions, result] = await Promise.all([
    listSubmissions(ctx.state, competition.id),
    ctx.judge.closePractice(competition.slug, { signal: ctx.signal }),
  ]);
  const others = result.board.entrants.flatMap(({ score }) => (score === null ? [] : [score]));
  for (const submission of submissions) {
    const scored = result.submissions.find(({ ref }) => String(ref) === submission.vendorRef);
    if (scored?.overallScore == null) continue;
    const { overallScore, privateScore } = scored;
    const rank = 1 + others.filter((score) => isBetter(metric, score, overallScore)).length;
    await finishSubmission(ctx.state, {
      id: submission.id,
      privateScore: privateScore === null ? null : String(privateScore),
      finalScore: overallScore,
      rank,
      entrants: others.length + 1,
    });
  }
  await snapshotLeaderboard(ctx, competition);
  ctx.log.info({ competition: competition.slug, submissions: submissions.length }, 'final scores received');
}
