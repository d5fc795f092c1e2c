import { z } from 'zod';
import { type Actor, actorSchema } from '../domain/actor.ts';
import type { CompetitionEvent } from '../domain/competition-machine.ts';
import { type DecisionDraft, decisionDraftSchema } from '../domain/decision.ts';
import type { StatePort } from './port.ts';
import { row, timestamp } from './row.ts';

const shape = {
  id: z.uuid(),
  competitionId: z.uuid(),
  kind: z.string(),
  blocking: z.boolean(),
  draft: decisionDraftSchema,
  status: z.enum(['open', 'decided', 'expired', 'withdrawn']),
  deadline: timestamp,
  option: z.string().nullable(),
  note: z.string().nullable(),
  decidedBy: actorSchema.nullable(),
  decidedAt: timestamp.nullable(),
  createdAt: timestamp,
};
const plainDecisionRow = row(shape);
const decisionRow = row({ ...shape, slug: z.string() });
export type Decision = z.output<typeof decisionRow>;

/**
 * Opens a decision; `move` takes a blocking one's competition to where it waits, in the same step.
 * @returns false when the competition moved on, or a blocking question is open already.
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
      p_draft: input.draft,
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

/** The first valid answer wins. @returns null for an unknown decision. */
export function closeDecision(
  state: StatePort,
  input: { id: string; option: string; note: string | null; byDefault: boolean; actor: Actor },
): Promise<AnsweredDecision> {
  return state.call(
    'answer_decision',
    {
      p_id: input.id,
      p_option: input.option,
      p_note: input.note,
      p_by_default: input.byDefault,
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
