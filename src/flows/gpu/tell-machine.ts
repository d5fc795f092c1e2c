import type { Context } from '../../context.ts';
import { saveCard } from '../../state/cards.ts';
import type { Competition } from '../../state/competitions.ts';
import type { TrainingJob } from '../../state/training.ts';
import { inThread } from '../human-loop/card-place.ts';

export type TellContext = Pick<Context, 'state' | 'actor'>;
export type MachineEvent =
  | 'machine_chosen'
  | 'machine_awaited'
  | 'machine_lost'
  | 'run_resumed'
  | 'run_given_up';

/** Tells in the thread, once for a subject, what machine a run got, why it has none, or what became of it. */
export async function tellMachine(
  ctx: TellContext,
  { id, slug, title }: Pick<Competition, 'id' | 'slug' | 'title'>,
  job: Pick<TrainingJob, 'approach' | 'round'>,
  { event, reason, subject }: { event: MachineEvent; reason: string; subject: string },
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
