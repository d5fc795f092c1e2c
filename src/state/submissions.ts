import { z } from 'zod';
import type { Actor } from '../domain/actor.ts';
import { type Competition, movedOrNull, transitionAnswer } from './competitions.ts';
import type { StatePort } from './port.ts';
import { row, timestamp } from './row.ts';

/** One run that a submission was blended from. */
const memberSchema = z.object({
  jobId: z.uuid(),
  approach: z.string(),
  weight: z.number().positive(),
});
export type Member = z.output<typeof memberSchema>;

const shape = {
  id: z.uuid(),
  competitionId: z.uuid(),
  round: z.number().int(),
  key: z.string(),
  paramsHash: z.string(),
  approach: z.string(),
  members: z.array(memberSchema),
  objectKey: z.string(),
  cv: z.number().nullable(),
  estimate: z.number().nullable(),
  scores: z.record(z.string(), z.unknown()),
  /** `queued`: its round went on without it; `dropped`: it will not be sent any more. */
  status: z.enum(['planned', 'queued', 'sent', 'accepted', 'scored', 'error', 'refused', 'dropped']),
  /** How often it was marked as sent. */
  attempt: z.number().int(),
  queuedAt: timestamp.nullable(),
  /** By its cross-validated score, when it was queued; null where there was nothing to compare. */
  gain: z.number().nullable(),
  /** Why it waits, or why it was dropped. */
  reason: z.string().nullable(),
  vendorRef: z.string().nullable(),
  publicScore: z.string().nullable(),
  privateScore: z.string().nullable(),
  finalScore: z.number().nullable(),
  finalRank: z.number().int().nullable(),
  finalEntrants: z.number().int().nullable(),
  error: z.string().nullable(),
  createdAt: timestamp,
  sentAt: timestamp.nullable(),
  acceptedAt: timestamp.nullable(),
  scoredAt: timestamp.nullable(),
};
export const submissionRow = row(shape);
export type Submission = z.output<typeof submissionRow>;

const openedAnswer = z.object({ submission: submissionRow, fresh: z.boolean() }).nullable();

/**
 * Writes the intent to submit a file, under a key that the vendor will see.
 * `fresh` is false where the same file was meant to be sent before. @returns null when the competition moved on.
 */
export function openSubmission(
  state: StatePort,
  input: {
    competitionId: string;
    version: number;
    paramsHash: string;
    approach: string;
    members: Member[];
    objectKey: string;
    cv: number | null;
    estimate: number | null;
    scores: Record<string, unknown>;
  },
): Promise<{ submission: Submission; fresh: boolean } | null> {
  return state.call(
    'open_submission',
    {
      p_competition_id: input.competitionId,
      p_version: input.version,
      p_params_hash: input.paramsHash,
      p_approach: input.approach,
      p_members: input.members,
      p_object_key: input.objectKey,
      p_cv: input.cv,
      p_estimate: input.estimate,
      p_scores: input.scores,
    },
    openedAnswer,
  );
}

/**
 * Committed before the call that cannot be repeated.
 * @returns the number of the attempt, for whoever tells later how it ended; null: sent before, look it up at the vendor
 */
export async function startSubmissionAttempt(state: StatePort, id: string): Promise<number | null> {
  const sent = await state.call('mark_submission_sent', { p_id: id }, submissionRow.nullable());
  return sent?.attempt ?? null;
}

/**
 * The vendor surely has nothing of it, so it may be sent again.
 * @param attempt only while this one is the last
 */
export async function markSubmissionAbsent(state: StatePort, id: string, attempt?: number): Promise<void> {
  await state.call(
    'mark_submission_absent',
    { p_id: id, p_attempt: attempt ?? null },
    submissionRow.nullable(),
  );
}

/** The vendor has it: recorded, and the competition moves on. @returns null when it moved on already. */
export async function acceptSubmission(
  state: StatePort,
  input: { id: string; version: number; vendorRef: string; actor: Actor },
): Promise<Competition | null> {
  const answer = await state.call(
    'accept_submission',
    { p_id: input.id, p_version: input.version, p_vendor_ref: input.vendorRef, p_actor: input.actor },
    transitionAnswer,
  );
  return movedOrNull(answer, 'submission_completed');
}

/** The vendor will not have it. @param attempt only while this one is the last */
export async function refuseSubmission(
  state: StatePort,
  id: string,
  error: string,
  attempt?: number,
): Promise<void> {
  await state.call(
    'refuse_submission',
    { p_id: id, p_error: error, p_attempt: attempt ?? null },
    submissionRow.nullable(),
  );
}

/** What the vendor says of it; scores stay the vendor's text. */
export async function scoreSubmission(
  state: StatePort,
  input: {
    id: string;
    status: 'scored' | 'error';
    publicScore: string | null;
    privateScore: string | null;
    error: string | null;
  },
): Promise<void> {
  await state.call(
    'score_submission',
    {
      p_id: input.id,
      p_status: input.status,
      p_public_score: input.publicScore,
      p_private_score: input.privateScore,
      p_error: input.error,
    },
    submissionRow.nullable(),
  );
}

/** The score on the hidden labels, once the competition has ended for us. */
export async function finishSubmission(
  state: StatePort,
  input: {
    id: string;
    privateScore: string | null;
    finalScore: number;
    rank: number | null;
    entrants: number | null;
  },
): Promise<void> {
  await state.call(
    'finish_submission',
    {
      p_id: input.id,
      p_private_score: input.privateScore,
      p_final_score: input.finalScore,
      p_rank: input.rank,
      p_entrants: input.entrants,
    },
    submissionRow.nullable(),
  );
}

export function listSubmissions(state: StatePort, competitionId: string): Promise<Submission[]> {
  return state.call('list_submissions', { p_competition_id: competitionId }, z.array(submissionRow));
}
