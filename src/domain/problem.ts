import { z } from 'zod';
import { metricNames } from './metrics/catalog.ts';

export const modalities = ['tabular', 'text', 'image', 'time_series', 'unknown'] as const;
export const tasks = ['binary', 'multiclass', 'regression'] as const;

/**
 * What a submission's cells mean: a class `label`, the `probability` of a class,
 * or a numeric `value`.
 */
export const predictionKinds = ['label', 'probability', 'value'] as const;

/** What has to be predicted and how it is judged; inferred once per competition, then fixed. */
export const problemSchema = z.object({
  slug: z.string(),
  title: z.string(),
  modality: z.enum(modalities),
  task: z.enum(tasks),
  metric: z.enum(metricNames),
  /** K of MAP@K; null for every other metric. */
  metricK: z.number().int().positive().nullable(),
  /**
   * The vendor's own metric where `metric` only stands in for it: it is not computed here, or points the other way.
   * Left out where ours is the vendor's.
   */
  officialMetric: z.object({ name: z.string(), direction: z.enum(['maximize', 'minimize']) }).optional(),
  predictionKind: z.enum(predictionKinds),
  /** The submission's first column. It may be absent from train.csv. */
  idColumn: z.string(),
  /** Columns of train.csv to predict. More than one: one model per column, metric averaged over columns. */
  targetColumns: z.array(z.string()).min(1),
  /** Columns of the submission beside the id, in order. */
  submissionColumns: z.array(z.string()).min(1),
  /**
   * Classes of a classification as written in train.csv. With one probability column per class they are in
   * the order of `submissionColumns`; with a single one, the last is the positive class. Null for regression.
   */
  classes: z.array(z.string()).min(2).nullable(),
  /**
   * Columns of raw predictions in oof.csv, gate.csv and test.csv, beside the row key: the submission columns,
   * except where labels are submitted: there one probability column per class, named as the class.
   */
  predictionColumns: z.array(z.string()).min(1),
  /** Columns of text long enough to be read as text. */
  textColumns: z.array(z.string()),
  /** Rows that share this column's value must stay in one fold. */
  groupColumn: z.string().nullable(),
  /** Rows are ordered by this column and the test lies later. */
  timeColumn: z.string().nullable(),
});

export type Problem = z.output<typeof problemSchema>;
