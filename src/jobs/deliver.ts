import type { ClaimedEvent } from '../state/outbox.ts';
import { type Envelope, type JobName, jobCatalog } from './catalog.ts';
import type { Flow, Queues } from './queues.ts';
import { routesOf } from './routes.ts';

/**
 * Ids are event, job and delivery: an id that still exists is swallowed, so the competition alone would lose its
 * second round, and the event alone every replay.
 */
export function jobId(event: Pick<ClaimedEvent, 'id' | 'delivery'>, job: JobName, item = ''): string {
  const parts = ['e', event.id, job.replaceAll('.', '-'), event.delivery, ...(item === '' ? [] : [item])];
  return parts.join('-');
}

function payloadOf(event: ClaimedEvent, job: JobName, item: string): object {
  const { kind } = jobCatalog[job];
  if (kind === 'item') return { itemId: item };
  if (kind === 'stage') return { competitionId: event.competitionId, version: event.payload.version };
  return { eventId: event.id, type: event.type, competitionId: event.competitionId, payload: event.payload };
}

function envelopeOf(event: ClaimedEvent, job: JobName, item = ''): Envelope {
  return {
    eventId: event.id,
    delivery: event.delivery,
    item,
    competitionId: event.competitionId,
    payload: payloadOf(event, job, item),
  };
}

function flowOf(event: ClaimedEvent, each: JobName, join: JobName, items: readonly string[]): Flow {
  const { priority } = event;
  return {
    name: join,
    queueName: jobCatalog[join].queue,
    data: envelopeOf(event, join),
    opts: { jobId: jobId(event, join), priority },
    children: items.map((item) => ({
      name: each,
      queueName: jobCatalog[each].queue,
      data: envelopeOf(event, each, item),
      // The join reads the rows: a child that failed must not keep it from running.
      opts: { jobId: jobId(event, each, item), priority, ignoreDependencyOnFailure: true },
    })),
  };
}

/** The event's jobs that belong to no version of its competition, by name. */
export function notesOf(event: ClaimedEvent): JobName[] {
  return routesOf(event).flatMap((route) =>
    'job' in route && jobCatalog[route.job].kind === 'note' ? [route.job] : [],
  );
}

/** Puts the jobs that an event causes into their queues; adding the same event twice leaves one job each. */
export async function deliver(queues: Queues, event: ClaimedEvent): Promise<void> {
  for (const route of routesOf(event)) {
    const items = event.payload.items ?? [];
    if ('each' in route && items.length > 0) {
      await queues.addFlow(flowOf(event, route.each, route.join, items));
      continue;
    }
    const job = 'each' in route ? route.join : route.job;
    await queues.add(jobCatalog[job].queue, job, envelopeOf(event, job), {
      jobId: jobId(event, job),
      priority: event.priority,
    });
  }
}
