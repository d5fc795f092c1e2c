import { z } from 'zod';
import { canonicalLabel } from './cells.ts';
import { BusinessFailure } from './errors.ts';
import type { MetricName } from './metrics/catalog.ts';
import { readLabels } from './metrics/classification.ts';
import { ascendingOrder, at } from './metrics/ranks.ts';
import { type CellColumns, isBetter, type NumberColumns, scoreLabelCounts } from './metrics/score.ts';
import type { Problem } from './problem.ts';

/** How raw predictions become the cells of a submission. */
export const decisionSchema = z.discriminatedUnion('kind', [
  /** Numbers are submitted as they are. */
  z.object({ kind: z.literal('none') }),
  z.object({ kind: z.literal('argmax') }),
  /** The last class where its probability is at least this. */
  z.object({ kind: z.literal('threshold'), threshold: z.number() }),
  /** The most probable classes, best first, separated by spaces. */
  z.object({ kind: z.literal('top_k'), k: z.number().int().positive() }),
]);

export type Decision = z.output<typeof decisionSchema>;

/** Label metrics of two classes whose best threshold is seldom one half. */
const thresholdMetrics: ReadonlySet<MetricName> = new Set<MetricName>([
  'f1',
  'f1_macro',
  'f1_weighted',
  'mcc',
  'kappa',
]);
const GRID_STEPS = 100;
const EVEN_THRESHOLD = 0.5;

/** The decision that needs no tuning. */
export function defaultDecision(problem: Problem): Decision {
  if (problem.predictionKind !== 'label') return { kind: 'none' };
  if (problem.metric === 'map_at_k') return { kind: 'top_k', k: problem.metricK ?? 1 };
  return { kind: 'argmax' };
}

/**
 * Turns class probabilities into labels as train.csv writes them.
 * @param probabilityColumns one column per prediction column: one per class, and with several targets the classes
 * of the first target, then those of the second
 * @returns one column of cells per target
 * @throws decision.no_classes
 */
export function decideLabels(
  problem: Problem,
  probabilityColumns: NumberColumns,
  decision: Decision,
): string[][] {
  const { classes } = problem;
  if (classes === null || probabilityColumns.length !== classes.length * problem.targetColumns.length) {
    throw new BusinessFailure(
      `Labels cannot be decided: ${probabilityColumns.length} columns of probabilities do not match the classes.`,
      { code: 'decision.no_classes' },
    );
  }
  return problem.targetColumns.map((_, target) => {
    const columns = probabilityColumns.slice(target * classes.length, (target + 1) * classes.length);
    return Array.from({ length: columns[0]?.length ?? 0 }, (__, row) =>
      decideRow(classes, columns, row, decision),
    );
  });
}

function decideRow(
  classes: readonly string[],
  columns: NumberColumns,
  row: number,
  decision: Decision,
): string {
  if (decision.kind === 'threshold') {
    const index = positiveShare(columns, row) >= decision.threshold ? classes.length - 1 : 0;
    return classes[index] ?? '';
  }
  if (decision.kind === 'top_k') {
    const order = classes.map((_, index) => index);
    order.sort((a, b) => at(columns[b] ?? [], row) - at(columns[a] ?? [], row) || a - b);
    const best = order.slice(0, decision.k).map((index) => classes[index] ?? '');
    return best.join(' ');
  }
  let best = 0;
  for (let index = 1; index < columns.length; index += 1) {
    if (at(columns[index] ?? [], row) > at(columns[best] ?? [], row)) best = index;
  }
  return classes[best] ?? '';
}

/** Probability of the last of two classes, made to sum to one with the first. */
function positiveShare(columns: NumberColumns, row: number): number {
  const positive = at(columns[1] ?? [], row);
  const total = positive + at(columns[0] ?? [], row);
  return total > 0 ? positive / total : positive;
}

/**
 * Chooses the decision for a problem: for two classes and F1, MCC or kappa the best threshold among the quantiles
 * of the out-of-fold predictions, else the one that needs no tuning.
 * @param truth cells of the target columns
 */
export function tuneDecision(problem: Problem, truth: CellColumns, oof: NumberColumns): Decision {
  const { classes, metric } = problem;
  const isTunable = problem.predictionKind === 'label' && thresholdMetrics.has(metric);
  if (!isTunable || classes?.length !== 2 || problem.targetColumns.length !== 1)
    return defaultDecision(problem);
  const labels = readLabels(truth[0] ?? [], 'truth');
  const shares = Float64Array.from(labels, (_, row) => positiveShare(oof, row));
  return { kind: 'threshold', threshold: tuneThreshold(metric, classes, labels, shares) };
}

/** @param labels in canonical form */
function tuneThreshold(
  metric: MetricName,
  classes: readonly string[],
  labels: readonly string[],
  shares: Float64Array,
): number {
  const [negative = '', positive = ''] = classes.map(canonicalLabel);
  const order = ascendingOrder(shares);
  const sorted = Float64Array.from(order, (row) => at(shares, row));
  // truePositives[i]: positive rows among the rows from the i-th lowest up.
  const truePositives = new Float64Array(order.length + 1);
  for (let index = order.length - 1; index >= 0; index -= 1) {
    const isPositive = labels[order[index] ?? 0] === positive;
    truePositives[index] = at(truePositives, index + 1) + (isPositive ? 1 : 0);
  }
  const total = order.length;
  const positives = at(truePositives, 0);
  const scoreAt = (threshold: number): number => {
    const cut = lowerBound(sorted, threshold);
    const hits = at(truePositives, cut);
    const counts = {
      total,
      classes: [negative, positive],
      truth: [total - positives, positives],
      predicted: [cut, total - cut],
      hits: [cut - (positives - hits), hits],
    };
    return scoreOrNaN(() => scoreLabelCounts(metric, counts, positive));
  };
  return bestThreshold(metric, sorted, scoreAt);
}

function bestThreshold(
  metric: MetricName,
  sorted: Float64Array,
  scoreAt: (threshold: number) => number,
): number {
  const quantiles = Array.from({ length: GRID_STEPS - 1 }, (_, index) =>
    at(sorted, Math.floor(((index + 1) / GRID_STEPS) * (sorted.length - 1))),
  );
  // Nearest to one half first, so that it wins a tie.
  const grid = [EVEN_THRESHOLD, ...quantiles].sort(
    (a, b) => Math.abs(a - EVEN_THRESHOLD) - Math.abs(b - EVEN_THRESHOLD),
  );
  let best = { threshold: EVEN_THRESHOLD, score: Number.NaN };
  for (const threshold of grid) {
    const score = scoreAt(threshold);
    if (isBetter(metric, score, best.score)) best = { threshold, score };
  }
  return best.threshold;
}

function scoreOrNaN(score: () => number): number {
  try {
    return score();
  } catch (error) {
    if (error instanceof BusinessFailure) return Number.NaN;
    throw error;
  }
}

function lowerBound(sorted: Float64Array, value: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (at(sorted, middle) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
