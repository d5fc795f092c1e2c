import { z } from 'zod';
import { competitionEvents, competitionStates } from '../domain/competition-machine.ts';

/** Events that are no move of the state machine. */
export const recordEvents = [
  'competition_discovered',
  'competition_changed',
  'new_competition_found',
  'research_planned',
  'generation_planned',
  'training_planned',
  'decision_required',
  'human_decision_made',
  'decision_changed',
  'card_changed',
] as const;

export const eventTypes = [...competitionEvents, ...recordEvents] as const;
export type EventType = (typeof eventTypes)[number];

/** What every event may carry; a listener reads only what it needs. */
export const eventPayloadSchema = z.looseObject({
  /** Version of the competition that the event belongs to; a later one means somebody moved it on. */
  version: z.number().int().optional(),
  round: z.number().int().optional(),
  fromState: z.enum(competitionStates).optional(),
  toState: z.enum(competitionStates).optional(),
  /** Rows that a fan-out works through. */
  items: z.array(z.string()).optional(),
  decisionId: z.string().optional(),
  cardId: z.string().optional(),
  reason: z.string().optional(),
});

export type EventPayload = z.output<typeof eventPayloadSchema>;
