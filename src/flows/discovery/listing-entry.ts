import type { Context } from '../../context.ts';
import { listedDetailsSchema, watchedOf } from '../../domain/listing.ts';
import type { KaggleCompetition } from '../../providers/kaggle/contract.ts';
import type { Listing, ListingEntry } from '../../state/discovery.ts';
import { sha256Of } from '../support/objects.ts';
import { detailsOf } from './details.ts';
import { type Judged, judgeFeasibility } from './judge-feasibility.ts';
import type { Means } from './means.ts';

/** As the database keeps them; whatever else a list may hold is no competition. */
const slugForm = /^[a-z0-9][a-z0-9-]{0,99}$/;

export function isListable({ slug }: KaggleCompetition): boolean {
  return slugForm.test(slug);
}

/** One competition of the list as it is stored, judged by what is known of it. */
export function listingEntry(
  ctx: Pick<Context, 'now' | 'policy'>,
  seen: KaggleCompetition,
  known: Pick<Listing, 'facts' | 'overrides' | 'rulesDeclined'> | undefined,
  means: Means,
): ListingEntry {
  const stored = detailsOf(seen);
  const details = listedDetailsSchema.parse(stored);
  const judged: Judged = {
    title: seen.title,
    details,
    facts: known?.facts ?? null,
    overrides: known?.overrides ?? {},
    rulesDeclined: known?.rulesDeclined ?? false,
  };
  return {
    slug: seen.slug,
    title: seen.title,
    details: stored,
    feasibility: judgeFeasibility(ctx, judged, means),
    watched: watchedOf(details),
    fingerprint: fingerprintOf(seen),
    isOpen: isOpen(seen, ctx.now()),
  };
}

export function isOpen({ deadline }: Pick<KaggleCompetition, 'deadline'>, now: Date): boolean {
  return deadline === null || deadline > now;
}

/** Of what the host says. How many teams there are and how we stand changes by itself, and says nothing of the pages. */
function fingerprintOf(seen: KaggleCompetition): string {
  const { teamCount: _teams, rank: _rank, hasEntered: _entered, ...said } = seen;
  return sha256Of(JSON.stringify(said));
}
