import { z } from 'zod';
import type { Actor } from '../domain/actor.ts';
import type { Approach } from '../domain/approach.ts';
import { hyperParametersSchema } from '../domain/run-contract.ts';
import { type TrainingImage, trainingImageSchema } from '../domain/training-image.ts';
import type { StatePort } from './port.ts';
import { approachRow } from './research.ts';
import { row, timestamp } from './row.ts';

/** Where a bundle lies and what it must be. */
const bundleRefSchema = z.object({
  objectKey: z.string(),
  sha256: z.string().length(64),
  sizeBytes: z.number().int().positive(),
});
export type BundleRef = z.output<typeof bundleRefSchema>;

const codeShape = {
  id: z.uuid(),
  competitionId: z.uuid(),
  approachId: z.uuid(),
  round: z.number().int(),
  status: z.enum(['planned', 'ready', 'failed']),
  generator: z.string().nullable(),
  objectPrefix: z.string().nullable(),
  bundle: bundleRefSchema.nullable(),
  gateReport: z.unknown(),
  /** What params.json puts in place of the script's own values, for every run of it; null: nothing. */
  params: hyperParametersSchema.nullable().default(null),
  /** What its runs start from; null where no images are built. */
  image: trainingImageSchema.nullable().default(null),
  estimateSeconds: z.number().nullable(),
  error: z.string().nullable(),
  createdAt: timestamp,
  endedAt: timestamp.nullable(),
};
/** A row of generated code as it stands alone. */
export const plainCodeRow = row(codeShape);
const codeRow = row({ ...codeShape, approach: approachRow });
export type GeneratedCodeRow = z.output<typeof codeRow>;

/** A row for every proposed approach of the round, and the event that fans out. @returns null when moved on. */
export function planGeneration(
  state: StatePort,
  input: { competitionId: string; version: number; actor: Actor },
): Promise<string[] | null> {
  return state.call(
    'plan_generation',
    { p_competition_id: input.competitionId, p_version: input.version, p_actor: input.actor },
    z.array(z.uuid()).nullable(),
  );
}

export function getCode(state: StatePort, id: string): Promise<GeneratedCodeRow | null> {
  return state.call('get_code', { p_id: id }, codeRow.nullable());
}

export function listCode(state: StatePort, competitionId: string): Promise<GeneratedCodeRow[]> {
  return state.call('list_code', { p_competition_id: competitionId }, z.array(codeRow));
}

/** @returns null when the row has ended already. */
export async function endCode(
  state: StatePort,
  input: {
    id: string;
    status: 'ready' | 'failed';
    generator?: string;
    objectPrefix?: string;
    bundle?: BundleRef;
    gateReport?: unknown;
    estimateSeconds?: number | null;
    error?: string;
  },
): Promise<boolean> {
  const ended = await state.call(
    'end_code',
    {
      p_id: input.id,
      p_status: input.status,
      p_generator: input.generator ?? null,
      p_object_prefix: input.objectPrefix ?? null,
      p_bundle: input.bundle ?? null,
      p_gate_report: input.gateReport ?? null,
      p_estimate_seconds: input.estimateSeconds ?? null,
      p_error: input.error ?? null,
    },
    plainCodeRow.nullable(),
  );
  return ended !== null;
}

const debuggedAnswer = z.discriminatedUnion('ended', [
  z.object({ ended: z.literal(false) }),
  z.object({ ended: z.literal(true), child: z.uuid().nullable() }),
]);
export type DebuggedCode = z.output<typeof debuggedAnswer>;

/**
 * Ends a script that the quality gate stopped, and writes the node that mends it in the same round, with its planned
 * script, in one step. `child` is that script's id; null where the chain is as long as it may be.
 * @returns not ended: it has ended already, or the competition does not write scripts now
 */
export function debugCode(
  state: StatePort,
  input: {
    id: string;
    generator: string;
    objectPrefix: string;
    gateReport: unknown;
    error: string;
    child: Approach;
    maxDepth: number;
    actor: Actor;
  },
): Promise<DebuggedCode> {
  return state.call(
    'debug_code',
    {
      p_id: input.id,
      p_generator: input.generator,
      p_object_prefix: input.objectPrefix,
      p_gate_report: input.gateReport,
      p_error: input.error,
      p_child: input.child,
      p_max_depth: input.maxDepth,
      p_actor: input.actor,
    },
    debuggedAnswer,
  );
}

/** Keeps what a script's runs start from. */
export async function recordImage(
  state: StatePort,
  input: { codeId: string; image: TrainingImage },
): Promise<void> {
  await state.call(
    'record_image',
    { p_code_id: input.codeId, p_image: input.image },
    plainCodeRow.nullable(),
  );
}
