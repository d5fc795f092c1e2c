import type { Context } from '../../context.ts';
import { BusinessFailure } from '../../domain/errors.ts';
import { closeNames } from '../../domain/nearest-name.ts';
import type { KaggleCompetition } from '../../providers/kaggle/contract.ts';
import { type Competition, listCompetitions, seeCompetition } from '../../state/competitions.ts';
import { judgeFeasibility } from './judge-feasibility.ts';
import { refuseImpossible } from './refuse-impossible.ts';

/** What is kept of a competition as the vendor shows it. */
export function detailsOf(seen: KaggleCompetition): Record<string, unknown> {
  return {
    url: seen.url,
    description: seen.description.slice(0, 4000),
    category: seen.category ?? undefined,
    reward: seen.reward ?? undefined,
    tags: seen.tags,
    deadline: seen.deadline?.toISOString() ?? null,
    newEntrantDeadline: seen.newEntrantDeadline?.toISOString() ?? null,
    evaluationMetric: seen.metricText ?? undefined,
    maxDailySubmissions: seen.maxDailySubmissions ?? undefined,
    teamCount: seen.teamCount,
    userHasEntered: seen.hasEntered,
  };
}

/**
 * Reads one competition at the vendor, judges it and stores it.
 * @throws BusinessFailure `kaggle.unknown_competition`, and what makes entering impossible
 */
export async function lookUpCompetition(ctx: Context, slug: string): Promise<Competition> {
  const seen = await ctx.kaggle.findCompetition(slug, { signal: ctx.signal });
  if (seen === null) throw await unknown(ctx, slug);
  refuseImpossible(slug, seen, ctx.now());
  const files = await ctx.kaggle.listFiles(slug, { signal: ctx.signal });
  return await seeCompetition(ctx.state, {
    slug,
    title: seen.title,
    details: detailsOf(seen),
    feasibility: judgeFeasibility(ctx, seen, files),
    announce: false,
    actor: ctx.actor,
  });
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
