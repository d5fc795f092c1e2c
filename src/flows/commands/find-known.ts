import type { Context } from '../../context.ts';
import { BusinessFailure } from '../../domain/errors.ts';
import { nearestName } from '../../domain/nearest-name.ts';
import { type Competition, findCompetition, listCompetitions } from '../../state/competitions.ts';

/** The competition of a slug that the agent knows. @throws BusinessFailure `competition.unknown` */
export async function findKnown(ctx: Pick<Context, 'state'>, slug: string): Promise<Competition> {
  const competition = await findCompetition(ctx.state, slug);
  if (competition !== null) return competition;
  const known = (await listCompetitions(ctx.state)).map((row) => row.slug);
  const nearest = nearestName(slug, known);
  throw new BusinessFailure(
    `I don't know a competition ${slug}.${nearest === null ? '' : ` Did you mean ${nearest}?`} /kaggle start <slug> enters one.`,
    { code: 'competition.unknown', details: { nearest } },
  );
}
