import { z } from 'zod';
import { notFound } from '../api-error.ts';
import type { Competition } from '../competition-schema.ts';
import type { ArenaContext } from '../context.ts';
import {
  type BoardEntry,
  bestSubmission,
  rankAmongRivals,
  rivalsOf,
  scoredSubmissions,
} from '../leaderboard.ts';
import { readRequest } from './method.ts';
import { settle } from './submissions.ts';

/** Best entrants that a verdict lists; the real leaderboards have thousands. */
const listedEntrants = 50;

/** What practice ends with: every hidden score, and the place among all entrants. */
export type Verdict = {
  slug: string;
  metric: string;
  direction: 'maximize' | 'minimize';
  submissions: readonly {
    ref: number;
    status: 'COMPLETE' | 'ERROR';
    publicScore: number | null;
    privateScore: number | null;
    /** On all hidden rows. */
    overallScore: number | null;
    /** Place among all entrants by the overall score, were this the team's choice; null without a score. */
    rank: number | null;
  }[];
  board: {
    /** The team's choice: the `ref` of the request, else its best by public score; null without a scored one. */
    chosenRef: number | null;
    rankOfTeam: number | null;
    /** All entrants, the team included when it has a score. */
    entrantCount: number;
    /** The best by overall score, and every reference entrant whatever its place. */
    entrants: readonly {
      name: string;
      overallScore: number;
      kind: 'reference' | 'real' | 'own';
      rank: number;
    }[];
  };
};

const closeRequest = z.object({ ref: z.number().int().nullish() });

/** Ends the account's practice of a competition: the deadline counts as passed. Closing twice answers the same. */
export function closePractice(ctx: ArenaContext, slug: string, body: unknown): Verdict {
  const { ref = null } = readRequest(closeRequest, body);
  const competition = requireServed(ctx, slug);
  for (const submission of ctx.account.submissionsOf(slug)) settle(ctx, submission);
  if (ctx.account.practiceOf(slug).closedAt === null) {
    ctx.account.record({ type: 'practice_closed', at: ctx.now(), slug });
    ctx.log.info({ slug }, 'arena practice closed');
  }

  const scored = scoredSubmissions(ctx, slug);
  const chosen = scored.find((submission) => submission.ref === ref) ?? bestSubmission(competition, scored);
  const teamScore = chosen?.outcome.overallScore ?? null;
  const own = teamScore === null ? [] : [{ teamName: ctx.teamName, score: teamScore, kind: 'own' as const }];
  const entrants = ranked(competition, [...rivalsOf(competition, 'overall'), ...own]);
  const rankOf = (score: number | null) =>
    score === null ? null : rankAmongRivals(competition, 'overall', score);
  return {
    slug,
    metric: competition.metric.name,
    direction: competition.direction,
    submissions: ctx.account.submissionsOf(slug).map(({ ref: submissionRef, outcome }) => ({
      ref: submissionRef,
      status: outcome.status,
      publicScore: outcome.status === 'COMPLETE' ? outcome.publicScore : null,
      privateScore: outcome.status === 'COMPLETE' ? outcome.privateScore : null,
      overallScore: outcome.status === 'COMPLETE' ? outcome.overallScore : null,
      rank: outcome.status === 'COMPLETE' ? rankOf(outcome.overallScore) : null,
    })),
    board: {
      chosenRef: chosen?.ref ?? null,
      rankOfTeam: rankOf(teamScore),
      entrantCount: entrants.length,
      entrants: entrants.filter((entry, index) => index < listedEntrants || entry.kind !== 'real'),
    },
  };
}

/** Best first; who has the same score shares the better place. */
function ranked(
  { direction }: Competition,
  entries: readonly Pick<BoardEntry, 'teamName' | 'score' | 'kind'>[],
): Verdict['board']['entrants'] {
  const sign = direction === 'maximize' ? -1 : 1;
  const sorted = [...entries].sort((a, b) => sign * (a.score - b.score));
  let rank = 0;
  return sorted.map(({ teamName: name, score: overallScore, kind }, index) => {
    if (sorted[index - 1]?.score !== overallScore) rank = index + 1;
    return { name, overallScore, kind, rank };
  });
}

/** Starts a new practice; earlier submissions are archived and neither listed nor counted. Harmless when repeated. */
export function openPractice(ctx: ArenaContext, slug: string): { slug: string; practice: number } {
  requireServed(ctx, slug);
  const isFresh =
    ctx.account.practiceOf(slug).closedAt === null && ctx.account.submissionsOf(slug).length === 0;
  if (!isFresh) {
    ctx.account.record({ type: 'practice_opened', at: ctx.now(), slug });
    ctx.log.info({ slug }, 'arena practice opened');
  }
  return { slug, practice: ctx.account.practiceOf(slug).number };
}

/** Stands in for a person who accepts the rules on the website. */
export function acceptRules(ctx: ArenaContext, slug: string): { slug: string } {
  requireServed(ctx, slug);
  if (!ctx.account.practiceOf(slug).hasAcceptedRules) {
    ctx.account.record({ type: 'rules_accepted', at: ctx.now(), slug });
  }
  return { slug };
}

/** Not the vendor's path, so an unknown slug is simply not found. */
function requireServed(ctx: ArenaContext, slug: string): Competition {
  const competition = ctx.competitions.get(slug);
  if (competition === undefined) throw notFound();
  return competition;
}
