import { denied } from './api-error.ts';
import type { Competition } from './competition-schema.ts';
import type { ArenaContext } from './context.ts';

/** Deadline of a competition that never ends by itself. */
const farDeadline = new Date('2099-12-31T23:59:00Z');

/** Where the account stands in a competition. */
export type Standing = {
  competition: Competition;
  hasEntered: boolean;
  /** Over: private scores show, and nothing can be submitted any more. */
  isClosed: boolean;
  deadline: Date;
};

type Needs = Pick<ArenaContext, 'competitions' | 'account' | 'now'>;

export function standingOf(ctx: Needs, competition: Competition): Standing {
  const { closedAt, hasAcceptedRules } = ctx.account.practiceOf(competition.slug);
  const deadline = closedAt ?? competition.deadline ?? farDeadline;
  return {
    competition,
    hasEntered: competition.rulesAccepted || hasAcceptedRules,
    isClosed: deadline <= ctx.now(),
    deadline,
  };
}

/** @throws ApiError 403 for an unknown slug, as the vendor does, and never 404 */
export function requireCompetition(ctx: Needs, slug: string): Standing {
  const competition = ctx.competitions.get(slug);
  if (competition === undefined) throw denied('competitions.get');
  return standingOf(ctx, competition);
}

/** @throws ApiError 403 for an unknown slug, or where the rules are not accepted */
export function requireEntered(ctx: Needs, slug: string): Standing {
  const standing = requireCompetition(ctx, slug);
  if (!standing.hasEntered) throw denied('competitions.participate');
  return standing;
}
