import { z } from 'zod';
import { type Actor, actorSchema } from '../domain/actor.ts';
import type { CompetitionEvent } from '../domain/competition-machine.ts';
import { type DecisionDraft, decisionDraftSchema, decisionKinds } from '../domain/decision.ts';
import type { StatePort } from './port.ts';
import { row, timestamp } from './row.ts';

const shape = {
  id: z.uuid(),
  competitionId: z.uuid(),
  kind: z.enum(decisionKinds),
  blocking: z.boolean(),
  draft: decisionDraftSchema,
  status: z.enum(['open', 'decided', 'expired', 'withdrawn']),
  deadline: timestamp,
  option: z.string().nullable(),
  note: z.string().nullable(),
  decidedBy: actorSchema.nullable(),
  /** As others call them, as far as the platform told it. */
  decidedByName: z.string().nullable(),
  decidedAt: timestamp.nullable(),
  remindedAt: timestamp.nullable(),
  escalatedAt: timestamp.nullable(),
  snoozedAt: timestamp.nullable(),
  createdAt: timestamp,
};
export const plainDecisionRow = row(shape);
const decisionRow = row({ ...shape, slug: z.string(), title: z.string() });
export type Decision = z.output<typeof decisionRow>;

/**
 * Opens a decision; `move` takes a blocking one's competition to where it waits, in the same step.
 * Its deadline is never later than two hours before the competition ends.
 * @returns false when the competition moved on, or as many questions are open as people should have.
 */
export async function openDecision(
  state: StatePort,
  input: {
    competitionId: string;
    version: number;
    move: CompetitionEvent | null;
    draft: DecisionDraft;
    slaSeconds: number;
    actor: Actor;
  },
): Promise<boolean> {
  const opened = await state.call(
    'open_decision',
    {
      p_competition_id: input.competitionId,
      p_version: input.version,
      p_move: input.move,
      p_draft: decisionDraftSchema.parse(input.draft),
      p_sla_seconds: input.slaSeconds,
      p_actor: input.actor,
    },
    plainDecisionRow.nullable(),
  );
  return opened !== null;
}

const answeredSchema = z
  .discriminatedUnion('outcome', [
    z.object({ outcome: z.literal('decided'), decision: plainDecisionRow }),
    z.object({ outcome: z.literal('closed'), decision: plainDecisionRow }),
    z.object({ outcome: z.literal('unknown_option') }),
    z.object({ outcome: z.literal('paused') }),
  ])
  .nullable();
export type AnsweredDecision = z.output<typeof answeredSchema>;

/**
 * The first valid answer wins; one that comes after the deadline finds the default taken.
 * @returns null for an unknown decision.
 */
export function closeDecision(
  state: StatePort,
  input: {
    id: string;
    option: string;
    note: string | null;
    byDefault: boolean;
    byName?: string | null;
    actor: Actor;
  },
): Promise<AnsweredDecision> {
  return state.call(
    'answer_decision',
    {
      p_id: input.id,
      p_option: input.option,
      p_note: input.note,
      p_by_default: input.byDefault,
      p_by_name: input.byName ?? null,
      p_actor: input.actor,
    },
    answeredSchema,
  );
}

export function getDecision(state: StatePort, id: string): Promise<Decision | null> {
  return state.call('get_decision', { p_id: id }, decisionRow.nullable());
}

export function listDecisions(
  state: StatePort,
  input: { competitionId: string | null; onlyOpen: boolean },
): Promise<Decision[]> {
  return state.call(
    'list_decisions',
    { p_competition_id: input.competitionId, p_only_open: input.onlyOpen },
    z.array(decisionRow),
  );
}

/** Open decisions whose deadline has passed by the database's clock. */
export function listExpiredDecisions(state: StatePort): Promise<Decision[]> {
  return state.call('list_expired_decisions', {}, z.array(decisionRow));
}

const snoozedSchema = z
  .object({ outcome: z.enum(['done', 'limit', 'closed']), deadline: timestamp })
  .nullable();

/** An hour more, once, as far as the competition's end leaves it. @returns null for an unknown decision. */
export function snoozeDecision(
  state: StatePort,
  input: { id: string; actor: Actor },
): Promise<z.output<typeof snoozedSchema>> {
  return state.call('snooze_decision', { p_id: input.id, p_actor: input.actor }, snoozedSchema);
}

const askedAgainSchema = z
  .discriminatedUnion('outcome', [
    z.object({ outcome: z.literal('done'), decision: plainDecisionRow }),
    z.object({ outcome: z.literal('too_late') }),
    z.object({ outcome: z.literal('paused') }),
  ])
  .nullable();

/**
 * Asks a closed question anew while what followed can be undone; asked twice, it is one question.
 * @returns null for an unknown decision.
 */
export function askDecisionAgain(
  state: StatePort,
  input: { id: string; slaSeconds: number; actor: Actor },
): Promise<z.output<typeof askedAgainSchema>> {
  return state.call(
    'ask_decision_again',
    { p_id: input.id, p_sla_seconds: input.slaSeconds, p_actor: input.actor },
    askedAgainSchema,
  );
}

const nudgeSchema = z.object({
  decisionId: z.uuid(),
  slug: z.string(),
  step: z.enum(['reminder', 'escalation']),
});

/** Claims the reminders and escalations that are due, each once however many processes ask. */
export function claimNudges(
  state: StatePort,
  input: { isQuiet: boolean; actor: Actor },
): Promise<z.output<typeof nudgeSchema>[]> {
  return state.call(
    'claim_nudges',
    { p_is_quiet: input.isQuiet, p_actor: input.actor },
    z.array(nudgeSchema),
  );
}

const decisionLogRow = row({
  at: timestamp,
  actor: actorSchema,
  name: z.string().nullable(),
  action: z.string(),
  slug: z.string().nullable(),
  decisionId: z.uuid().nullable(),
  question: z.string().nullable(),
  askedAt: timestamp.nullable(),
  option: z.string().nullable(),
  byDefault: z.boolean(),
});

/** What people did about decisions, newest last. */
export function listDecisionLog(
  state: StatePort,
  input: { competitionId: string | null; limit: number },
): Promise<z.output<typeof decisionLogRow>[]> {
  return state.call(
    'list_decision_log',
    { p_competition_id: input.competitionId, p_limit: input.limit },
    z.array(decisionLogRow),
  );
}
