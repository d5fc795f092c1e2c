import { z } from 'zod';
import type { Actor } from '../domain/actor.ts';
import { type DecisionDraft, decisionDraftSchema } from '../domain/decision.ts';
import type { StatePort } from './port.ts';
import { row, timestamp } from './row.ts';

/** Hours before the end at which a person is asked. */
export const selectionStages = [48, 12, 2] as const;
export type SelectionStage = (typeof selectionStages)[number];

const pickSchema = z.object({
  submissionId: z.uuid(),
  /** The vendor's number of it. */
  ref: z.number().int(),
  role: z.enum(['robust', 'diverse', 'public']),
});
export type StoredPick = z.output<typeof pickSchema>;

const refs = z.array(z.number().int());

const selectionRow = row({
  id: z.uuid(),
  competitionId: z.uuid(),
  /** The end that it was asked for; a host may move it. */
  endsAt: timestamp,
  stage: z.literal(selectionStages),
  /** Null where nothing was asked: nothing changed since, or all submissions count anyway. */
  decisionId: z.uuid().nullable(),
  picks: z.array(pickSchema),
  /** References in the order in which a person was shown them. */
  listed: refs,
  outcome: z.enum(['asked', 'kept', 'all_count', 'chosen', 'left']),
  /** References that a person said to tick. */
  chosen: refs.nullable(),
  /** References that the vendor showed as selected at the last look. */
  seen: refs.nullable(),
  seenAt: timestamp.nullable(),
  confirmedAt: timestamp.nullable(),
  createdAt: timestamp,
});
export type FinalSelection = z.output<typeof selectionRow>;

/**
 * Asks which submissions are to count, or with `question` null writes down that nothing needs to be asked now.
 * @returns null where this time was dealt with already
 */
export function proposeSelection(
  state: StatePort,
  input: {
    competitionId: string;
    endsAt: Date;
    stage: SelectionStage;
    outcome: 'asked' | 'kept' | 'all_count';
    picks: readonly StoredPick[];
    listed: readonly number[];
    question: { draft: DecisionDraft; remindAt: Date; escalateAt: Date } | null;
    actor: Actor;
  },
): Promise<FinalSelection | null> {
  const { question } = input;
  return state.call(
    'propose_selection',
    {
      p_competition_id: input.competitionId,
      p_ends_at: input.endsAt,
      p_stage: input.stage,
      p_outcome: input.outcome,
      p_picks: input.picks,
      p_listed: input.listed,
      p_draft: question === null ? null : decisionDraftSchema.parse(question.draft),
      p_remind_at: question?.remindAt ?? null,
      p_escalate_at: question?.escalateAt ?? null,
      p_actor: input.actor,
    },
    selectionRow.nullable(),
  );
}

/** What a person answered, written once. @returns null where it was written before */
export function answerSelection(
  state: StatePort,
  input: { id: string; outcome: 'chosen' | 'left'; chosen: readonly number[] | null },
): Promise<FinalSelection | null> {
  return state.call(
    'answer_selection',
    { p_id: input.id, p_outcome: input.outcome, p_chosen: input.chosen },
    selectionRow.nullable(),
  );
}

/** What the vendor shows as selected. @returns true where it shows what was chosen, and did not before */
export function seeSelection(
  state: StatePort,
  input: { id: string; seen: readonly number[]; isConfirmed: boolean; at: Date },
): Promise<boolean> {
  return state.call(
    'see_selection',
    { p_id: input.id, p_seen: input.seen, p_is_confirmed: input.isConfirmed, p_at: input.at },
    z.boolean(),
  );
}

/** The earliest first. */
export function listSelections(state: StatePort, competitionId: string): Promise<FinalSelection[]> {
  return state.call('list_selections', { p_competition_id: competitionId }, z.array(selectionRow));
}

export function findSelection(state: StatePort, decisionId: string): Promise<FinalSelection | null> {
  return state.call('find_selection', { p_decision_id: decisionId }, selectionRow.nullable());
}
