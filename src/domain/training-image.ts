import { z } from 'zod';

/** What a script's runs start from. */
export const trainingImageSchema = z.discriminatedUnion('status', [
  z.object({
    status: z.literal('built'),
    /** `registry/repository@sha256:…`: the one image, whatever becomes of its tag. */
    reference: z.string(),
    digest: z.string().regex(/^sha256:[0-9a-f]{64}$/),
    base: z.string(),
    /** It was in the registry already. */
    wasThere: z.boolean(),
    seconds: z.number().nonnegative(),
  }),
  /** The generic runner image, with the requirements installed at the start of each run. */
  z.object({ status: z.literal('generic'), reason: z.string() }),
]);
export type TrainingImage = z.output<typeof trainingImageSchema>;
export type BuiltImage = Extract<TrainingImage, { status: 'built' }>;
