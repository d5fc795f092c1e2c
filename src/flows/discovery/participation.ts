import type { Context } from '../../context.ts';
import { isUnderWay } from '../../domain/competition-machine.ts';
import { asFailure } from '../../domain/errors.ts';
import type { Participation } from '../../domain/listing.ts';
import type { KaggleCompetition } from '../../providers/kaggle/contract.ts';
import { type Listing, recordParticipation } from '../../state/discovery.ts';

/** Each costs a call. What is worked on is read at every look, the others once a day, a few at a time. */
const mostOthersALook = 5;
const othersEveryMs = 24 * 3_600_000;

/**
 * Keeps how our account stands in what it entered: rank and field from the list, which costs nothing more; what is left
 * of the day's submissions by one call each.
 * @returns how many calls that took
 */
export async function trackParticipation(
  ctx: Context,
  seen: readonly KaggleCompetition[],
  listings: readonly Listing[],
): Promise<number> {
  const entered = new Map<string, Partial<Participation>>(
    seen
      .filter(({ hasEntered }) => hasEntered)
      .map(({ slug, rank, teamCount }) => {
        return [slug, { hasEntered: true, rank: rank === 0 ? null : rank, teams: teamCount }];
      }),
  );
  const standings = new Map([...entered, ...leftSince(seen, listings)]);
  if (standings.size === 0) return 0;
  const asked = toAsk(listings, entered, ctx.now());
  let calls = 0;
  for (const listing of asked) {
    const more = await readStanding(ctx, listing);
    calls += more.calls;
    standings.set(listing.slug, { ...standings.get(listing.slug), ...more.standing });
  }
  const entries = [...standings].map(([slug, participation]) => ({ slug, participation }));
  await recordParticipation(ctx.state, entries, ctx.now());
  return calls;
}

/** What our account had entered and has no more: it left, was taken out, or the token is another account's. */
function leftSince(
  seen: readonly KaggleCompetition[],
  listings: readonly Listing[],
): [slug: string, standing: Partial<Participation>][] {
  const had = new Set(
    listings.filter(({ participation }) => participation?.hasEntered).map(({ slug }) => slug),
  );
  const none = {
    hasEntered: false,
    teamName: null,
    rank: null,
    submissionsLeft: null,
    submissionsUsed: null,
  };
  return seen.filter(({ slug, hasEntered }) => !hasEntered && had.has(slug)).map(({ slug }) => [slug, none]);
}

/** Open ones that were entered: all that are worked on, and of the others those that were asked for longest ago. */
function toAsk(listings: readonly Listing[], entered: ReadonlyMap<string, unknown>, now: Date): Listing[] {
  const open = listings.filter(({ slug, closedAt }) => closedAt === null && entered.has(slug));
  const triedMs = ({ participation }: Listing) => participation?.limitsTriedAt?.getTime() ?? 0;
  const others = open
    .filter((listing) => !isUnderWay(listing) && triedMs(listing) < now.getTime() - othersEveryMs)
    .sort((a, b) => triedMs(a) - triedMs(b));
  return [...open.filter(isUnderWay), ...others.slice(0, mostOthersALook)];
}

/** What cannot be read stays as it was, and holds nothing up. */
async function readStanding(
  ctx: Context,
  { slug, participation }: Listing,
): Promise<{ standing: Partial<Participation>; calls: number }> {
  const call = { signal: ctx.signal };
  const standing: Partial<Participation> = { limitsTriedAt: ctx.now() };
  let calls = 1;
  try {
    const limits = await ctx.kaggle.submissionLimits(slug, call);
    standing.submissionsLeft = limits.remainingToday;
    standing.submissionsUsed = limits.usedToday;
    standing.limitsReadAt = ctx.now();
    const hasSubmitted = (limits.usedInAll ?? limits.usedToday) > 0;
    if (hasSubmitted && (participation?.teamName ?? null) === null) {
      calls += 1;
      const [newest] = await ctx.kaggle.listSubmissions(slug, call);
      standing.teamName = newest?.teamName ?? null;
    }
  } catch (error) {
    ctx.signal.throwIfAborted();
    const failure = asFailure(error);
    if (failure.code === 'kaggle.unauthorized') throw failure;
    ctx.log.warn({ err: failure, competition: slug }, 'our standing in a competition could not be read');
  }
  return { standing, calls };
}
