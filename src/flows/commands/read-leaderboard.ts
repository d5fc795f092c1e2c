import type { Context } from '../../context.ts';
import { agreementOf } from '../../domain/agreement.ts';
import { parseNumber } from '../../domain/cells.ts';
import type { LeaderboardResult } from '../../domain/command-results.ts';
import { getStanding, listLeaderboards } from '../../state/leaderboards.ts';
import { listSubmissions } from '../../state/submissions.ts';
import { findKnown } from './find-known.ts';

/** A day and more of readings, also where they come after every score. */
const keptReadings = 100;

/** `/kaggle leaderboard <slug>`: readings of the board and our own submissions. @throws BusinessFailure `competition.unknown` */
export async function readLeaderboard(
  ctx: Pick<Context, 'state'>,
  input: { slug: string },
): Promise<LeaderboardResult> {
  const { id } = await findKnown(ctx, input.slug);
  const [readings, all, standing] = await Promise.all([
    listLeaderboards(ctx.state, id, keptReadings),
    listSubmissions(ctx.state, id),
    getStanding(ctx.state, id),
  ]);
  const submissions = all
    .filter(({ status }) => status === 'scored')
    .map((one) => ({
      approach: one.approach,
      round: one.round,
      cv: one.cv,
      publicScore: parseNumber(one.publicScore ?? ''),
      privateScore: parseNumber(one.privateScore ?? ''),
      isCounted: one.id === standing?.countedSubmissionId,
    }))
    .toReversed();
  return {
    snapshots: readings.toReversed().map((reading) => ({
      ...reading,
      top: reading.top.flatMap(({ name, score }) => (score === null ? [] : [{ name, score }])),
    })),
    submissions,
    agreement: agreementOf(submissions),
  };
}
