import { z } from 'zod';

/** One column of a data file, read in one pass with bounded memory. */
export const columnProfileSchema = z.object({
  name: z.string(),
  /** `id`: as many values as rows, and named or shaped like a key. `constant`: one value or none. */
  kind: z.enum(['numeric', 'categorical', 'text', 'datetime', 'boolean', 'id', 'constant']),
  missing: z.number().int().nonnegative(),
  /** Distinct values, exact up to the sketch's bound; then `distinctIsLowerBound`. */
  distinct: z.number().int().nonnegative(),
  distinctIsLowerBound: z.boolean(),
  /** True when every value that is present is a whole number. */
  isInteger: z.boolean(),
  min: z.number().nullable(),
  max: z.number().nullable(),
  mean: z.number().nullable(),
  /** Most frequent values, at most 10, with their counts. */
  top: z.array(z.object({ value: z.string(), count: z.number().int().positive() })),
  /** Mean length in characters of the values that are present. */
  meanLength: z.number().nonnegative(),
  /** Skewness of a numeric column, from a sample; null for others. */
  skew: z.number().nullable(),
});

export const fileProfileSchema = z.object({
  name: z.string(),
  sizeBytes: z.number().int().nonnegative(),
  rows: z.number().int().nonnegative(),
  columns: z.array(columnProfileSchema),
});

/** What the data of a competition look like; drives research, the folds and code generation. */
export const dataProfileSchema = z.object({
  train: fileProfileSchema,
  test: fileProfileSchema,
  /** Share of each class (classification) or quantiles 0, 5, 25, 50, 75, 95, 100 % (regression). */
  target: z.union([
    z.object({ kind: z.literal('classes'), shares: z.record(z.string(), z.number()) }),
    z.object({ kind: z.literal('quantiles'), values: z.array(z.number()).length(7), skew: z.number() }),
  ]),
  /** Suspicions of leakage, each one sentence for people. */
  leakageHints: z.array(z.string()),
  /** Columns only in train (beside the targets), or only in test. */
  columnDifferences: z.object({ onlyTrain: z.array(z.string()), onlyTest: z.array(z.string()) }),
});

export type ColumnProfile = z.output<typeof columnProfileSchema>;
export type FileProfile = z.output<typeof fileProfileSchema>;
export type DataProfile = z.output<typeof dataProfileSchema>;
