import type { Context } from '../../context.ts';
import { decisionDraftSchema, slaSecondsOf } from '../../domain/decision.ts';
import { keptOutBy } from '../../domain/discovery-rules.ts';
import { suggestionKeyOf } from '../../domain/listing.ts';
import { localDay } from '../../domain/quiet-hours.ts';
import { limitsSchema, requestCompetition } from '../../state/competitions.ts';
import { type Listing, suggestCompetition } from '../../state/discovery.ts';
import { readPreferences } from '../../state/preferences.ts';
import type { Means } from './means.ts';
import { suggestionDraft } from './suggestion-draft.ts';

/** Once for what it was, and once more for another end or prize. */
const mostTimes = 2;
const leastUsd = 0.01;
const defaultPriority = 100;

/** Nothing is suggested twice in a row, nor what a person ignored for what it was. */
function isWorthAsking(ctx: Pick<Context, 'policy'>, listing: Listing): boolean {
  const { suggestion, suggestedFor, timesSuggested, details } = listing;
  return (
    isWorthEntering(ctx, listing) &&
    suggestion !== 'asked' &&
    suggestion !== 'entered' &&
    timesSuggested < mostTimes &&
    suggestedFor !== suggestionKeyOf(details)
  );
}

/** Feasible as far as pages and files tell, allowed, and nobody's work yet. */
function isWorthEntering({ policy }: Pick<Context, 'policy'>, listing: Listing): boolean {
  const { slug, state, requestedAt, closedAt, facts, feasibility, details } = listing;
  if (requestedAt !== null || state !== 'discovered' || closedAt !== null) return false;
  // What was not read may be anything.
  if (facts === null || feasibility === null || feasibility.gates.length > 0) return false;
  if (feasibility.score < policy.discovery.threshold) return false;
  return keptOutBy(policy.discovery, { slug, category: details.category ?? null }) === null;
}

/** The most for the money first. */
function byWorth(means: Pick<Means, 'estimatedCostUsd'>): (a: Listing, b: Listing) => number {
  const worth = ({ feasibility }: Listing) =>
    (feasibility?.priority ?? 0) / Math.max(means.estimatedCostUsd, leastUsd);
  const score = ({ feasibility }: Listing) => feasibility?.score ?? 0;
  return (a, b) => worth(b) - worth(a) || score(b) - score(a) || a.slug.localeCompare(b.slug);
}

/**
 * Enters what is feasible where autostart is on and the rules are accepted; about the best of the others people are
 * asked, a few a day.
 */
export async function actOnListings(
  ctx: Context,
  listings: readonly Listing[],
  means: Means,
): Promise<{ entered: number; suggested: number }> {
  const sorted = [...listings].sort(byWorth(means));
  const { autostart } = ctx.policy;
  const mayEnter = (listing: Listing) =>
    autostart && listing.details.userHasEntered && listing.suggestion !== 'ignored';
  let entered = 0;
  for (const listing of sorted.filter((one) => isWorthEntering(ctx, one) && mayEnter(one))) {
    await enter(ctx, listing);
    entered += 1;
  }
  const toAsk = sorted.filter((one) => isWorthAsking(ctx, one) && !mayEnter(one));
  // Where nobody can answer, a question would take its default at once; practice is chosen by whoever practises.
  const mayAsk = ctx.canBeAsked() && ctx.judge === null;
  return { entered, suggested: mayAsk ? await suggest(ctx, toAsk) : 0 };
}

async function enter(ctx: Context, { competitionId, slug }: Listing): Promise<void> {
  const { maxRounds, approachesPerRound, maxActiveCompetitions } = ctx.policy;
  await requestCompetition(ctx.state, {
    id: competitionId,
    priority: defaultPriority,
    limits: limitsSchema.parse({ maxRounds, approachesPerRound }),
    maxActive: maxActiveCompetitions,
    actor: ctx.actor,
  });
  ctx.log.info({ competition: slug }, 'a discovered competition is entered by itself');
}

async function suggest(ctx: Context, listings: readonly Listing[]): Promise<number> {
  const { mostSuggestionsADay } = ctx.policy.discovery;
  if (mostSuggestionsADay === 0 || listings.length === 0) return 0;
  const { timeZone } = await readPreferences(ctx.state, ctx.policy.preferences);
  const { startedAt: dayStart } = localDay(ctx.now(), timeZone);
  let suggested = 0;
  for (const listing of listings) {
    const outcome = await suggestCompetition(ctx.state, {
      slug: listing.slug,
      draft: decisionDraftSchema.parse(suggestionDraft(listing)),
      suggestedFor: suggestionKeyOf(listing.details),
      dayStart,
      mostADay: mostSuggestionsADay,
      slaSeconds: slaSecondsOf('suggestion', ctx.policy),
      actor: ctx.actor,
    });
    if (outcome === 'full') break;
    if (outcome === 'asked') suggested += 1;
  }
  return suggested;
}
