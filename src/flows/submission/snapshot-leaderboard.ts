import type { Context } from '../../context.ts';
import { asFailure } from '../../domain/errors.ts';
import type { Competition } from '../../state/competitions.ts';
import { getStanding, type Reading, recordReading, type StandingRow } from '../../state/leaderboards.ts';
import { type ReadBoard, readBoardHead, readWholeBoard } from './read-board.ts';

type About = Pick<Competition, 'id' | 'slug' | 'problem'>;

/** At the real Kaggle a whole board is downloaded no more often: downloads are what it limits most. */
const wholeBoardEveryMs = 6 * 3_600_000;

/** Stores where we stand now. A board that cannot be read holds nothing up. @returns what was stored */
export async function snapshotLeaderboard(
  ctx: Context,
  competition: About,
  { part = 'public' }: { part?: Reading['part'] } = {},
): Promise<Reading | null> {
  try {
    const standing = await getStanding(ctx.state, competition.id);
    const read = await readBoard(ctx, competition, standing, part);
    if (read === null) return null;
    const { reading, teamId } = read;
    await recordReading(ctx.state, { competitionId: competition.id, reading, teamId, at: ctx.now() });
    return reading;
  } catch (error) {
    ctx.log.warn({ err: asFailure(error), competition: competition.slug }, 'leaderboard could not be read');
    return null;
  }
}

async function readBoard(
  ctx: Context,
  competition: About,
  standing: StandingRow | null,
  part: Reading['part'],
): Promise<ReadBoard | null> {
  const options = { part, teamId: standing?.teamId ?? null };
  if (!isWholeDue(ctx, standing)) return await readBoardHead(ctx, competition, options);
  try {
    return await readWholeBoard(ctx, competition, options);
  } catch (error) {
    const failure = asFailure(error);
    if (failure.kind !== 'transient' || ctx.judge !== null) throw failure;
    ctx.log.info({ err: failure, competition: competition.slug }, 'only the head of the leaderboard is read');
    return await readBoardHead(ctx, competition, options);
  }
}

/** The practice arena limits nothing. */
function isWholeDue(ctx: Pick<Context, 'judge' | 'now'>, standing: StandingRow | null): boolean {
  const last = standing?.wholeAt ?? null;
  return ctx.judge !== null || last === null || ctx.now().getTime() - last.getTime() >= wholeBoardEveryMs;
}
