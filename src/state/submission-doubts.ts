import type { z } from 'zod';
import type { Actor } from '../domain/actor.ts';
import { type DecisionDraft, decisionDraftSchema } from '../domain/decision.ts';
import { type Competition, movedOrNull, transitionAnswer } from './competitions.ts';
import { plainDecisionRow } from './decisions.ts';
import type { StatePort } from './port.ts';

export type Doubt = z.output<typeof plainDecisionRow>;

/**
 * Asks a person about a planned submission, once whoever asks. @returns the question as it stands now; null where none
 * was asked: the competition moved on, or as many are open as people should have
 */
export function doubtSubmission(
  state: StatePort,
  input: { id: string; version: number; draft: DecisionDraft; slaSeconds: number; actor: Actor },
): Promise<Doubt | null> {
  return state.call(
    'doubt_submission',
    {
      p_id: input.id,
      p_version: input.version,
      p_draft: decisionDraftSchema.parse(input.draft),
      p_sla_seconds: input.slaSeconds,
      p_actor: input.actor,
    },
    plainDecisionRow.nullable(),
  );
}

/** A person wants it not sent, and its round goes on. @returns null when the competition moved on already */
export async function withholdSubmission(
  state: StatePort,
  input: { id: string; version: number; reason: string; actor: Actor },
): Promise<Competition | null> {
  const answer = await state.call(
    'withhold_submission',
    { p_id: input.id, p_version: input.version, p_reason: input.reason, p_actor: input.actor },
    transitionAnswer,
  );
  return movedOrNull(answer, 'submission_deferred');
}
