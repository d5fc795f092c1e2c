import { z } from 'zod';
import type { Actor } from '../domain/actor.ts';
import { actorSchema } from '../domain/actor.ts';
import { eventPayloadSchema, eventTypes } from '../events/topics.ts';
import type { StatePort } from './port.ts';
import { row, timestamp } from './row.ts';

const eventShape = {
  id: z.number().int(),
  type: z.enum(eventTypes),
  competitionId: z.uuid().nullable(),
  payload: eventPayloadSchema,
  actor: actorSchema,
  createdAt: timestamp,
  delivery: z.number().int(),
  dispatchedAt: timestamp.nullable(),
  tries: z.number().int(),
};
const claimedEventRow = row({ ...eventShape, priority: z.number().int() });
const listedEventRow = row({ ...eventShape, slug: z.string().nullable() });
export type ClaimedEvent = z.output<typeof claimedEventRow>;
export type ListedEvent = z.output<typeof listedEventRow>;

/** Claims undispatched events under a lease; an event whose relay dies comes back when the lease ends. */
export function claimEvents(
  state: StatePort,
  input: { worker: string; limit: number; leaseSeconds: number },
): Promise<ClaimedEvent[]> {
  return state.call(
    'claim_events',
    { p_worker: input.worker, p_limit: input.limit, p_lease_seconds: input.leaseSeconds },
    z.array(claimedEventRow),
  );
}

/** @param notes names of its jobs that belong to no version, so that the sweep sees whether each began */
export function markEventDispatched(
  state: StatePort,
  id: number,
  worker: string,
  notes: readonly string[] = [],
): Promise<true | null> {
  return state.call(
    'mark_event_dispatched',
    { p_id: id, p_worker: worker, p_notes: [...notes] },
    z.literal(true).nullable(),
  );
}

/** Sends the events of an id range again. @returns how many. */
export function replayEvents(state: StatePort, from: number, to: number, actor: Actor): Promise<number> {
  return state.call('replay_events', { p_from: from, p_to: to, p_actor: actor }, z.number().int());
}

export function listEvents(
  state: StatePort,
  input: { competitionId: string | null; after: number; limit: number },
): Promise<ListedEvent[]> {
  return state.call(
    'list_events',
    { p_competition_id: input.competitionId, p_after: input.after, p_limit: input.limit },
    z.array(listedEventRow),
  );
}

/** Sends again what a dead worker or an emptied queue lost. @returns the ids of the events. */
export function sweepEvents(
  state: StatePort,
  input: { graceSeconds: number; staleSeconds: number; types: readonly string[] },
): Promise<number[]> {
  return state.call(
    'sweep_events',
    { p_grace_seconds: input.graceSeconds, p_stale_seconds: input.staleSeconds, p_jobs: [...input.types] },
    z.array(z.number().int()),
  );
}
