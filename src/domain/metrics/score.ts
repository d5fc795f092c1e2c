import { canonicalLabel } from '../cells.ts';
import { type MetricName, metricSpec } from './catalog.ts';
import {
  accuracy,
  cohenKappa,
  countLabels,
  f1Binary,
  f1Macro,
  f1Weighted,
  type LabelCounts,
  matthews,
  quadraticKappa,
  readLabels,
} from './classification.ts';
import { pearson, spearmanOfColumns } from './correlation.ts';
import { invalidPrediction, undefinedMetric } from './failures.ts';
import { logLoss, multiclassLogLoss } from './log-loss.ts';
import { averagePrecision, gini, meanAveragePrecision, rocAuc } from './ranking.ts';
import {
  mape,
  meanAbsoluteError,
  type NumericMetric,
  r2,
  rmse,
  rmseOfLogs,
  rmsle,
  smape,
} from './regression.ts';
import { readBinaryTruth, readNumbers, requireFinite } from './truth.ts';

/** Columns of cells as text, aligned row by row. */
export type CellColumns = readonly (readonly string[])[];
export type NumberColumns = readonly Float64Array[];

export type ScoreOptions = {
  /** K of MAP@K; needed for that metric alone. */
  k?: number | null | undefined;
  /** The positive class; without it class `1`, else the last one that occurs. */
  positiveClass?: string | undefined;
};

/** Scores many predictions against one truth, which is read once. */
export type Scorer = {
  /** Scores cells as a submission holds them. */
  scoreCells(predicted: CellColumns): number;
  /** Scores numbers; for metrics of probabilities and values. */
  scoreNumbers(predicted: NumberColumns): number;
};

/** Far beyond any unit of a target, and its square is still a number. */
const LARGEST_SCORE = 1e100;

/** Digits of a score as Kaggle shows it. */
const SCORE_DIGITS = 5;

const valueMetrics: Partial<Record<MetricName, NumericMetric>> = {
  rmse,
  rmsle,
  rmse_log: rmseOfLogs,
  mae: meanAbsoluteError,
  mape,
  smape,
  r2,
  pearson,
  spearman: spearmanOfColumns,
  quadratic_kappa: quadraticKappa,
};

const binaryMetrics: Partial<Record<MetricName, NumericMetric>> = {
  roc_auc: rocAuc,
  gini,
  average_precision: averagePrecision,
  log_loss: logLoss,
};

const labelMetrics: Partial<Record<MetricName, (counts: LabelCounts, positiveClass?: string) => number>> = {
  accuracy,
  f1_micro: accuracy,
  f1: f1Binary,
  f1_macro: f1Macro,
  f1_weighted: f1Weighted,
  kappa: cohenKappa,
  mcc: matthews,
};

/**
 * Scores a prediction. One truth column per submission column: several columns of class probabilities need
 * one-hot truth, label metrics one column of labels, MAP@K one label against labels separated by spaces.
 * With several targets the score is the mean over columns, where the metric is one per column.
 * @throws metric.invalid_prediction, metric.undefined
 */
export function scoreColumns(
  metric: MetricName,
  truth: CellColumns,
  predicted: CellColumns,
  options: ScoreOptions = {},
): number {
  return createScorer(metric, truth, options).scoreCells(predicted);
}

/**
 * Reads a truth once and scores any number of predictions against it.
 * @throws metric.undefined
 */
export function createScorer(metric: MetricName, truth: CellColumns, options: ScoreOptions = {}): Scorer {
  const rows = truth[0]?.length ?? 0;
  if (rows === 0) throw undefinedMetric('There are no rows to score.');
  if (truth.some((column) => column.length !== rows)) {
    throw undefinedMetric('The columns of the truth differ in length.');
  }
  const scorer = scorerOf(metric, truth, options);
  return {
    scoreCells(predicted) {
      checkShape(predicted, truth.length, rows);
      return requireScore(scorer.scoreCells(predicted));
    },
    scoreNumbers(predicted) {
      checkShape(predicted, truth.length, rows);
      return requireScore(scorer.scoreNumbers(predicted.map(requireFinite)));
    },
  };
}

/** A model that diverged: finite numbers whose squares are not, or whose score nobody could sum up with others. */
function requireScore(score: number): number {
  if (Math.abs(score) < LARGEST_SCORE) return score;
  throw invalidPrediction('The predictions are so far from the truth that the metric has no finite value.');
}

function checkShape(predicted: readonly ArrayLike<unknown>[], columns: number, rows: number): void {
  if (predicted.length !== columns) {
    throw invalidPrediction(`The prediction has ${predicted.length} columns where ${columns} are expected.`);
  }
  const odd = predicted.find((column) => column.length !== rows);
  if (odd) throw invalidPrediction(`The prediction has ${odd.length} rows where ${rows} are expected.`);
}

function scorerOf(metric: MetricName, truth: CellColumns, options: ScoreOptions): Scorer {
  const positiveClass =
    options.positiveClass === undefined ? undefined : canonicalLabel(options.positiveClass);
  if (metric === 'map_at_k') return rankedLabelScorer(truth, options.k ?? null);
  const labelMetric = labelMetrics[metric];
  if (labelMetric) return labelScorer(truth, (counts) => labelMetric(counts, positiveClass));
  const valueMetric = valueMetrics[metric];
  if (valueMetric) {
    return numericScorer(
      truth.map((column) => readNumbers(column, 'truth')),
      eachColumn(valueMetric),
    );
  }
  const binary = truth.map((column) => readBinaryTruth(column, positiveClass));
  if (!metricSpec(metric).perColumn && binary.length > 1) return numericScorer(binary, multiclassLogLoss);
  return numericScorer(binary, eachColumn(binaryMetrics[metric] ?? logLoss));
}

function eachColumn(score: NumericMetric) {
  return (truth: NumberColumns, predicted: NumberColumns): number =>
    mean(truth.map((column, index) => score(column, predicted[index] ?? new Float64Array())));
}

/**
 * Scores a label metric from counts alone, so that many thresholds are cheap to try.
 * @throws metric.undefined also where the metric is not made of counts
 */
export function scoreLabelCounts(metric: MetricName, counts: LabelCounts, positiveClass?: string): number {
  const labelMetric = labelMetrics[metric];
  if (!labelMetric) throw undefinedMetric(`${metricSpec(metric).displayName} is not made of label counts.`);
  return labelMetric(counts, positiveClass === undefined ? undefined : canonicalLabel(positiveClass));
}

function numericScorer(
  truth: NumberColumns,
  score: (truth: NumberColumns, predicted: NumberColumns) => number,
): Scorer {
  return {
    scoreCells: (predicted) =>
      score(
        truth,
        predicted.map((column) => readNumbers(column, 'prediction')),
      ),
    scoreNumbers: (predicted) => score(truth, predicted),
  };
}

function labelScorer(truth: CellColumns, score: (counts: LabelCounts) => number): Scorer {
  const labels = truth.map((column) => readLabels(column, 'truth'));
  const scoreCells = (predicted: CellColumns): number =>
    mean(
      labels.map((column, index) =>
        score(countLabels(column, readLabels(predicted[index] ?? [], 'prediction'))),
      ),
    );
  return {
    scoreCells,
    scoreNumbers: (predicted) => scoreCells(predicted.map((column) => Array.from(column, String))),
  };
}

function rankedLabelScorer(truth: CellColumns, k: number | null): Scorer {
  if (k === null || !(k >= 1)) throw undefinedMetric('MAP@K is not defined because nobody said what K is.');
  const labels = truth.map((column) => readLabels(column, 'truth'));
  const split = (cell: string) => cell.trim().split(/\s+/).map(canonicalLabel);
  const scoreCells = (predicted: CellColumns): number =>
    mean(labels.map((column, index) => meanAveragePrecision(column, (predicted[index] ?? []).map(split), k)));
  return {
    scoreCells,
    scoreNumbers: (predicted) => scoreCells(predicted.map((column) => Array.from(column, String))),
  };
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** True when score `a` is strictly better than `b`; NaN is worse than every score. */
export function isBetter(metric: MetricName, a: number, b: number): boolean {
  return scoreGain(metric, b, a) > 0 || (Number.isNaN(b) && !Number.isNaN(a));
}

/** How much better `to` is than `from`, positive when better whatever the metric's direction. */
export function scoreGain(metric: MetricName, from: number, to: number): number {
  return metricSpec(metric).direction === 'maximize' ? to - from : from - to;
}

/** A score for people: five decimals, as on Kaggle's leaderboards; a dash where there is none. */
export function formatScore(score: number): string {
  if (!Number.isFinite(score)) return '–';
  const text = score.toFixed(SCORE_DIGITS);
  return Number(text) === 0 ? (0).toFixed(SCORE_DIGITS) : text;
}
