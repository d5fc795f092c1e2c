import type { Context } from '../../context.ts';
import { isUnderWay } from '../../domain/competition-machine.ts';
import type {
  DiscoverFilter,
  DiscoverResult,
  ListedCompetition,
  WhyResult,
} from '../../domain/discovery-results.ts';
import { keptOutBy } from '../../domain/discovery-rules.ts';
import { BusinessFailure } from '../../domain/errors.ts';
import { assessFeasibility, type FactorName, factorNames, possibleGains } from '../../domain/feasibility.ts';
import {
  findListing,
  type Listing,
  lastDiscovery,
  listChanges,
  listListings,
  overrideFeasibility,
  setFeasibility,
} from '../../state/discovery.ts';
import { feasibilityInput } from '../discovery/judge-feasibility.ts';
import { lookUpWithGate } from '../discovery/look-up.ts';
import { type Means, readMeans } from '../discovery/means.ts';
import { deadlineOf } from '../support/deadline.ts';
import { findKnown } from './find-known.ts';

type LookContext = Pick<Context, 'state' | 'policy' | 'now'>;

const newForMs = 7 * 24 * 3_600_000;
const mostChanges = 10;

/** `/kaggle discover`: the open competitions, the most promising first. */
export async function readDiscovery(
  ctx: LookContext,
  input: { filter: DiscoverFilter },
): Promise<DiscoverResult> {
  const [listings, last] = await Promise.all([listListings(ctx.state), lastDiscovery(ctx.state)]);
  const competitions = listings
    .filter(({ closedAt }) => closedAt === null)
    .map((listing) => listed(ctx, listing))
    .filter((one) => isShown(one, input.filter))
    .sort(
      (a, b) =>
        Number(b.wasRead) - Number(a.wasRead) ||
        b.priority - a.priority ||
        b.score - a.score ||
        a.slug.localeCompare(b.slug),
    );
  return {
    filter: input.filter,
    competitions,
    lookedAt: last?.endedAt ?? null,
    errorCode: last?.errorCode ?? null,
    threshold: ctx.policy.discovery.threshold,
  };
}

function isShown(one: ListedCompetition, filter: DiscoverFilter): boolean {
  const isOwn = one.isRequested || one.suggestion === 'entered';
  switch (filter) {
    case 'best':
      return !isOwn && one.gates.length === 0 && one.keptOutBy === null && one.suggestion !== 'ignored';
    case 'new':
      return one.isNew;
    case 'watched':
      return one.suggestion === 'watched' || one.suggestion === 'asked';
    case 'ignored':
      return one.suggestion === 'ignored';
    case 'entered':
      return one.participation?.hasEntered === true;
    case 'all':
      return true;
  }
}

function listed({ policy, now }: Pick<Context, 'policy' | 'now'>, listing: Listing): ListedCompetition {
  const { slug, title, details, feasibility } = listing;
  const category = details.category ?? null;
  return {
    slug,
    title,
    category,
    reward: details.reward ?? null,
    deadline: deadlineOf(listing),
    teams: details.teamCount,
    score: feasibility?.score ?? 0,
    colour: feasibility?.colour ?? 'red',
    priority: feasibility?.priority ?? 0,
    medal: feasibility?.medal ?? 0,
    gates: (feasibility?.gates ?? []).map(({ code }) => code),
    keptOutBy: keptOutBy(policy.discovery, { slug, category }),
    wasRead: listing.readAt !== null,
    isNew: now().getTime() - listing.firstSeenAt.getTime() < newForMs,
    isRequested: listing.requestedAt !== null,
    isUnderWay: isUnderWay(listing),
    suggestion: listing.suggestion,
    participation: standingIn(listing),
  };
}

function standingIn({ participation, participationAt }: Listing): ListedCompetition['participation'] {
  if (participation === null) return null;
  return { ...participation, readAt: participation.limitsReadAt ?? participationAt };
}

/** How our account stands in a competition, as it was read last. */
export async function readParticipation(
  { state }: Pick<Context, 'state'>,
  { slug }: { slug: string },
): Promise<ListedCompetition['participation']> {
  const listing = await findListing(state, slug);
  return listing === null ? null : standingIn(listing);
}

/**
 * `/kaggle why <slug>`: every part of the feasibility. What discovery has not seen is looked up.
 * @throws BusinessFailure `kaggle.unknown_competition` and what nobody can enter
 */
export async function explainFeasibility(ctx: Context, input: { slug: string }): Promise<WhyResult> {
  const known = await findListing(ctx.state, input.slug);
  if (known === null) await lookUpWithGate(ctx, input.slug);
  return await explainListed(ctx, input, await readMeans(ctx));
}

/**
 * The same from what is stored alone, by the means of the last look where none are at hand.
 * @throws BusinessFailure `competition.unknown`, `discovery.not_listed`
 */
export async function explainListed(
  ctx: LookContext,
  { slug }: { slug: string },
  means: Means | null = null,
): Promise<WhyResult> {
  const listing = await findListing(ctx.state, slug);
  if (listing === null) throw await notListed(ctx, slug);
  const used = means ?? (await lastMeans(ctx));
  const input = feasibilityInput(ctx, listing, used);
  const feasibility = assessFeasibility(input);
  const changes = await listChanges(ctx.state, {
    slug,
    from: new Date(0),
    to: new Date(ctx.now().getTime() + newForMs),
    limit: mostChanges,
  });
  return {
    competition: listed(ctx, { ...listing, feasibility }),
    feasibility,
    input,
    overrides: factorNames.filter((name) => listing.overrides[name] !== undefined),
    gains: possibleGains(input),
    completedCount: used.completedCount,
    changes: changes.reverse().map(({ what, old, new: now, at }) => ({ what, old, new: now, at })),
    readAt: listing.readAt,
    readError: listing.readFailures > 0 ? listing.readError : null,
  };
}

async function notListed(ctx: LookContext, slug: string): Promise<BusinessFailure> {
  await findKnown(ctx, slug);
  return new BusinessFailure(
    `${slug.slice(0, 100)} is known, but was not found in Kaggle's list yet; the list is read every hour.`,
    { code: 'discovery.not_listed' },
  );
}

/** As the last look reckoned: it stored them with its counts. */
async function lastMeans(ctx: LookContext): Promise<Means> {
  const counts = (await lastDiscovery(ctx.state))?.counts ?? {};
  if (counts.runHours === undefined) return await readMeans({ ...ctx, compute: [], generators: [] });
  return {
    runHours: counts.runHours,
    budgetUsd: counts.budgetUsd ?? 0,
    estimatedCostUsd: counts.estimatedCostUsd ?? 0,
    completedCount: counts.completedCount ?? 0,
  };
}

/**
 * `/kaggle why <slug> <factor> <value>`: a person knows better; `null` gives the factor back.
 * @throws BusinessFailure as `explainFeasibility`
 */
export async function setFactor(
  ctx: Context,
  input: { slug: string; factor: FactorName; value: number | null },
): Promise<WhyResult> {
  // looked up where discovery has not seen it
  await explainFeasibility(ctx, input);
  await overrideFeasibility(ctx.state, { ...input, actor: ctx.actor });
  const explained = await explainFeasibility(ctx, input);
  await setFeasibility(ctx.state, input.slug, explained.feasibility);
  ctx.log.info({ competition: input.slug, factor: input.factor, value: input.value }, 'a factor was set');
  return explained;
}
