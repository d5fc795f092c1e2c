import { z } from 'zod';
import type { Actor } from '../domain/actor.ts';
import { competitionStates } from '../domain/competition-machine.ts';
import { type DecisionDraft, decisionDraftSchema } from '../domain/decision.ts';
import { gateKinds } from '../domain/gate.ts';
import type { Limits } from './competitions.ts';
import type { StatePort } from './port.ts';
import { row, timestamp } from './row.ts';

/** What a competition may wait at: a gate of the vendor, or the contract that a person is to confirm. */
const standingKinds = [...gateKinds, 'contract'] as const;

const gateRow = row({
  id: z.uuid(),
  competitionId: z.uuid(),
  kind: z.enum(standingKinds),
  /** The state whose work waits; `discovered` where it waits to be entered. */
  metIn: z.enum(competitionStates),
  details: z.looseObject({
    /** What the vendor said. */
    vendorText: z.string().optional(),
    verification: z.enum(['phone', 'identity', 'account']).optional(),
    /** Our account had entered when the gate was met: the competition's entry shows nothing of it. */
    hasEntered: z.boolean().nullish(),
    /** A call that costs nothing is refused as long as the gate is shut. */
    isProbeRefused: z.boolean().optional(),
    isHeld: z.boolean().optional(),
  }),
  decisionId: z.uuid().nullable(),
  metAt: timestamp,
  lookedAt: timestamp.nullable(),
  looks: z.number().int(),
  endedAt: timestamp.nullable(),
  outcome: z.enum(['passed', 'given_up', 'left']).nullable(),
});
export type Gate = z.output<typeof gateRow>;

type Asking = { draft: DecisionDraft; waitSeconds: number };

/**
 * Has a competition wait at a gate, with a question beside it: to be entered (`request`), or where its work is (it
 * pauses). One that stands at a gate already stays at that one.
 * @returns null when it moved on meanwhile
 */
export function meetGate(
  state: StatePort,
  input: Asking & {
    competitionId: string;
    version: number;
    kind: Gate['kind'];
    details: Record<string, unknown>;
    reason: string;
    request: { priority: number; limits: Limits; maxActive: number } | null;
    actor: Actor;
  },
): Promise<{ gate: Gate; isNew: boolean } | null> {
  return state.call(
    'meet_gate',
    {
      p_competition_id: input.competitionId,
      p_version: input.version,
      p_kind: input.kind,
      p_details: input.details,
      p_draft: decisionDraftSchema.parse(input.draft),
      p_wait_seconds: input.waitSeconds,
      p_reason: input.reason,
      p_request: input.request,
      p_actor: input.actor,
    },
    row({ gate: gateRow, isNew: z.boolean() }).nullable(),
  );
}

/** Asks anew at a gate that is still shut. @returns null where it stands no more */
export function askAtGateAgain(
  state: StatePort,
  input: Asking & { id: string; actor: Actor },
): Promise<Gate | null> {
  return state.call(
    'ask_at_gate_again',
    {
      p_id: input.id,
      p_draft: decisionDraftSchema.parse(input.draft),
      p_wait_seconds: input.waitSeconds,
      p_actor: input.actor,
    },
    gateRow.nullable(),
  );
}

/**
 * The gate is open: what waited at it goes on, and a question that is still open is closed with `option`.
 * @param input `details` are added to the competition's; `isReadAnew`: its data and problem are read once more
 * @returns null where it stands no more
 */
export function passGate(
  state: StatePort,
  input: {
    id: string;
    option: string;
    reason: string;
    details?: Record<string, unknown>;
    isReadAnew?: boolean;
    maxActive: number;
    actor: Actor;
  },
): Promise<Gate | null> {
  return state.call(
    'pass_gate',
    {
      p_id: input.id,
      p_option: input.option,
      p_reason: input.reason,
      p_details: input.details ?? {},
      p_is_read_anew: input.isReadAnew ?? false,
      p_max_active: input.maxActive,
      p_actor: input.actor,
    },
    gateRow.nullable(),
  );
}

/** Nobody will open it: the competition ends. @returns null where it stands no more */
export function giveUpGate(
  state: StatePort,
  input: { id: string; reason: string; actor: Actor },
): Promise<Gate | null> {
  return state.call(
    'give_up_gate',
    { p_id: input.id, p_reason: input.reason, p_actor: input.actor },
    gateRow.nullable(),
  );
}

export function noteGateLook(
  state: StatePort,
  input: { id: string; details?: Record<string, unknown> },
): Promise<Gate | null> {
  return state.call('note_gate_look', { p_id: input.id, p_details: input.details ?? {} }, gateRow.nullable());
}

/** A person paused what waits at a gate: it does not go on by itself. @returns null where it stands at none */
export function holdGate(state: StatePort, competitionId: string): Promise<Gate | null> {
  return state.call('hold_gate', { p_competition_id: competitionId }, gateRow.nullable());
}

export function standingGate(state: StatePort, competitionId: string): Promise<Gate | null> {
  return state.call('standing_gate', { p_competition_id: competitionId }, gateRow.nullable());
}

/** The gate that a question stands or stood beside. */
export function gateOfDecision(state: StatePort, decisionId: string): Promise<Gate | null> {
  return state.call('gate_of_decision', { p_decision_id: decisionId }, gateRow.nullable());
}

/** Standing gates whose next look is due. */
export function listDueGates(state: StatePort): Promise<Gate[]> {
  return state.call('list_due_gates', {}, z.array(gateRow));
}
