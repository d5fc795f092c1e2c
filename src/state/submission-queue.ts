import { z } from 'zod';
import type { Actor } from '../domain/actor.ts';
import { type Competition, movedOrNull, transitionAnswer } from './competitions.ts';
import type { StatePort } from './port.ts';
import { type Submission, submissionRow } from './submissions.ts';

/** Its round goes on without it. @returns null when the competition moved on already */
export async function queueSubmission(
  state: StatePort,
  input: { id: string; version: number; gain: number | null; reason: string; actor: Actor },
): Promise<Competition | null> {
  const answer = await state.call(
    'queue_submission',
    {
      p_id: input.id,
      p_version: input.version,
      p_gain: input.gain,
      p_reason: input.reason,
      p_actor: input.actor,
    },
    transitionAnswer,
  );
  return movedOrNull(answer, 'submission_deferred');
}

/** The vendor has one of the queue. @returns null when it was settled before */
export function acceptQueuedSubmission(
  state: StatePort,
  input: { id: string; vendorRef: string },
): Promise<Submission | null> {
  return state.call(
    'accept_queued_submission',
    { p_id: input.id, p_vendor_ref: input.vendorRef },
    submissionRow.nullable(),
  );
}

/** It will not be sent any more. */
export async function dropSubmission(state: StatePort, id: string, reason: string): Promise<void> {
  await state.call('drop_submission', { p_id: id, p_reason: reason }, submissionRow.nullable());
}

/**
 * What waits, and what was sent without knowing how that ended: by the queue, or by a competition that submits no more.
 * Of all competitions.
 */
export function listQueuedSubmissions(state: StatePort): Promise<Submission[]> {
  return state.call('list_queued_submissions', {}, z.array(submissionRow));
}

const unseenAnswer = z.object({ absent: z.boolean(), waitSeconds: z.number() }).nullable();

/**
 * A look at the vendor found nothing. It counts as absent after two such looks, the first `afterMs` after it was
 * sent and the second `lagMs` later, all by the database's clock; then it may be sent again.
 * @param input `ageMs` how long ago the look began
 * @returns null when it is no longer sent
 */
export function noteSubmissionUnseen(
  state: StatePort,
  input: { id: string; ageMs: number; afterMs: number; lagMs: number },
): Promise<z.output<typeof unseenAnswer>> {
  return state.call(
    'note_submission_unseen',
    {
      p_id: input.id,
      p_age_seconds: input.ageMs / 1000,
      p_after_seconds: input.afterMs / 1000,
      p_lag_seconds: input.lagMs / 1000,
    },
    unseenAnswer,
  );
}

/** Sent more than once in the last while: an earlier call may still arrive at the vendor. */
export function listResentSubmissions(state: StatePort, sinceSeconds: number): Promise<Submission[]> {
  return state.call('list_resent_submissions', { p_since_seconds: sinceSeconds }, z.array(submissionRow));
}
