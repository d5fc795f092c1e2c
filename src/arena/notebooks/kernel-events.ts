import { z } from 'zod';

const at = z.iso.datetime().transform((text) => new Date(text));
const id = z.number().int().positive();
const names = z.array(z.string());

/** What runs a session: an accelerator is accounted for, and none is given. */
export const accelerators = ['none', 'gpu', 'tpu'] as const;
export type Accelerator = (typeof accelerators)[number];

/** One pushed version of a notebook or script, as it was asked for; inputs that were refused are left out already. */
export const kernelVersionSchema = z.object({
  kernelId: id,
  /** One run of one version; ids of versions that only were saved are taken all the same. */
  sessionId: id,
  version: id,
  slug: z.string(),
  title: z.string(),
  language: z.string(),
  kernelType: z.enum(['script', 'notebook']),
  isPrivate: z.boolean(),
  hasInternet: z.boolean(),
  accelerator: z.enum(accelerators),
  machineShape: z.string(),
  timeoutSeconds: z.number().positive(),
  /** False: saved without a run. */
  isRun: z.boolean(),
  competitions: names,
  kernels: names,
  categoryIds: names,
  dockerImage: z.string(),
});

export type KernelVersion = z.output<typeof kernelVersionSchema> & { at: Date };

export const sessionEnds = ['COMPLETE', 'ERROR', 'CANCEL_ACKNOWLEDGED'] as const;
export type SessionEnd = (typeof sessionEnds)[number];

export const kernelEventSchemas = [
  kernelVersionSchema.extend({ type: z.literal('kernel_saved'), at }),
  z.object({
    type: z.literal('kernel_session_ended'),
    at,
    sessionId: id,
    status: z.enum(sessionEnds),
    failureMessage: z.string(),
    startedAt: at,
  }),
  z.object({ type: z.literal('kernel_deleted'), at, kernelId: id }),
] as const;
