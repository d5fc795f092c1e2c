import type { Context } from '../../context.ts';
import { isUnderWay } from '../../domain/competition-machine.ts';
import { asFailure, type Failure } from '../../domain/errors.ts';
import { type Listing, noteReadFailure, setFeasibility, storePages } from '../../state/discovery.ts';
import { findDataSummary } from '../support/data-summary.ts';
import { sha256Of } from '../support/objects.ts';
import { dataOf, factsOf } from './facts.ts';
import { judgeFeasibility } from './judge-feasibility.ts';
import type { Means } from './means.ts';

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
/** One page of the vendor's list of files. More are summed up by the vendor. */
const mostFiles = 200;
const mostPages = 30;
const longestPage = 60_000;
/** Terms and data of a competition that is worked on are looked at every day. */
const activeRereadDays = 1;
/** The vendor is away rather than one competition broken. */
const mostTransientInARow = 3;
const longestRetryMs = 7 * dayMs;

export type ReadCounts = { deepReads: number; failedReads: number; calls: number };

/**
 * Reads pages and file lists of the competitions that are new, that the list shows as changed, or that were read long
 * ago: those that are worked on first, then the most promising, no more than the policy says.
 * @throws ConfigurationFailure `kaggle.unauthorized`
 */
export async function readPages(
  ctx: Context,
  listings: readonly Listing[],
  means: Means,
): Promise<ReadCounts> {
  const counts: ReadCounts = { deepReads: 0, failedReads: 0, calls: 0 };
  let transientInARow = 0;
  for (const listing of listings.slice(0, ctx.policy.discovery.readsPerLook)) {
    ctx.signal.throwIfAborted();
    try {
      await readOne(ctx, listing, means, counts);
      counts.deepReads += 1;
      transientInARow = 0;
    } catch (error) {
      ctx.signal.throwIfAborted();
      const failure = asFailure(error);
      if (failure.code === 'kaggle.unauthorized' || !failure.code.startsWith('kaggle.')) throw failure;
      counts.failedReads += 1;
      await noteFailure(ctx, listing, failure);
      transientInARow = failure.kind === 'transient' ? transientInARow + 1 : 0;
      if (transientInARow >= mostTransientInARow) break;
    }
  }
  return counts;
}

/** One competition that cannot be read hides no other, and is tried again later and later. */
async function noteFailure(ctx: Context, { slug, readFailures }: Listing, failure: Failure): Promise<void> {
  const waitMs = Math.min(hourMs * 2 ** Math.min(readFailures, 10), longestRetryMs);
  await noteReadFailure(ctx.state, {
    slug,
    error: failure.message,
    dueAt: new Date(ctx.now().getTime() + waitMs),
  });
  ctx.log.warn({ err: failure, competition: slug }, 'competition could not be read');
}

async function readOne(ctx: Context, listing: Listing, means: Means, counts: ReadCounts): Promise<void> {
  const { slug, title, details } = listing;
  const call = { signal: ctx.signal };
  counts.calls += 2;
  const pages = (await ctx.kaggle.listPages(slug, call)).slice(0, mostPages);
  const files = await ctx.kaggle.listFiles(slug, { ...call, maxItems: mostFiles });
  const hasMore = files.length >= mostFiles;
  if (hasMore) counts.calls += 1;
  const summary = hasMore ? await findDataSummary(ctx, slug) : null;
  const data = dataOf(files, summary);
  const facts = factsOf({ title, details, data, files, pages });
  const feasibility = judgeFeasibility(ctx, { ...listing, facts }, means);
  const now = ctx.now();
  const { hash, files: fileCount, bytes } = data;
  await storePages(ctx.state, {
    slug,
    pages: pages.map(({ name, content }) => ({
      name: name.slice(0, 100),
      content: content.slice(0, longestPage),
      hash: sha256Of(content),
    })),
    files: files.map(({ name, sizeBytes }) => ({ name, sizeBytes })),
    data: { hash, files: fileCount, bytes },
    facts,
    fingerprint: listing.fingerprint,
    dueAt: new Date(now.getTime() + rereadMs(ctx, listing)),
    now,
    actor: ctx.actor,
  });
  await setFeasibility(ctx.state, slug, feasibility);
}

/** Between three and five quarters of the age, by the slug: what was read in one hour is not due in one hour again. */
function rereadMs(ctx: Pick<Context, 'policy'>, listing: Listing): number {
  const days = isUnderWay(listing) ? activeRereadDays : ctx.policy.discovery.rereadDays;
  const share = Number.parseInt(sha256Of(listing.slug).slice(0, 6), 16) / 0xff_ff_ff;
  return days * dayMs * (0.75 + 0.5 * share);
}

/** The competitions whose pages are to be read, the most urgent first. */
export function dueForReading(
  listings: readonly Listing[],
  now: Date,
  isWanted: (listing: Listing) => boolean,
): Listing[] {
  return listings
    .filter((listing) => listing.closedAt === null && isDue(listing, now))
    .filter((listing) => isUnderWay(listing) || (isPossible(listing) && isWanted(listing)))
    .sort(
      (a, b) =>
        Number(isUnderWay(b)) - Number(isUnderWay(a)) ||
        Number(b.details.userHasEntered) - Number(a.details.userHasEntered) ||
        Number(a.readAt !== null) - Number(b.readAt !== null) ||
        (b.feasibility?.priority ?? 0) - (a.feasibility?.priority ?? 0) ||
        (b.feasibility?.score ?? 0) - (a.feasibility?.score ?? 0),
    );
}

/** What no reading would open is not read. */
function isPossible({ feasibility, readAt }: Listing): boolean {
  const fromPages = ['data_too_large', 'judged'];
  const gates = feasibility?.gates ?? [];
  return gates.every(({ code }) => readAt !== null && fromPages.includes(code));
}

function isDue(
  { readAt, readDueAt, readFailures, readFingerprint, fingerprint }: Listing,
  now: Date,
): boolean {
  const isLate = readDueAt === null || readDueAt <= now;
  if (readFailures > 0) return isLate;
  return readAt === null || readFingerprint !== fingerprint || isLate;
}
