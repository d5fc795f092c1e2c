import type { Context } from '../../context.ts';
import { saveCard } from '../../state/cards.ts';
import type { Competition } from '../../state/competitions.ts';
import { listNotebooks } from '../../state/notebooks.ts';
import { inThread } from './card-place.ts';

/**
 * The competition rests or has ended, and a notebook of it may run on at Kaggle: no call ends a run there, so people
 * are told where they can. At the practice arena it is a process of this machine, over in seconds.
 */
export async function tellRunningNotebooks(
  ctx: Pick<Context, 'state' | 'actor' | 'judge'>,
  { id, slug, title, round, state }: Competition,
  eventId: number,
): Promise<void> {
  if (ctx.judge !== null) return;
  for (const { number, status, url } of await listNotebooks(ctx.state, id)) {
    if (status !== 'running' || url === null) continue;
    await saveCard(ctx.state, {
      subject: `event:${eventId}:notebook:${number}`,
      competitionId: id,
      ...inThread(id),
      content: {
        kind: 'notice',
        event: 'notebook_runs_on',
        slug,
        title,
        round,
        toState: state,
        reason: null,
        publicScore: null,
        cv: null,
        by: null,
        url,
      },
      isOnce: true,
      actor: ctx.actor,
    });
  }
}
