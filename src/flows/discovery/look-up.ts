import type { Context } from '../../context.ts';
import { BusinessFailure } from '../../domain/errors.ts';
import { findGate, type GateKind, gateFailure, gateOfCode, isForPerson } from '../../domain/gate.ts';
import { listedDetailsSchema } from '../../domain/listing.ts';
import { closeNames } from '../../domain/nearest-name.ts';
import type { DataFile, KaggleCompetition } from '../../providers/kaggle/contract.ts';
import { type Competition, listCompetitions, seeCompetition } from '../../state/competitions.ts';
import { findListing, recordListings } from '../../state/discovery.ts';
import { detailsOf } from './details.ts';
import { dataOf, factsOf } from './facts.ts';
import { listingEntry } from './listing-entry.ts';
import { readMeans } from './means.ts';

/** Enough to judge by; discovery and research read the rest. */
const mostFiles = 200;

/** What keeps our account out of a competition now, and a person could open. */
export type MetGate = { kind: GateKind; details: Record<string, unknown>; failure: BusinessFailure };

export type LookedUp = { competition: Competition; gate: MetGate | null };

/**
 * Reads one competition at the vendor, judges it and stores it.
 * @returns the competition, and the gate that a person would have to open first; null where the way is free
 * @throws BusinessFailure `kaggle.unknown_competition`, and what makes entering impossible for anybody
 */
export async function lookUpWithGate(ctx: Context, slug: string): Promise<LookedUp> {
  return await lookUp(ctx, slug, () => undefined);
}

/**
 * The same, to enter it: where nobody can be asked it is refused for a gate that a person would have to open, and
 * nothing is stored.
 * @throws BusinessFailure also `kaggle.rules_not_accepted` and other gates
 */
export async function lookUpToEnter(ctx: Context, slug: string): Promise<LookedUp> {
  return await lookUp(ctx, slug, (gate) => {
    if (gate !== null && !ctx.canBeAsked()) throw gate.failure;
  });
}

async function lookUp(ctx: Context, slug: string, check: (gate: MetGate | null) => void): Promise<LookedUp> {
  const seen = await ctx.kaggle.findCompetition(slug, { signal: ctx.signal });
  if (seen === null) throw await unknown(ctx, slug);
  const { hasNotebookPath } = ctx.policy;
  const kind = findGate(seen, ctx.now(), { hasNotebookPath });
  const { url, deadline } = seen;
  const shown = kind === null ? null : gateIn(gateFailure(kind, { slug, url, deadline }));
  const { files, gate: met } = await readFiles(ctx, slug);
  const gate = shown ?? met;
  check(gate);
  return { competition: await keep(ctx, seen, files), gate };
}

/** @throws what is no gate that a person can open */
function gateIn(error: unknown): MetGate {
  if (!(error instanceof BusinessFailure)) throw error;
  const kind = gateOfCode(error.code);
  if (kind === null || !isForPerson(kind)) throw error;
  return { kind, details: error.details, failure: error };
}

/** Stores a competition that a person named, as discovery would, but tells nobody that it is new. */
async function keep(ctx: Context, seen: KaggleCompetition, files: readonly DataFile[]): Promise<Competition> {
  const means = await readMeans(ctx);
  const known = await findListing(ctx.state, seen.slug);
  const { title } = seen;
  const details = listedDetailsSchema.parse(detailsOf(seen));
  const facts = known?.facts ?? factsOf({ title, details, data: dataOf(files, null), files, pages: [] });
  const entry = listingEntry(ctx, seen, { overrides: {}, rulesDeclined: false, ...known, facts }, means);
  const { slug, feasibility } = entry;
  const stored = { slug, title, details: entry.details, feasibility, announce: false, actor: ctx.actor };
  const competition = await seeCompetition(ctx.state, stored);
  await recordListings(ctx.state, [entry], ctx.actor);
  return competition;
}

/** The list of files is usually there for everybody. */
async function readFiles(ctx: Context, slug: string) {
  try {
    return {
      files: await ctx.kaggle.listFiles(slug, { signal: ctx.signal, maxItems: mostFiles }),
      gate: null,
    };
  } catch (error) {
    return { files: [], gate: gateIn(error) };
  }
}

async function unknown(ctx: Context, slug: string): Promise<BusinessFailure> {
  const some = await ctx.kaggle.listCompetitions({ maxItems: 20 }, { signal: ctx.signal });
  const names = some.map((competition) => competition.slug);
  const seen = (await listCompetitions(ctx.state)).map((competition) => competition.slug);
  const suggestions = closeNames(slug, [...new Set([...names, ...seen])]);
  const [nearest] = suggestions;
  const hint =
    nearest === undefined ? `For example: ${names.slice(0, 8).join(', ')}.` : `Did you mean ${nearest}?`;
  return new BusinessFailure(
    `There is no competition ${slug.slice(0, 100)} that this account can see. ${hint}`,
    {
      code: 'kaggle.unknown_competition',
      details: { known: names, suggestions },
    },
  );
}
