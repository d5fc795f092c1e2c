import type { Context } from '../../context.ts';
import { bestPublic } from '../../domain/agreement.ts';
import { parseNumber } from '../../domain/cells.ts';
import { medalLinesOf, medianScore } from '../../domain/medals.ts';
import type { LeaderboardEntry } from '../../providers/kaggle/contract.ts';
import type { Competition } from '../../state/competitions.ts';
import type { Reading } from '../../state/leaderboards.ts';
import { listSubmissions } from '../../state/submissions.ts';

type BoardContext = Pick<Context, 'state' | 'kaggle' | 'signal'>;
type About = Pick<Competition, 'id' | 'slug' | 'problem'>;

/** A reading, and our team's number where it told it. */
export type ReadBoard = { reading: Reading; teamId: number | null };

const topRows = 10;
/** One call of the board's head. */
const headRows = 100;

function scoreOf({ score }: Pick<LeaderboardEntry, 'score'>): number | null {
  return parseNumber(score ?? '');
}

function topOf(entries: readonly LeaderboardEntry[]): Reading['top'] {
  return entries.slice(0, topRows).map((entry) => ({ name: entry.teamName, score: scoreOf(entry) }));
}

/** The whole board, in one download: what the vendor limits most. Our team is found by its members. */
export async function readWholeBoard(
  ctx: BoardContext,
  { slug }: About,
  { part, teamId }: { part: Reading['part']; teamId: number | null },
): Promise<ReadBoard> {
  const options = { signal: ctx.signal };
  const [account, seen, board] = await Promise.all([
    ctx.kaggle.whoAmI(options),
    ctx.kaggle.findCompetition(slug, options),
    ctx.kaggle.downloadLeaderboard(slug, options),
  ]);
  const name = account.username.toLowerCase();
  const mine =
    board.find(({ memberUsernames }) => memberUsernames.some((one) => one.toLowerCase() === name)) ??
    board.find((row) => teamId !== null && row.teamId === teamId);
  const scores = board.toSorted((a, b) => a.rank - b.rank).map(scoreOf);
  return {
    teamId: mine?.teamId ?? null,
    reading: {
      entrants: board.length,
      rank: mine?.rank ?? null,
      score: mine === undefined ? null : scoreOf(mine),
      top: topOf(board),
      part,
      isWhole: true,
      awardsMedals: seen?.awardsPoints ?? false,
      ...medalLinesOf(scores),
      median: medianScore(scores),
    },
  };
}

/**
 * Our place as the competition's own row tells it, and the head of the board: two light calls.
 * @returns null where that does not tell our place
 */
export async function readBoardHead(
  ctx: BoardContext,
  competition: About,
  { part, teamId, maxRows = headRows }: { part: Reading['part']; teamId: number | null; maxRows?: number },
): Promise<ReadBoard | null> {
  const options = { signal: ctx.signal };
  const seen = await ctx.kaggle.findCompetition(competition.slug, options);
  const head = await ctx.kaggle.leaderboard(competition.slug, { ...options, maxRows });
  const mine = head.find((entry) => teamId !== null && entry.teamId === teamId);
  const rank = mine?.rank ?? seen?.rank ?? null;
  if (rank === null) return null;
  const entrants = Math.max(seen?.teamCount ?? 0, head.length, rank);
  const scores = head.map(scoreOf);
  const lines = medalLinesOf(scores, entrants);
  const score = mine === undefined ? await bestOwnScore(ctx, competition) : scoreOf(mine);
  return {
    teamId: mine?.teamId ?? null,
    reading: {
      entrants,
      rank,
      score,
      top: topOf(head),
      part,
      isWhole: false,
      awardsMedals: seen?.awardsPoints ?? false,
      ...lines,
      median: medianScore(scores, entrants),
    },
  };
}

/** What the public board shows of us. */
async function bestOwnScore(ctx: BoardContext, { id, problem }: About): Promise<number | null> {
  if (problem === null) return null;
  const submissions = await listSubmissions(ctx.state, id);
  const scored = submissions
    .filter(({ status }) => status === 'scored')
    .map(({ publicScore }) => ({ publicScore: parseNumber(publicScore ?? '') }));
  return bestPublic(problem.metric, scored)?.publicScore ?? null;
}
