import { z } from 'zod';
import { rejections } from './choose-offer.ts';

const offerSchema = z.object({
  provider: z.string(),
  title: z.string(),
  usdPerHour: z.number(),
  /** To the end of the run. */
  seconds: z.number(),
  usd: z.number(),
});
export type OfferInReason = z.output<typeof offerSchema>;

/** What has a sentence of its own, and no values. */
const plainReasons = [
  'taken_local',
  'taken_local_gpu',
  'taken_rented',
  'held',
  'gone',
  'time_limit',
  'vanished',
  'run_vanished',
  'start_deadline',
  'silent',
] as const;

/**
 * Why a run got its machine, has none yet, lost it or was ended: facts without words, so that people are told in their own
 * language.
 */
export const runReasonSchema = z.discriminatedUnion('code', [
  z.object({ code: z.enum(plainReasons) }),
  z.object({
    code: z.literal('chosen'),
    best: offerSchema,
    because: z.enum(['late', 'only', 'cheapest']),
    /** Machines that would have done. */
    count: z.number().int(),
    /** The best of another kind. */
    next: offerSchema.nullable(),
  }),
  z.object({
    code: z.literal('none_offered'),
    gpuMemoryBytes: z.number().nullable(),
    memoryBytes: z.number(),
    diskBytes: z.number(),
    /** Null: without a limit. */
    usdPerHour: z.number().nullable(),
  }),
  z.object({
    code: z.literal('none_fits'),
    rejected: z.array(z.object({ why: z.enum(rejections), count: z.number().int() })),
    usdPerHour: z.number().nullable(),
    usd: z.number().nullable(),
  }),
  /** In words of the vendor, or of the runner. */
  z.object({ code: z.literal('trouble'), text: z.string() }),
  z.object({ code: z.literal('loss_broken'), name: z.string() }),
  z.object({ code: z.literal('loss_risen'), name: z.string(), times: z.number() }),
  z.object({ code: z.literal('hopeless'), done: z.number().int(), folds: z.number().int() }),
  z.object({ code: z.literal('resumed'), seconds: z.number() }),
]);
export type RunReason = z.output<typeof runReasonSchema>;
export type ReasonOf<Code extends RunReason['code']> = Extract<RunReason, { code: Code }>;
