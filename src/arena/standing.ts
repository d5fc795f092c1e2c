import { denied } from './api-error.ts';
import type { Competition } from './competition-schema.ts';
import type { ArenaContext } from './context.ts';

/** Deadline of a competition that never ends by itself. */
const farDeadline = new Date('2099-12-31T23:59:00Z');

/** Where the account stands in a competition. */
export type Standing = {
  competition: Competition;
  /** Has joined, and so accepted the rules. */
  hasEntered: boolean;
  /** Over: nothing changes the leaderboard any more. */
  isClosed: boolean;
  /** Whether submissions are taken, be it late ones. */
  takesSubmissions: boolean;
  showsPrivate: boolean;
  deadline: Date;
};

type Needs = Pick<ArenaContext, 'competitions' | 'account' | 'now'>;

export function standingOf(ctx: Needs, competition: Competition): Standing {
  const { closedAt, hasAcceptedRules } = ctx.account.practiceOf(competition.slug);
  const deadline = closedAt ?? competition.deadline ?? farDeadline;
  const now = ctx.now();
  const isClosed = deadline <= now;
  const isLateAllowed = competition.allowsLateSubmissions && closedAt === null;
  const privateScoresAt = closedAt ?? competition.privateScoresAt ?? deadline;
  return {
    competition,
    hasEntered: competition.rulesAccepted || hasAcceptedRules,
    isClosed,
    takesSubmissions: !competition.submissionsDisabled && (!isClosed || isLateAllowed),
    showsPrivate: isClosed && privateScoresAt <= now,
    deadline,
  };
}

/** @throws ApiError 403 for an unknown slug, as the vendor does, and never 404 */
export function requireCompetition(ctx: Needs, slug: string): Standing {
  const competition = ctx.competitions.get(slug);
  if (competition === undefined || competition.isHidden) throw denied('competitions.get');
  return standingOf(ctx, competition);
}

/**
 * The vendor says the same to who has not joined, who was not invited and who has not verified an identity.
 * @throws ApiError 403 for an unknown slug too
 */
export function requireEntered(ctx: Needs, slug: string): Standing {
  const standing = requireCompetition(ctx, slug);
  if (!standing.hasEntered || standing.competition.needsVerification)
    throw denied('competitions.participate');
  return standing;
}
