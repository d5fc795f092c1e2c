import type { Context } from '../../context.ts';
import type { BoardLine, ContentOf } from '../../domain/card.ts';
import { parseNumber } from '../../domain/cells.ts';
import { type Chart, mostChartPoints } from '../../domain/chart.ts';
import { isFinal } from '../../domain/competition-machine.ts';
import { pickFinal } from '../../domain/final-pick.ts';
import { type Medal, medalOfRank } from '../../domain/medals.ts';
import { type Overview, waitsForMachine, waitsForPerson } from '../../domain/overview.ts';
import type { Competition } from '../../state/competitions.ts';
import { type LeaderboardSnapshot, listLeaderboards } from '../../state/leaderboards.ts';
import { listSubmissions, type Submission } from '../../state/submissions.ts';
import { competitionOverview } from '../commands/competition-overview.ts';
import { deadlineOf } from '../support/deadline.ts';

/** Everything that cards tell of one competition, read from its rows. */
export type CompetitionFacts = {
  competition: Competition;
  overview: Overview;
  submissions: readonly Submission[];
  /** Oldest first. */
  boards: readonly LeaderboardSnapshot[];
};

export type FactsContext = Pick<Context, 'state' | 'artifactsFolder'>;
export type Best = NonNullable<ContentOf<'status'>['best']>;

const keptBoards = 100;
const percent = 100;

export async function readFacts(ctx: FactsContext, competition: Competition): Promise<CompetitionFacts> {
  const [overview, submissions, boards] = await Promise.all([
    competitionOverview(ctx, competition),
    listSubmissions(ctx.state, competition.id),
    listLeaderboards(ctx.state, competition.id, keptBoards),
  ]);
  return { competition, overview, submissions, boards };
}

/** The submission that would count now, with all that is known of it. */
export function countedOf({
  overview,
  submissions,
}: Pick<CompetitionFacts, 'overview' | 'submissions'>): Submission | null {
  return submissions.find(({ key }) => key === overview.best?.submission) ?? null;
}

export function publicScoreOf({ publicScore }: Submission): number | null {
  return parseNumber(publicScore ?? '');
}

/** The submission that would count now, and the score that stood before it. */
export function bestOf(facts: CompetitionFacts): Best | null {
  const { competition, overview, submissions, boards } = facts;
  const { best } = overview;
  const metric = competition.problem?.metric;
  if (best === null || metric === undefined) return null;
  const mine = countedOf(facts);
  const since = mine?.scoredAt ?? null;
  const board = boards.at(-1);
  const rank = best.rank ?? board?.rank ?? null;
  const entrants = best.entrants ?? board?.entrants ?? null;
  return {
    approach: best.approach,
    cv: best.cv,
    score: best.score,
    previous: since === null ? null : scoreBefore(metric, submissions, since),
    rank,
    entrants,
    ...medalNow(board, { rank, entrants }),
    ...(mine?.finalScore != null && mine.finalScore === best.score ? { isFinal: true } : {}),
  };
}

/** The medal that a place takes now; left out where none are given. */
export function medalNow(
  board: LeaderboardSnapshot | undefined,
  { rank, entrants }: Pick<Best, 'rank' | 'entrants'>,
): { medal?: Medal | null } {
  if (board?.awardsMedals !== true || rank === null || entrants === null) return {};
  return { medal: medalOfRank(rank, entrants) };
}

/** The public score of what counted before a moment. */
export function scoreBefore(
  metric: Parameters<typeof pickFinal>[0],
  submissions: readonly Submission[],
  moment: Date,
): number | null {
  const earlier = submissions.filter(({ scoredAt }) => scoredAt !== null && scoredAt < moment);
  const picked = pickFinal(metric, earlier);
  return picked === null ? null : publicScoreOf(picked);
}

/** Whole percents, so that what hardly moved is no news. */
export function progressOf({ stage }: Overview): ContentOf<'status'>['progress'] {
  if (stage === null || stage.progress === null) return null;
  const { done, total, label } = stage.progress;
  const share = total > 0 ? Math.floor((percent * done) / total) : 0;
  return { done: Math.min(percent, Math.max(0, share)), total: percent, label };
}

/** @returns null before the first score */
export function scoresChart({ competition, overview, submissions, boards }: CompetitionFacts): Chart | null {
  const { metric } = overview;
  const points = submissions
    .flatMap((submission) => {
      const value = publicScoreOf(submission);
      const { round, scoredAt: at } = submission;
      return value === null || at === null ? [] : [{ round, at, value }];
    })
    .toSorted((a, b) => a.at.getTime() - b.at.getTime())
    .slice(-mostChartPoints);
  if (metric === null || points.length === 0) return null;
  const { name, direction } = metric;
  return {
    kind: 'scores',
    slug: competition.slug,
    metric: name,
    direction,
    points,
    lines: medalLines(boards),
  };
}

/** What a medal takes, as the last reading that went down that far tells; none where none are given. */
function medalLines(boards: CompetitionFacts['boards']): Extract<Chart, { kind: 'scores' }>['lines'] {
  const board = boards.findLast(({ awardsMedals, bronze }) => awardsMedals && bronze !== null);
  const lines = (['gold', 'silver', 'bronze'] as const).flatMap((label) => {
    const value = board?.[label] ?? null;
    return value === null ? [] : [{ label, value }];
  });
  // Among few entrants one place may earn several: the best medal names it.
  return lines.filter(({ value }, index) => lines.findIndex((line) => line.value === value) === index);
}

/** One line of the board and of the digest. */
export function lineOf(facts: CompetitionFacts): BoardLine {
  const { competition, overview } = facts;
  const best = bestOf(facts);
  const deadlines = overview.decisions
    .filter(({ status }) => status === 'open')
    .map(({ deadline }) => deadline.getTime());
  return {
    slug: competition.slug,
    state: competition.state,
    isQueued: isQueued(competition),
    ...(waitsForPerson(overview) ? { waitsForPerson: true } : {}),
    ...(waitsForMachine(overview) ? { waitsForMachine: true } : {}),
    round: competition.round,
    maxRounds: competition.limits.maxRounds,
    progress: progressOf(overview),
    score: best?.score ?? null,
    rank: best?.rank ?? null,
    entrants: best?.entrants ?? null,
    deadline: deadlineOf(competition),
    decisionUntil: deadlines.length === 0 ? null : new Date(Math.min(...deadlines)),
  };
}

/** Wanted, but waits for a place among the active ones. */
export function isQueued({ requestedAt, admittedAt, state }: Competition): boolean {
  return requestedAt !== null && admittedAt === null && !isFinal(state);
}

/** Money for people: whole cents, so that what hardly moved is no news. */
export function cents(usd: number): number {
  return Math.round(usd * 100) / 100;
}
