import { expect, test } from 'vitest';
import { metricFromText, metricNames, metricSpec } from '../../../src/domain/metrics/catalog.ts';

test('every metric is found by its own name and by the name that Kaggle shows', () => {
  for (const metric of metricNames) {
    expect(metricFromText(metric)?.metric, metric).toBe(metric);
    expect(metricFromText(metricSpec(metric).displayName)?.metric, metric).toBe(metric);
    for (const alias of metricSpec(metric).aliases) expect(metricFromText(alias)?.metric, alias).toBe(metric);
  }
});

test.each([
  ['MAP@3', 'map_at_k', 3],
  ['MAP@{K}', 'map_at_k', null],
  ['Mean Average Precision @ 5', 'map_at_k', 5],
  ['Mean Average Precision @ 3 (MAP@3)', 'map_at_k', 3],
  ['Mean columnwise AUC', 'roc_auc', null],
  ['mean column-wise ROC AUC', 'roc_auc', null],
  ['RocAucScore', 'roc_auc', null],
  ['Area Under Receiver Operating Characteristic Curve', 'roc_auc', null],
  ['Macro F1 score', 'f1_macro', null],
  ['F1-Score (Macro)', 'f1_macro', null],
  ['RMSE of log', 'rmse_log', null],
  [
    'Root-Mean-Squared-Error (RMSE) between the logarithm of the predicted value and the logarithm of the sales price',
    'rmse_log',
    null,
  ],
  ['Root Mean Squared Logarithmic Error', 'rmsle', null],
  ['RMSLE', 'rmsle', null],
  ['MCRMSE', 'rmse', null],
  ['MulticlassLoss', 'multiclass_log_loss', null],
  ['Multi Class Log Loss', 'multiclass_log_loss', null],
  ['LogLoss', 'log_loss', null],
  ['Categorization Accuracy', 'accuracy', null],
  ['Quadratic Weighted Kappa', 'quadratic_kappa', null],
  ['R²', 'r2', null],
  ['Normalized Gini Coefficient', 'gini', null],
  ['Symmetric Mean Absolute Percentage Error', 'smape', null],
  ['Mean F-Score', 'f1', null],
  [
    '<p>Submissions are evaluated on <b>area under the ROC curve</b> between the predicted probability and the target.</p>',
    'roc_auc',
    null,
  ],
  [
    'Your score is the percentage of passengers you correctly predict. This is known as accuracy.',
    'accuracy',
    null,
  ],
])('%s is read as %s', (text, metric, k) => {
  expect(metricFromText(text)).toEqual({ metric, k });
});

test.each([
  '',
  'Balanced Accuracy',
  'Weighted Mean Absolute Error',
  'Weighted Multi Class Logarithmic Loss',
  'Dice',
  'Levenshtein distance',
  'Concordance Index',
  'inaccuracy',
])('%j is no metric of ours', (text) => {
  expect(metricFromText(text)).toBeNull();
});
