import type { Context } from '../../context.ts';
import { type ContentOf, cardContentSchema } from '../../domain/card.ts';
import { findCard } from '../../state/cards.ts';
import { statusSubject } from '../human-loop/card-place.ts';
import { findKnown } from './find-known.ts';

/**
 * The facts of a competition's living message, as they were written last; null before the first.
 * @throws BusinessFailure `competition.unknown`
 */
export async function readStatusFacts(
  ctx: Pick<Context, 'state'>,
  input: { slug: string },
): Promise<ContentOf<'status'> | null> {
  const competition = await findKnown(ctx, input.slug);
  const card = await findCard(ctx.state, statusSubject(competition.id));
  // A card of an older version is of no use here.
  const content = cardContentSchema.safeParse(card?.content).data;
  return content?.kind === 'status' ? content : null;
}
