import type { Context } from '../../context.ts';
import { keptOutBy } from '../../domain/discovery-rules.ts';
import { asFailure } from '../../domain/errors.ts';
import type { CompetitionQuery, KaggleCompetition } from '../../providers/kaggle/contract.ts';
import { admitCompetitions } from '../../state/competitions.ts';
import {
  beginDiscovery,
  closeListings,
  endDiscovery,
  type Listing,
  listListings,
  recordListings,
} from '../../state/discovery.ts';
import { isListable, isOpen, listingEntry } from './listing-entry.ts';
import { type Means, readMeans } from './means.ts';
import { trackParticipation } from './participation.ts';
import { dueForReading, readPages } from './read-pages.ts';
import { clearOldRefusals, settleSuggestions } from './settle-suggestions.ts';
import { actOnListings } from './suggest.ts';

/** What one look found and did; stored with it, and shown by `discover`. */
type Counts = {
  seen: number;
  new: number;
  changed: number;
  closed: number;
  listPages: number;
  deepReads: number;
  failedReads: number;
  entered: number;
  suggested: number;
  /** Of the vendor. */
  calls: number;
} & Partial<Means>;

/**
 * Every hour: reads the vendor's whole list, notes what is new, changed or closed, reads the pages of what needs it, and
 * suggests the best. A competition that is only seen starts nothing. However many processes look, one does at a time,
 * and what was noted is not told again.
 */
export async function discover(ctx: Context): Promise<{ seen: number }> {
  const lock = await ctx.locks.hold('discovery', ctx.signal);
  const signal = AbortSignal.any([ctx.signal, lock.lost]);
  try {
    return await look({ ...ctx, signal });
  } finally {
    await lock.release();
  }
}

async function look(ctx: Context): Promise<{ seen: number }> {
  const id = await beginDiscovery(ctx.state);
  const counts: Counts = {
    seen: 0,
    new: 0,
    changed: 0,
    closed: 0,
    listPages: 0,
    deepReads: 0,
    failedReads: 0,
    entered: 0,
    suggested: 0,
    calls: 0,
  };
  try {
    await lookAround(ctx, counts);
    await endDiscovery(ctx.state, { id, isWhole: true, counts, errorCode: null });
  } catch (error) {
    const failure = asFailure(error);
    // Where even that cannot be written down, the first failure is the one to tell.
    await endDiscovery(ctx.state, { id, isWhole: false, counts, errorCode: failure.code }).catch(
      (err: unknown) => ctx.log.warn({ err }, 'a look at the vendor could not be written down'),
    );
    throw error;
  }
  ctx.log.info(counts, 'competitions discovered');
  return { seen: counts.seen };
}

async function lookAround(ctx: Context, counts: Counts): Promise<void> {
  // An answer that cannot be carried out now keeps nobody from looking.
  const unsettled = await settleSuggestions(ctx).then(() => null, asFailure);
  await clearOldRefusals(ctx);
  const means = await readMeans(ctx);
  Object.assign(counts, means);
  const known = await listListings(ctx.state);
  const seen = await readList(ctx, known, means, counts);
  const closed = await closeListings(ctx.state, {
    seen: [...seen.keys()],
    isWhole: isPlausible(ctx, known, seen),
    now: ctx.now(),
    actor: ctx.actor,
  });
  counts.closed = closed.length;
  const listings = await listListings(ctx.state);
  counts.calls += await trackParticipation(ctx, [...seen.values()], listings);
  const { discovery } = ctx.policy;
  const isWanted = ({ slug, details }: Listing) =>
    keptOutBy(discovery, { slug, category: details.category ?? null }) === null;
  const read = await readPages(ctx, dueForReading(listings, ctx.now(), isWanted), means);
  counts.deepReads = read.deepReads;
  counts.failedReads = read.failedReads;
  counts.calls += read.calls;
  Object.assign(counts, await actOnListings(ctx, await listListings(ctx.state), means));
  await admitCompetitions(ctx.state, ctx.policy.maxActiveCompetitions, ctx.actor);
  if (unsettled !== null) throw unsettled;
}

/**
 * The open competitions, and what our account entered, page by page: each is stored before the next is asked for.
 * @returns what was seen, by slug
 */
async function readList(
  ctx: Context,
  listings: readonly Listing[],
  means: Means,
  counts: Counts,
): Promise<Map<string, KaggleCompetition>> {
  const known = new Map(listings.map((listing) => [listing.slug, listing] as const));
  const seen = new Map<string, KaggleCompetition>();
  // Private and community competitions that were entered may stand in no other list.
  const queries: readonly CompetitionQuery[] = [
    { tab: 'everything', sortBy: 'latest_deadline' },
    { tab: 'entered', sortBy: 'latest_deadline' },
  ];
  for (const query of queries) {
    for await (const page of ctx.kaggle.competitionPages(query, { signal: ctx.signal })) {
      counts.listPages += 1;
      counts.calls += 1;
      const fresh = page.filter((one) => isListable(one) && !seen.has(one.slug));
      for (const one of fresh) seen.set(one.slug, one);
      await recordPage(ctx, fresh, known, means, counts);
      if (isPast(page, ctx.now())) break;
    }
  }
  return seen;
}

/** More is never gone within an hour. */
const mostGoneShare = 0.5;
/** Of fewer any part may go. */
const manyListed = 20;

/** False for a list that lacks most of what stood in it: the vendor is at fault, and nothing has ended by that. */
function isPlausible(
  { log }: Pick<Context, 'log'>,
  listings: readonly Listing[],
  seen: ReadonlyMap<string, unknown>,
): boolean {
  const open = listings.filter(({ closedAt }) => closedAt === null);
  const missing = open.filter(({ slug }) => !seen.has(slug)).length;
  const isWhole = open.length < manyListed || missing <= mostGoneShare * open.length;
  if (!isWhole) log.warn({ open: open.length, missing }, 'most competitions are missing in the list');
  return isWhole;
}

async function recordPage(
  ctx: Context,
  page: readonly KaggleCompetition[],
  known: ReadonlyMap<string, Listing>,
  means: Means,
  counts: Counts,
): Promise<void> {
  // Over, and of no interest to us.
  const wanted = page.filter((one) => isOpen(one, ctx.now()) || known.has(one.slug));
  if (wanted.length === 0) return;
  const entries = wanted.map((one) => listingEntry(ctx, one, known.get(one.slug), means));
  const recorded = await recordListings(ctx.state, entries, ctx.actor);
  counts.seen += wanted.length;
  counts.new += recorded.new.length;
  counts.changed += recorded.changed.length;
}

/** The list goes from the last end to the first: after a page of nothing but the past there is only more of it. */
function isPast(page: readonly KaggleCompetition[], now: Date): boolean {
  const ends = page.map(({ deadline }) => deadline?.getTime() ?? Number.POSITIVE_INFINITY);
  const isSorted = ends.every((end, index) => index === 0 || end <= (ends[index - 1] ?? end));
  return ends.length > 0 && isSorted && ends.every((end) => end < now.getTime());
}
