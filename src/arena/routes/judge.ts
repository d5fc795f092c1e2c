import { z } from 'zod';
import { denied, invalid, notFound } from '../api-error.ts';
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

/** Submissions that a team may choose to count at the end. */
const maxSelected = 2;

/** What practice ends with: every hidden score, and the place among all entrants. */
export type Verdict = {
  slug: string;
  metric: string;
  direction: 'maximize' | 'minimize';
  submissions: readonly {
    ref: number;
    /** PENDING: a notebook still runs on the hidden test set. */
    status: 'COMPLETE' | 'ERROR' | 'PENDING';
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

const noScores = { publicScore: null, privateScore: null, overallScore: null };

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
    submissions: ctx.account.submissionsOf(slug).map(({ ref: submissionRef, outcome }) => {
      const scores = outcome?.status === 'COMPLETE' ? outcome : noScores;
      return {
        ref: submissionRef,
        status: outcome?.status ?? 'PENDING',
        publicScore: scores.publicScore,
        privateScore: scores.privateScore,
        overallScore: scores.overallScore,
        rank: rankOf(scores.overallScore),
      };
    }),
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

/**
 * Stands in for a person who accepts the rules on the website.
 * @throws ApiError 403 where joining has ended or takes an invitation
 */
export function acceptRules(ctx: ArenaContext, slug: string): { slug: string } {
  const { newEntrantDeadline, isInvitationOnly } = requireServed(ctx, slug);
  const isTooLate = newEntrantDeadline !== null && newEntrantDeadline <= ctx.now();
  if (isTooLate || isInvitationOnly) throw denied('competitions.participate');
  if (!ctx.account.practiceOf(slug).hasAcceptedRules) {
    ctx.account.record({ type: 'rules_accepted', at: ctx.now(), slug });
  }
  return { slug };
}

const selectRequest = z.object({ refs: z.array(z.number().int()).max(maxSelected) });

/** Stands in for a person who ticks on the website what shall count at the end. @throws ApiError 400 */
export function selectSubmissions(
  ctx: ArenaContext,
  slug: string,
  body: unknown,
): { slug: string; refs: number[] } {
  const { refs } = readRequest(selectRequest, body);
  requireServed(ctx, slug);
  const known = scoredSubmissions(ctx, slug).map(({ ref }) => ref);
  const stranger = refs.find((ref) => !known.includes(ref));
  if (stranger !== undefined) throw invalid(`There is no scored submission ${stranger}.`);
  ctx.account.record({ type: 'submissions_selected', at: ctx.now(), slug, refs });
  return { slug, refs };
}

/** Not the vendor's path, so an unknown slug is simply not found. */
function requireServed(ctx: ArenaContext, slug: string): Competition {
  const competition = ctx.competitions.get(slug);
  if (competition === undefined) throw notFound();
  return competition;
}
