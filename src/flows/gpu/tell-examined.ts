import type { Context } from '../../context.ts';
import { saveCard } from '../../state/cards.ts';
import type { Competition } from '../../state/competitions.ts';
import type { TrainingJob } from '../../state/training.ts';
import { inThread } from '../human-loop/card-place.ts';

type TellContext = Pick<Context, 'state' | 'actor'>;

/**
 * Tells in the thread, once for a run, what came of a closer look at its score: a node was dropped, or nobody could
 * settle whether its score is real. One that simply counts is no news; its node says so.
 */
export async function tellExamined(
  ctx: TellContext,
  { id, slug, title }: Pick<Competition, 'id' | 'slug' | 'title'>,
  job: Pick<TrainingJob, 'id' | 'approach' | 'round'>,
  { event, reason }: { event: 'leak_found' | 'score_examined'; reason: string },
): Promise<void> {
  await saveCard(ctx.state, {
    subject: `examined:${job.id}`,
    competitionId: id,
    ...inThread(id),
    content: {
      kind: 'notice',
      event,
      slug,
      title,
      round: job.round,
      toState: null,
      reason: `${job.approach.name}: ${reason}`,
      publicScore: null,
      cv: null,
      by: null,
      names: [job.approach.name],
    },
    isOnce: true,
    actor: ctx.actor,
  });
}
