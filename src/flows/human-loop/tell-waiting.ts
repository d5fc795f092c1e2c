import type { Context } from '../../context.ts';
import { saveCard } from '../../state/cards.ts';
import type { Competition } from '../../state/competitions.ts';
import { inThread } from './card-place.ts';

/** The whole competition waits with its submission, without a move that would be told: said once. */
export async function tellWaiting(
  ctx: Pick<Context, 'state' | 'actor'>,
  { id, slug, title, round }: Competition,
  { submissionId, reason }: { submissionId: string; reason: string },
): Promise<void> {
  await saveCard(ctx.state, {
    subject: `waits:${submissionId}`,
    competitionId: id,
    ...inThread(id),
    content: {
      kind: 'notice',
      event: 'submission_deferred',
      slug,
      title,
      round,
      toState: null,
      reason,
      publicScore: null,
      cv: null,
      by: null,
    },
    isOnce: true,
    actor: ctx.actor,
  });
}
