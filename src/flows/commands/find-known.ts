import type { Context } from '../../context.ts';
import { BusinessFailure } from '../../domain/errors.ts';
import { closeNames } from '../../domain/nearest-name.ts';
import { type Competition, findCompetition, listCompetitions } from '../../state/competitions.ts';

/**
 * The competition of a slug that the agent knows.
 * @throws BusinessFailure `competition.unknown`, with close matches as `details.suggestions`
 */
export async function findKnown(ctx: Pick<Context, 'state'>, slug: string): Promise<Competition> {
  const competition = await findCompetition(ctx.state, slug);
  if (competition !== null) return competition;
  const known = (await listCompetitions(ctx.state)).map((row) => row.slug);
  const suggestions = closeNames(slug, known);
  throw new BusinessFailure(
    `I don't know a competition ${slug.slice(0, 100)}.${didYouMean(suggestions)} /kaggle start <slug> enters one.`,
    { code: 'competition.unknown', details: { suggestions } },
  );
}

/** ` Did you mean titanic?`, or nothing. */
function didYouMean(suggestions: readonly string[]): string {
  const [first, ...others] = suggestions;
  if (first === undefined) return '';
  const rest = others.length === 0 ? '' : ` (or ${others.join(', ')})`;
  return ` Did you mean ${first}?${rest}`;
}
