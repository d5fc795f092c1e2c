import type { Context } from '../../context.ts';
import { parseNumber } from '../../domain/cells.ts';
import { asFailure } from '../../domain/errors.ts';

/** One page tells the direction; boards whose best are all alike tell nothing on ten. */
const rowsRead = 100;

/**
 * The best scores of a leaderboard in its order, best first, for which way is better.
 * @returns none where the board cannot be read: it is evidence, no need
 */
export async function readBoardScores(
  ctx: Pick<Context, 'kaggle' | 'signal' | 'log'>,
  slug: string,
): Promise<number[]> {
  try {
    const entries = await ctx.kaggle.leaderboard(slug, { signal: ctx.signal, maxRows: rowsRead });
    return entries.flatMap(({ score }) => {
      const number = parseNumber(score ?? '');
      return number === null ? [] : [number];
    });
  } catch (error) {
    ctx.signal.throwIfAborted();
    ctx.log.info({ competition: slug, err: asFailure(error) }, 'the leaderboard was not read');
    return [];
  }
}
