import type { Context } from '../../context.ts';
import { saveCard } from '../../state/cards.ts';
import type { Competition } from '../../state/competitions.ts';
import { inThread } from './card-place.ts';

/** The vendor has replaced a competition's data: said once for each version of them, in its thread. */
export async function tellDataChange(
  ctx: Pick<Context, 'state' | 'actor'>,
  { id, slug, title, round }: Pick<Competition, 'id' | 'slug' | 'title' | 'round'>,
  { version }: { version: string },
): Promise<void> {
  await saveCard(ctx.state, {
    subject: `data:${id}:${version}`,
    competitionId: id,
    ...inThread(id),
    content: {
      kind: 'notice',
      event: 'data_changed',
      slug,
      title,
      round,
      toState: null,
      reason: null,
      publicScore: null,
      cv: null,
      by: null,
    },
    isOnce: true,
    actor: ctx.actor,
  });
}
