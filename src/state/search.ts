import { z } from 'zod';
import { approachSchema } from '../domain/approach.ts';
import { exitClasses } from '../domain/run-contract.ts';
import { type PlannedStep, plannedStepSchema } from '../domain/search/planned-step.ts';
import { type Ablation, ablationSchema, operators } from '../domain/search/step.ts';
import type { StatePort } from './port.ts';
import { row, timestamp } from './row.ts';

const nodeCodeRow = row({
  id: z.uuid(),
  status: z.enum(['planned', 'ready', 'failed']),
  generator: z.string().nullable(),
  objectPrefix: z.string().nullable(),
  error: z.string().nullable(),
  estimateSeconds: z.number().nullable(),
  endedAt: timestamp.nullable(),
  parts: z.array(z.string()),
  failedCheck: z.string().nullable(),
});

const nodeRunRow = row({
  id: z.uuid(),
  status: z.enum(['planned', 'running', 'succeeded', 'failed', 'cancelled']),
  error: z.string().nullable(),
  exitClass: z.enum(exitClasses).nullable(),
  seconds: z.number().nullable(),
  scores: z.object({ folds: z.array(z.number()), cv: z.number(), cvSd: z.number() }).nullable(),
  token: z.number().int(),
  objectPrefix: z.string().nullable(),
  endedAt: timestamp.nullable(),
});

const nodeRow = row({
  id: z.uuid(),
  round: z.number().int(),
  rank: z.number().int(),
  name: z.string(),
  spec: approachSchema,
  operator: z.enum(operators),
  parents: z.array(z.uuid()),
  debugDepth: z.number().int(),
  ablations: z.array(ablationSchema).nullable(),
  status: z.enum(['proposed', 'coded', 'trained', 'failed']),
  error: z.string().nullable(),
  createdAt: timestamp,
  code: nodeCodeRow.nullable(),
  run: nodeRunRow.nullable(),
  confirmations: z.number().int(),
  gpuMicroUsd: z.number(),
  llmMicroUsd: z.number(),
});
export type NodeRow = z.output<typeof nodeRow>;

/** Every node of a competition with its script and search run, oldest first; without gate scores. */
export function listNodes(state: StatePort, competitionId: string): Promise<NodeRow[]> {
  return state.call('read_tree', { p_competition_id: competitionId }, z.array(nodeRow));
}

/** The steps that were planned at this version of the competition; null before they were. */
export function readSearchPlan(
  state: StatePort,
  input: { competitionId: string; version: number },
): Promise<PlannedStep[] | null> {
  return state.call(
    'read_search_plan',
    { p_competition_id: input.competitionId, p_version: input.version },
    z.array(plannedStepSchema).nullable(),
  );
}

/** Stores what a node's parts are worth, once. @returns what is stored; null where there is no such node */
export function storeAblations(
  state: StatePort,
  input: { approachId: string; ablations: readonly Ablation[] },
): Promise<Ablation[] | null> {
  return state.call(
    'store_ablations',
    { p_approach_id: input.approachId, p_ablations: input.ablations },
    z.array(ablationSchema).nullable(),
  );
}
