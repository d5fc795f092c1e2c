import { z } from 'zod';

/**
 * Answers about notebooks; Kaggle leaves out every field with a default value.
 * Source: Kaggle/kagglesdk kernels types; field shapes of the quota as Kaggle/kaggle-cli `quota_view` reads them.
 */

const integer = z.union([z.number(), z.string().regex(/^\d+$/).transform(Number)]);
const text = z
  .string()
  .nullish()
  .transform((value) => value ?? '');
const texts = z
  .array(z.string())
  .nullish()
  .transform((value) => value ?? []);

export const savedNotebookSchema = z.object({
  ref: text,
  url: text,
  versionNumber: integer.nullish().transform((value) => value ?? 0),
  error: text,
  invalidDatasetSources: texts,
  invalidCompetitionSources: texts,
  invalidKernelSources: texts,
  invalidModelSources: texts,
});
export type RawSavedNotebook = z.output<typeof savedNotebookSchema>;

export const notebookSchema = z.object({
  metadata: z.object({
    ref: text,
    slug: text,
    currentVersionNumber: integer.nullish().transform((value) => value ?? 1),
  }),
});

export const notebookStatusSchema = z.object({
  status: z
    .union([z.string(), z.number()])
    .nullish()
    .transform((value) => String(value ?? 'QUEUED').toUpperCase()),
  failureMessage: z
    .string()
    .nullish()
    .transform((value) => (value === undefined || value === null || value === '' ? null : value)),
});

export const notebookOutputSchema = z.object({
  files: z
    .array(z.object({ url: z.string(), fileName: z.string() }))
    .nullish()
    .transform((value) => value ?? []),
  log: text,
  nextPageToken: text,
});

/** `"108000s"`, `"71094.4s"`. */
const seconds = z
  .string()
  .nullish()
  .transform((value) => Number.parseFloat(value ?? '0') || 0);

const quota = z.object({ timeUsed: seconds, timeReserved: seconds, totalTimeAllowed: seconds });

export const quotaSchema = z.object({
  quotaRefreshTime: z
    .string()
    .nullish()
    .transform((value) => {
      const date = new Date(value ?? '');
      return Number.isNaN(date.getTime()) ? null : date;
    }),
  gpuQuota: quota.nullish(),
});

const logLineSchema = z.object({
  stream_name: text,
  time: z
    .number()
    .nullish()
    .transform((value) => value ?? 0),
  data: text,
});

export const logSchema = z.array(logLineSchema);
