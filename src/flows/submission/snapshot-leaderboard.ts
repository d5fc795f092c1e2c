import type { Context } from '../../context.ts';
import { parseNumber } from '../../domain/cells.ts';
import { asFailure } from '../../domain/errors.ts';
import type { Competition } from '../../state/competitions.ts';
import { recordLeaderboard } from '../../state/submissions.ts';

const topRows = 10;

/** Stores where we stand now. A board that cannot be read holds nothing up. */
export async function snapshotLeaderboard(
  ctx: Context,
  competition: Pick<Competition, 'id' | 'slug'>,
): Promise<void> {
  try {
    const [account, board] = await Promise.all([
      ctx.kaggle.whoAmI({ signal: ctx.signal }),
      ctx.kaggle.downloadLeaderboard(competition.slug, { signal: ctx.signal }),
    ]);
    const mine = board.find(({ memberUsernames }) => memberUsernames.includes(account.username));
    await recordLeaderboard(ctx.state, {
      competitionId: competition.id,
      entrants: board.length,
      rank: mine?.rank ?? null,
      score: parseNumber(mine?.score ?? ''),
      top: board
        .slice(0, topRows)
        .map(({ teamName, score }) => ({ name: teamName, score: parseNumber(score ?? '') })),
    });
  } catch (error) {
    ctx.log.warn({ err: asFailure(error), competition: competition.slug }, 'leaderboard could not be read');
  }
}
