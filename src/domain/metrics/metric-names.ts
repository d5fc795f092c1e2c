/** Every metric that the host computes itself. */
export const metricNames = [
  'accuracy',
  'roc_auc',
  'log_loss',
  'multiclass_log_loss',
  'f1',
  'f1_macro',
  'f1_micro',
  'f1_weighted',
  'average_precision',
  'map_at_k',
  'rmse',
  'rmsle',
  'rmse_log',
  'mae',
  'mape',
  'smape',
  'r2',
  'kappa',
  'quadratic_kappa',
  'mcc',
  'pearson',
  'spearman',
  'gini',
] as const;

export type MetricName = (typeof metricNames)[number];
