import { z } from 'zod';
import type { MetricName } from '../metrics/catalog.ts';
import { modalities, type Problem, tasks } from '../problem.ts';
import type { ColumnProfile, DataProfile } from '../profile.ts';

/** What a metric rewards; what wins by one of a family mostly wins by the others. */
export const metricFamilies = ['label', 'ranking', 'probability', 'error', 'relative_error', 'fit'] as const;
export type MetricFamily = (typeof metricFamilies)[number];

/** How the host's folds follow the data. */
export const validationSchemes = ['plain', 'stratified', 'grouped', 'time'] as const;
export type ValidationScheme = (typeof validationSchemes)[number];

const share = z.number().min(0).max(1);

/**
 * What a competition is like, in few numbers: what decides which approaches work. Nothing in it tells what the data
 * say, so it may be kept when they are gone.
 */
export const profileVectorSchema = z.object({
  modality: z.enum(modalities),
  task: z.enum(tasks),
  metricFamily: z.enum(metricFamilies),
  /** log10 of the training rows, and of the columns that a model may read. */
  logRows: z.number().min(0),
  logColumns: z.number().min(0),
  /** Shares of those columns. */
  numericShare: share,
  categoricalShare: share,
  textShare: share,
  /** Share of their cells that are empty. */
  missingShare: share,
  /** log2 of the classes; 0 for a regression. */
  logClasses: z.number().min(0),
  /** Classification: how far the largest class is above an even share. Regression: |skew| squashed to 0..1. */
  imbalance: share,
  validation: z.enum(validationSchemes),
});
export type ProfileVector = z.output<typeof profileVectorSchema>;

const familyOf: Readonly<Record<MetricName, MetricFamily>> = {
  accuracy: 'label',
  f1: 'label',
  f1_macro: 'label',
  f1_micro: 'label',
  f1_weighted: 'label',
  kappa: 'label',
  quadratic_kappa: 'label',
  mcc: 'label',
  roc_auc: 'ranking',
  gini: 'ranking',
  average_precision: 'ranking',
  map_at_k: 'ranking',
  log_loss: 'probability',
  multiclass_log_loss: 'probability',
  rmse: 'error',
  mae: 'error',
  rmsle: 'relative_error',
  rmse_log: 'relative_error',
  mape: 'relative_error',
  smape: 'relative_error',
  r2: 'fit',
  pearson: 'fit',
  spearman: 'fit',
};

/** What a metric rewards; the stand-in's family where the vendor's own metric is not computed here. */
export function metricFamilyOf(metric: MetricName): MetricFamily {
  return familyOf[metric];
}

/** How the folds are made, by what the problem says of its rows. */
export function validationSchemeOf(
  problem: Pick<Problem, 'groupColumn' | 'timeColumn' | 'classes'>,
): ValidationScheme {
  if (problem.timeColumn !== null) return 'time';
  if (problem.groupColumn !== null) return 'grouped';
  return problem.classes === null ? 'plain' : 'stratified';
}

/** The vector of a competition whose problem and data were read. */
export function profileVectorOf(problem: Problem, profile: DataProfile): ProfileVector {
  const columns = readableColumns(problem, profile);
  const count = Math.max(1, columns.length);
  const shareOf = (kinds: readonly ColumnProfile['kind'][]) =>
    columns.filter(({ kind }) => kinds.includes(kind)).length / count;
  const cells = Math.max(1, columns.length * profile.train.rows);
  const missing = columns.reduce((sum, column) => sum + column.missing, 0);
  return {
    modality: problem.modality,
    task: problem.task,
    metricFamily: metricFamilyOf(problem.metric),
    logRows: Math.log10(Math.max(1, profile.train.rows)),
    logColumns: Math.log10(count),
    numericShare: shareOf(['numeric']),
    categoricalShare: shareOf(['categorical', 'boolean']),
    textShare: shareOf(['text']),
    missingShare: Math.min(1, missing / cells),
    logClasses: problem.classes === null ? 0 : Math.log2(problem.classes.length),
    imbalance: imbalanceOf(profile.target),
    validation: validationSchemeOf(problem),
  };
}

/** What a model may read: no key, no constant, no target. */
function readableColumns(problem: Problem, { train }: DataProfile): ColumnProfile[] {
  const others = new Set([problem.idColumn, ...problem.targetColumns]);
  return train.columns.filter(({ name, kind }) => !others.has(name) && kind !== 'id' && kind !== 'constant');
}

function imbalanceOf(target: DataProfile['target']): number {
  if (target.kind === 'quantiles') return Math.abs(target.skew) / (1 + Math.abs(target.skew));
  const shares = Object.values(target.shares);
  if (shares.length < 2) return 0;
  const even = 1 / shares.length;
  return Math.min(1, Math.max(0, (Math.max(...shares) - even) / (1 - even)));
}
