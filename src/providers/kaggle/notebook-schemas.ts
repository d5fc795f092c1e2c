import { z } from 'zod';
import { count, integer, list, moment, optionalText, text } from './fields.ts';

/**
 * Answers about notebooks.
 * Source: Kaggle/kagglesdk kernels types; field shapes of the quota as Kaggle/kaggle-cli `quota_view` reads them.
 */

export const savedNotebookSchema = z.object({
  ref: text,
  url: text,
  versionNumber: count,
  error: text,
  invalidDatasetSources: list(z.string()),
  invalidCompetitionSources: list(z.string()),
  invalidKernelSources: list(z.string()),
  invalidModelSources: list(z.string()),
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
  failureMessage: optionalText,
});

export const notebookOutputSchema = z.object({
  files: list(z.object({ url: z.string(), fileName: z.string() })),
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
  quotaRefreshTime: moment,
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
