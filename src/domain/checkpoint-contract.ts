/** What the host, the runner and its heartbeat say to each other about checkpoints of a run. */
import { z } from 'zod';

export const sha256Schema = z.string().regex(/^[0-9a-f]{64}$/);
export const positiveInt = z.number().int().positive();
const count = z.number().int().nonnegative();

/** A file to fetch by signed URL, and how to know that it is the right one. */
export const downloadSchema = z.object({ url: z.url(), sha256: sha256Schema, sizeBytes: count });

/** What a heartbeat tells of the newest checkpoint that is whole in the store. */
export const checkpointSchema = z.object({
  /** Which of the two places of this start. */
  slot: z.enum(['a', 'b']),
  sha256: sha256Schema,
  sizeBytes: positiveInt,
  /** Counts the checkpoints of one start. */
  sequence: count,
  /** Of work that is in it, earlier starts included. */
  seconds: z.number().nonnegative(),
});
export type Checkpoint = z.output<typeof checkpointSchema>;

/** From which checkpoint a run went on: of an earlier start, or of its own where the vendor moved it. */
export const resumedFromSchema = z.object({
  /** Fencing token of the start that saved it. */
  token: z.string(),
  sequence: count,
  seconds: z.number().nonnegative(),
  sizeBytes: count,
});
export type ResumedFrom = z.output<typeof resumedFromSchema>;

const slotSchema = z.object({ put: z.url(), get: z.url() });

/** How what a script saves in CHECKPOINT_DIR is kept. */
export const checkpointTermsSchema = z.object({
  everySeconds: z.number().positive(),
  /** Of one, packed and unpacked. */
  maxBytes: positiveInt,
  /** Of all that one start sends, where traffic costs. */
  totalBytes: positiveInt.nullable(),
  /** Written in turn, never the one that the newest heartbeat tells of. */
  slots: z.object({ a: slotSchema, b: slotSchema }),
  /** Checkpoints of earlier starts of this job, the newest first; one that is not whole any more is left out. */
  restore: z.array(
    downloadSchema.extend({ token: z.string(), sequence: count, seconds: z.number().nonnegative() }),
  ),
});
export type CheckpointTerms = z.output<typeof checkpointTermsSchema>;
