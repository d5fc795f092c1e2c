import { z } from 'zod';
import type { Actor } from '../domain/actor.ts';
import { type Approach, approachSchema } from '../domain/approach.ts';
import { type PlannedStep, plannedStepSchema } from '../domain/search/planned-step.ts';
import { ablationSchema, type Operator, operators } from '../domain/search/step.ts';
import { type Competition, movedOrNull, transitionAnswer } from './competitions.ts';
import type { StatePort } from './port.ts';
import { row, timestamp } from './row.ts';

const researchResultRow = row({
  id: z.uuid(),
  competitionId: z.uuid(),
  round: z.number().int(),
  version: z.number().int(),
  kind: z.string(),
  /** What is asked for where the kind is `step`, and its place among the round's steps. */
  step: plannedStepSchema.nullable().default(null),
  place: z.number().int().default(0),
  status: z.enum(['planned', 'done', 'failed']),
  provider: z.string().nullable(),
  report: z.unknown(),
  error: z.string().nullable(),
  createdAt: timestamp,
  endedAt: timestamp.nullable(),
});
export type ResearchResult = z.output<typeof researchResultRow>;

export const approachRow = row({
  id: z.uuid(),
  competitionId: z.uuid(),
  round: z.number().int(),
  version: z.number().int(),
  rank: z.number().int(),
  name: z.string(),
  family: z.string(),
  spec: approachSchema,
  operator: z.enum(operators),
  /** Ids of the nodes of the tree that it was made from. */
  parents: z.array(z.uuid()),
  /** How many failed ones in a row it mends. */
  debugDepth: z.number().int(),
  ablations: z.array(ablationSchema).nullable(),
  status: z.enum(['proposed', 'coded', 'trained', 'failed']),
  error: z.string().nullable(),
});
export type ApproachRow = z.output<typeof approachRow>;

/** A query to ask; one of kind `step` carries the step and its place among the round's. */
export type PlannedQuery = { kind: string; step?: PlannedStep; place?: number };

/**
 * Writes the round's steps, a row for each query and the event that fans out over them.
 * @returns the rows' ids; an empty list when they were planned before; null when the competition moved on.
 */
export function planResearch(
  state: StatePort,
  input: {
    competitionId: string;
    version: number;
    items: readonly PlannedQuery[];
    steps: readonly PlannedStep[];
    actor: Actor;
  },
): Promise<string[] | null> {
  return state.call(
    'plan_research',
    {
      p_competition_id: input.competitionId,
      p_version: input.version,
      p_items: input.items,
      p_steps: input.steps,
      p_actor: input.actor,
    },
    z.array(z.uuid()).nullable(),
  );
}

export function getResearchQuery(state: StatePort, id: string): Promise<ResearchResult | null> {
  return state.call('get_research_query', { p_id: id }, researchResultRow.nullable());
}

/** @returns null when the query has ended already. */
export function endResearchQuery(
  state: StatePort,
  input: { id: string; status: 'done' | 'failed'; provider?: string; report?: unknown; error?: string },
): Promise<ResearchResult | null> {
  return state.call(
    'end_research_query',
    {
      p_id: input.id,
      p_status: input.status,
      p_provider: input.provider ?? null,
      p_report: input.report ?? null,
      p_error: input.error ?? null,
    },
    researchResultRow.nullable(),
  );
}

export function listResearch(state: StatePort, competitionId: string): Promise<ResearchResult[]> {
  return state.call('list_research', { p_competition_id: competitionId }, z.array(researchResultRow));
}

/** A node to be: an approach, and how it is made from which nodes. A draft where nothing else is said. */
export type NewNode = {
  spec: Approach;
  operator?: Operator;
  parents?: readonly string[];
  debugDepth?: number;
};

/** Stores the round's nodes and moves on to `research_completed`. @returns null when it moved on already. */
export async function finishResearch(
  state: StatePort,
  input: { competitionId: string; version: number; nodes: readonly NewNode[]; actor: Actor },
): Promise<Competition | null> {
  const answer = await state.call(
    'finish_research',
    {
      p_competition_id: input.competitionId,
      p_version: input.version,
      p_approaches: input.nodes,
      p_actor: input.actor,
    },
    transitionAnswer,
  );
  return movedOrNull(answer, 'research_completed');
}

export function listApproaches(state: StatePort, competitionId: string): Promise<ApproachRow[]> {
  return state.call('list_approaches', { p_competition_id: competitionId }, z.array(approachRow));
}
