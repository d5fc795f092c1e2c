import type { MetricName } from './metric-names.ts';

export type MetricSpec = {
  name: MetricName;
  direction: 'maximize' | 'minimize';
  /** What the submission's cells are: class labels, probabilities of a class, or values. */
  predictionKind: 'label' | 'probability' | 'value';
  /** As Kaggle words it. */
  displayName: string;
  /** Other names, as `normaliseMetricText` writes them. */
  aliases: readonly string[];
  /** With several columns: scored one by one and averaged. Otherwise all columns make one score. */
  perColumn: boolean;
};

type SpecRow = Omit<MetricSpec, 'name' | 'perColumn'> & { perColumn?: false };

/** What is known of each metric. */
export const specs: Record<MetricName, SpecRow> = {
  accuracy: {
    direction: 'maximize',
    predictionKind: 'label',
    displayName: 'Categorization Accuracy',
    aliases: ['accuracy', 'accuracy score', 'classification accuracy', 'multiclass accuracy'],
  },
  roc_auc: {
    direction: 'maximize',
    predictionKind: 'probability',
    displayName: 'Roc Auc Score',
    aliases: [
      'auc',
      'roc auc',
      'auc roc',
      'auroc',
      'area under the roc curve',
      'area under roc curve',
      'area under the curve',
      'area under the roc',
      'area under receiver operating characteristic curve',
      'area under the receiver operating characteristic curve',
      'area under the receiver operating characteristic',
      'mean columnwise auc',
      'mean columnwise area under receiver operating characteristic curve',
      'mc auc',
      'mean column wise auc',
    ],
  },
  log_loss: {
    direction: 'minimize',
    predictionKind: 'probability',
    displayName: 'Log Loss',
    aliases: [
      'logloss',
      'mean columnwise log loss',
      'mean column wise log loss',
      'binary log loss',
      'binary cross entropy',
      'cross entropy',
      'logarithmic loss',
    ],
  },
  multiclass_log_loss: {
    direction: 'minimize',
    predictionKind: 'probability',
    displayName: 'Multi Class Log Loss',
    perColumn: false,
    aliases: [
      'multiclass log loss',
      'multiclass logloss',
      'multi class logloss',
      'multiclass loss',
      'multi class loss',
      'multi class logarithmic loss',
      'multiclass logarithmic loss',
      'categorical cross entropy',
      'multi class cross entropy',
      'multiclass cross entropy',
    ],
  },
  f1: {
    direction: 'maximize',
    predictionKind: 'label',
    displayName: 'F1 Score',
    aliases: [
      'f1',
      'f score',
      'f1 measure',
      'f measure',
      'binary f1',
      'mean f score',
      'mean f1 score',
      'mean f1',
      'meanfscore',
      'mean f1score',
    ],
  },
  f1_macro: {
    direction: 'maximize',
    predictionKind: 'label',
    displayName: 'Macro F1 Score',
    aliases: [
      'macro f1',
      'macrof1',
      'f1 macro',
      'f1 score macro',
      'macro averaged f1',
      'macro averaged f1 score',
      'macro f score',
    ],
  },
  f1_micro: {
    direction: 'maximize',
    predictionKind: 'label',
    displayName: 'Micro F1 Score',
    aliases: [
      'micro f1',
      'microf1',
      'f1 micro',
      'f1 score micro',
      'micro averaged f1',
      'micro averaged f1 score',
    ],
  },
  f1_weighted: {
    direction: 'maximize',
    predictionKind: 'label',
    displayName: 'Weighted F1 Score',
    aliases: ['weighted f1', 'f1 weighted', 'f1 score weighted', 'weighted averaged f1 score'],
  },
  average_precision: {
    direction: 'maximize',
    predictionKind: 'probability',
    displayName: 'Average Precision Score',
    aliases: ['average precision', 'pr auc', 'auc pr', 'auprc', 'area under the precision recall curve'],
  },
  map_at_k: {
    direction: 'maximize',
    predictionKind: 'label',
    displayName: 'MAP@{K}',
    perColumn: false,
    aliases: ['map at k', 'map k', 'mapk', 'mean average precision', 'mean average precision at k'],
  },
  rmse: {
    direction: 'minimize',
    predictionKind: 'value',
    displayName: 'Root Mean Squared Error',
    aliases: ['rmse', 'root mean square error', 'root mean squared deviation', 'mcrmse', 'mc rmse'],
  },
  rmsle: {
    direction: 'minimize',
    predictionKind: 'value',
    displayName: 'Root Mean Squared Logarithmic Error',
    aliases: [
      'rmsle',
      'root mean squared log error',
      'mcrmsle',
      'mean columnwise root mean squared logarithmic error',
      'root mean square logarithmic error',
      'root mean square log error',
    ],
  },
  rmse_log: {
    direction: 'minimize',
    predictionKind: 'value',
    displayName: 'Root Mean Squared Error of Natural Logarithms',
    aliases: [
      'rmse log',
      'rmse of log',
      'rmse of logs',
      'rmse of the log',
      'log rmse',
      'root mean squared error of log',
    ],
  },
  mae: {
    direction: 'minimize',
    predictionKind: 'value',
    displayName: 'Mean Absolute Error',
    aliases: ['mae', 'mean column wise mae', 'mean absolute deviation'],
  },
  mape: {
    direction: 'minimize',
    predictionKind: 'value',
    displayName: 'Mean Absolute Percentage Error',
    aliases: ['mape', 'mean absolute percent error'],
  },
  smape: {
    direction: 'minimize',
    predictionKind: 'value',
    displayName: 'Symmetric Mean Absolute Percentage Error',
    aliases: ['smape', 'symmetric mean absolute percent error', 'symmetric mape'],
  },
  r2: {
    direction: 'maximize',
    predictionKind: 'value',
    displayName: 'R2 Score',
    aliases: [
      'r2',
      'r 2',
      'r squared',
      'r square',
      'coefficient of determination',
      'mean r2',
      'mean column wise r2',
    ],
  },
  kappa: {
    direction: 'maximize',
    predictionKind: 'label',
    displayName: "Cohen's Kappa",
    aliases: ['kappa', 'cohen kappa', 'cohen s kappa score', 'cohen kappa score'],
  },
  quadratic_kappa: {
    direction: 'maximize',
    predictionKind: 'label',
    displayName: 'Quadratic Weighted Kappa',
    aliases: ['quadratic kappa', 'qwk', 'quadratically weighted kappa', 'cohen s kappa quadratic'],
  },
  mcc: {
    direction: 'maximize',
    predictionKind: 'label',
    displayName: 'Matthews Correlation Coefficient',
    aliases: [
      'mcc',
      'matthews correlation',
      'matthews corrcoef',
      'matthew s correlation coefficient',
      'matthews coefficient',
    ],
  },
  pearson: {
    direction: 'maximize',
    predictionKind: 'value',
    displayName: 'Pearson Correlation Coefficient',
    aliases: ['pearson', 'pearson correlation', 'pearson s correlation coefficient', 'pearson s r'],
  },
  spearman: {
    direction: 'maximize',
    predictionKind: 'value',
    displayName: "Spearman's Correlation",
    aliases: [
      'spearman',
      'spearman correlation',
      'spearman r',
      'spearman rank correlation',
      'spearman s rank correlation',
    ],
  },
  gini: {
    direction: 'maximize',
    predictionKind: 'probability',
    displayName: 'Normalized Gini Coefficient',
    aliases: ['gini', 'gini coefficient', 'normalized gini', 'normalised gini', 'normalized gini index'],
  },
};
