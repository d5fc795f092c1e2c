import type { MetricName } from './metric-names.ts';

/**
 * A metric that the host does not compute as the vendor does: which way is better, and which of ours comes nearest and
 * points the same way, by what is submitted. `isMonotone`: ours orders submissions alike, so nothing is lost.
 */
export type OtherMetric = {
  /** As Kaggle words it, or as people call it. */
  name: string;
  direction: 'maximize' | 'minimize';
  /** Null where none of ours comes near. */
  surrogate: MetricName | null;
  isMonotone: boolean;
  /** Other names, as `normaliseMetricText` writes them; the name itself is one. */
  aliases: readonly string[];
};

/** Aliases are separated by commas. */
type Row = readonly [name: string, surrogate: MetricName | null, aliases: string];

/** Orders submissions as the surrogate does. */
const monotone: readonly Row[] = [['Mean Squared Error', 'rmse', 'mse, mean square error']];

/**
 * Lower is better. The names of Kaggle's own metrics and of those that hosts wrote, as they are shown.
 * Source: the names in Kaggle's public competition lists and evaluation pages, and scikit-learn's, which hosts copy.
 */
const minimized: readonly Row[] = [
  [
    'Weighted Log Loss',
    'log_loss',
    'weighted logarithmic loss, balanced log loss, balanced logarithmic loss',
  ],
  [
    'Weighted Multiclass Log Loss',
    'multiclass_log_loss',
    'weighted multi class log loss, weighted multi class logarithmic loss, weighted multiclass logarithmic loss, weighted multiclass loss',
  ],
  ['Brier Score', 'log_loss', 'brier score loss, brier'],
  ['Kullback Leibler Divergence', 'multiclass_log_loss', 'kl divergence, kl div, jensen shannon divergence'],
  ['Focal Loss', 'log_loss', ''],
  ['Expected Calibration Error', 'log_loss', ''],
  ['Equal Error Rate', 'log_loss', 'eer'],
  ['Weighted Mean Absolute Error', 'mae', 'weighted mae, wmae, weighted absolute error'],
  ['Weighted Absolute Percentage Error', 'mae', 'wape, wmape, weighted mape, mad mean ratio'],
  ['Relative Mean Absolute Error', 'mae', 'relative absolute error'],
  [
    'Mean Absolute Scaled Error',
    'mae',
    'mase, normalized mean absolute error, normalised mean absolute error',
  ],
  ['Median Absolute Error', 'mae', 'median ae'],
  ['Max Error', 'mae', 'maximum error, maximum absolute error'],
  ['Huber Loss', 'mae', 'log cosh, log cosh loss'],
  ['Log Mean Absolute Error', 'mae', 'log mae, mean absolute logarithmic error, group mean log mae'],
  [
    'Pinball Loss',
    'mae',
    'weighted pinball loss, mean pinball loss, quantile loss, weighted scaled pinball loss',
  ],
  ['Winkler Interval Score', 'mae', 'interval score, mean winkler interval score'],
  ['Continuous Ranked Probability Score', 'mae', 'crps, continuously ranked probability score'],
  ['Weighted Root Mean Squared Error', 'rmse', 'weighted rmse, wrmse'],
  [
    'Weighted Root Mean Squared Scaled Error',
    'rmse',
    'wrmsse, root mean squared scaled error, rmsse, normalized root mean squared error, normalised root mean squared error, nrmse',
  ],
  ['Root Mean Square Percentage Error', 'mape', 'rmspe, root mean squared percentage error'],
  [
    'Mean Squared Logarithmic Error',
    'rmsle',
    'msle, mean squared log error, nwrmsle, normalized weighted root mean squared logarithmic error',
  ],
  [
    'Mean Poisson Deviance',
    'rmsle',
    'poisson deviance, mean gamma deviance, gamma deviance, mean tweedie deviance, tweedie deviance',
  ],
  [
    'Mean Euclidean Distance',
    'rmse',
    'euclidean distance, mean haversine distance, haversine distance, mean position error',
  ],
  ['Mean Angular Error', 'mae', 'angular error, mean angular distance'],
  [
    'Hamming Loss',
    null,
    'zero one loss, hinge loss, classification error, misclassification rate, error rate',
  ],
  [
    'Levenshtein Mean',
    null,
    'levenshtein distance, mean levenshtein distance, normalized levenshtein distance, edit distance',
  ],
  ['Word Error Rate', null, 'wer, character error rate, cer, phoneme error rate'],
  ['Hausdorff Distance', null, 'hausdorff, perplexity'],
];

/** Higher is better. Source: as above. */
const maximized: readonly Row[] = [
  [
    'Balanced Accuracy',
    'f1_macro',
    'balanced accuracy score, weighted accuracy, mean per class accuracy, average class accuracy, macro recall, macro averaged recall, weighted macro recall',
  ],
  [
    'Top 5 Accuracy',
    'map_at_k',
    'top k accuracy, top 3 accuracy, top k accuracy score, top 5 categorization accuracy',
  ],
  [
    'Partial AUC',
    'roc_auc',
    'weighted auc, weighted roc auc, weighted area under the curve, partial area under the roc curve, partial area under roc curve, pauc, pauc above 80 tpr, bias auc, generalized mean of bias auc, multi class auc',
  ],
  [
    'American Express Metric',
    'gini',
    'amex metric, normalized gini and default rate captured, gini stability, gini stability metric',
  ],
  ['Kolmogorov Smirnov Statistic', 'roc_auc', 'ks statistic, ks score'],
  [
    'Label Ranking Average Precision',
    'average_precision',
    'label weighted label ranking average precision, lwlrap, lrap, micro average precision, global average precision, google global ap, event based average precision, event detection average precision, padded cmap, macro averaged average precision',
  ],
  [
    'F Beta Score',
    'f1',
    'f beta, fbeta, fbeta score, f2 score, f2, mean f2 score, mean f2, f0 5 score, f 0 5, mean f beta, sample f1, samples f1, sample averaged f1',
  ],
  ['Probabilistic F1', 'average_precision', 'probabilistic f score, pf1'],
  [
    'Jaccard Score',
    'f1',
    'jaccard, jaccard index, jaccard similarity, word level jaccard score, mean jaccard, intersection over union, mean intersection over union, iou, miou',
  ],
  [
    'Dice Coefficient',
    'f1',
    'dice, dice score, mean dice, global dice coefficient, dice 3 dfast, surface dice',
  ],
  ['Linear Weighted Kappa', 'kappa', 'linear kappa, linearly weighted kappa, weighted kappa'],
  ['Modified MCC', 'mcc', 'modified matthews correlation coefficient'],
  [
    'Weighted Pearson Correlation Coefficient',
    'pearson',
    'weighted pearson, weighted correlation, cosine similarity, mean cosine similarity',
  ],
  [
    'Sharpe Ratio',
    'pearson',
    'sharpe, modified sharpe ratio, spread return sharpe ratio, information coefficient',
  ],
  ['Rank Correlation Sharpe', 'spearman', 'rank correlation sharpe ratio'],
  [
    'Concordance Index',
    'spearman',
    'c index, stratified concordance index, harrell s concordance index, kendall tau, kendall s tau, kendall tau correlation',
  ],
  [
    'Weighted R2',
    'r2',
    'weighted r squared, sample weighted zero mean r squared, zero mean r squared, explained variance, explained variance score, d2 absolute error score, d2 tweedie score',
  ],
  [
    'Laplace Log Likelihood',
    'r2',
    'modified laplace log likelihood, gaussian log likelihood, log likelihood',
  ],
  [
    'NDCG',
    'map_at_k',
    'ndcg at k, normalized discounted cumulative gain, normalised discounted cumulative gain, dcg',
  ],
  [
    'Mean Reciprocal Rank',
    'map_at_k',
    'mrr, hit rate, recall at k, recall at 20, precision at k, mean recall at k, r precision',
  ],
  [
    'Object Detection Average Precision',
    null,
    'object detection ap, mean average precision at iou, intersection over union object segmentation, coco map',
  ],
  ['BLEU', null, 'bleu score, rouge, rouge l, chrf, meteor, bertscore, exact match'],
  ['Skill Rating', null, 'elo, elo rating, trueskill, true skill'],
  ['Utility Score', null, 'utility function, weighted utility'],
];

function entry(direction: OtherMetric['direction'], isMonotone: boolean) {
  return ([name, surrogate, aliases]: Row): OtherMetric => {
    return { name, direction, surrogate, isMonotone, aliases: aliases.split(', ').filter(Boolean) };
  };
}

/** Every metric that is known by name and not computed as the vendor does. */
export const otherMetrics: readonly OtherMetric[] = [
  ...monotone.map(entry('minimize', true)),
  ...minimized.map(entry('minimize', false)),
  ...maximized.map(entry('maximize', false)),
];

const lowerWords =
  /\b(loss|error|errors|deviation|deviance|distance|divergence|perplexity|cost|penalty|rmse|mae|mse|rmsle)\b/;
const higherWords =
  /\b(accuracy|auc|auroc|precision|recall|score|correlation|similarity|coefficient|likelihood|gain|kappa|iou|r2|sharpe|profit|return|reward|f1|index|ratio|rating)\b/;

/** Which way a metric of an unknown name probably points, from its words alone (normalised); null where they do not say. */
export function directionFromWords(normalised: string): OtherMetric['direction'] | null {
  if (lowerWords.test(normalised)) return 'minimize';
  return higherWords.test(normalised) ? 'maximize' : null;
}
