import { z } from 'zod';
import { kernelEventSchemas } from './notebooks/kernel-events.ts';

const at = z.iso.datetime().transform((text) => new Date(text));
const score = z.number().nullable();

export const outcomeSchema = z.discriminatedUnion('status', [
  z.object({ status: z.literal('COMPLETE'), publicScore: score, privateScore: score, overallScore: score }),
  z.object({ status: z.literal('ERROR'), errorDescription: z.string() }),
]);

/** One line of the arena's journal: everything that ever happened to the account. */
export const accountEventSchema = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('upload_started'),
    at,
    uploadId: z.string(),
    token: z.string(),
    slug: z.string(),
    fileName: z.string(),
    contentLength: z.number().int().nonnegative(),
  }),
  z.object({ type: z.literal('upload_completed'), at, uploadId: z.string() }),
  z.object({
    type: z.literal('submission_created'),
    at,
    ref: z.number().int().positive(),
    slug: z.string(),
    uploadId: z.string(),
    description: z.string(),
    /** Decided at once and shown later, so that a restart cannot judge a submission twice. */
    outcome: outcomeSchema,
  }),
  /** A notebook's output is handed in; its outcome comes later, when the notebook has run on the hidden test set. */
  z.object({
    type: z.literal('code_submission_created'),
    at,
    ref: z.number().int().positive(),
    slug: z.string(),
    sessionId: z.number().int().positive(),
    fileName: z.string(),
    description: z.string(),
  }),
  z.object({
    type: z.literal('code_submission_judged'),
    at,
    ref: z.number().int().positive(),
    sizeBytes: z.number().int().nonnegative(),
    outcome: outcomeSchema,
  }),
  /** From here on the outcome is shown. */
  z.object({ type: z.literal('submission_settled'), at, ref: z.number().int().positive() }),
  z.object({ type: z.literal('rules_accepted'), at, slug: z.string() }),
  /** Ticked by a person to count at the end; the empty list leaves the choice to the arena. */
  z.object({
    type: z.literal('submissions_selected'),
    at,
    slug: z.string(),
    refs: z.array(z.number().int()),
  }),
  z.object({ type: z.literal('practice_closed'), at, slug: z.string() }),
  z.object({ type: z.literal('practice_opened'), at, slug: z.string() }),
  ...kernelEventSchemas,
]);

export type AccountEvent = z.output<typeof accountEventSchema>;
