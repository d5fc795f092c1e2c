import type { Context } from '../../context.ts';
import type { RunReason } from '../../domain/gpu/run-reason.ts';
import { sayReason } from '../../domain/gpu/say-reason.ts';
import { saveCard } from '../../state/cards.ts';
import type { Competition } from '../../state/competitions.ts';
import type { TrainingJob } from '../../state/training.ts';
import { inThread } from '../human-loop/card-place.ts';

export type TellContext = Pick<Context, 'state' | 'actor'>;
/** What becomes of a run; the last two come of a closer look at its score. */
export type RunEvent =
  | 'machine_chosen'
  | 'machine_awaited'
  | 'machine_lost'
  | 'run_resumed'
  | 'run_given_up'
  | 'leak_found'
  | 'score_examined';

/** Tells in the thread, once for a subject, what machine a run got, why it has none, or what became of it or its score. */
export async function tellRun(
  ctx: TellContext,
  { id, slug, title }: Pick<Competition, 'id' | 'slug' | 'title'>,
  job: Pick<TrainingJob, 'approach' | 'round'>,
  { event, reason, subject }: { event: RunEvent; reason: RunReason | string; subject: string },
): Promise<void> {
  await saveCard(ctx.state, {
    subject: `${event}:${subject}`,
    competitionId: id,
    ...inThread(id),
    content: {
      kind: 'notice',
      event,
      slug,
      title,
      round: job.round,
      toState: null,
      reason: `${job.approach.name}: ${typeof reason === 'string' ? reason : sayReason(reason)}`,
      ...(typeof reason === 'string' ? {} : { why: reason }),
      publicScore: null,
      cv: null,
      by: null,
      names: [job.approach.name],
    },
    isOnce: true,
    actor: ctx.actor,
  });
}
