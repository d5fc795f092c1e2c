import { BusinessFailure } from '../../../domain/errors.ts';
import type { Problem } from '../../../domain/problem.ts';

/** Which pieces of Python turn predictions into files and scores for one problem. */
export type Layout = {
  fragments: string[];
  /** Columns that a model answers for one target. */
  outputs: number;
  isRegression: boolean;
  /** Position in `classes` of the class that F1 and thresholds look at. */
  positive: number;
  needsPositive: boolean;
};

const rankingMetrics = new Set(['roc_auc', 'gini', 'average_precision']);
const thresholdMetrics = new Set(['f1', 'mcc']);
const logMetrics: Readonly<Record<string, string>> = {
  rmse_log: 'core/scale_log',
  rmsle: 'core/scale_log1p',
};
const absoluteMetrics = new Set(['mae', 'mape', 'smape']);

/**
 * Chooses how predictions are scored, decided and written.
 * @throws BusinessFailure `codegen.unsupported_layout` where the columns do not fit the targets
 */
export function planLayout(problem: Problem): Layout {
  return problem.task === 'regression' ? planValues(problem) : planClasses(problem);
}

function planValues(problem: Problem): Layout {
  const targets = problem.targetColumns.length;
  if (problem.predictionColumns.length !== targets || problem.submissionColumns.length !== targets) {
    throw unsupported(problem);
  }
  return {
    fragments: [
      logMetrics[problem.metric] ?? 'core/scale_none',
      'core/encode_values',
      'core/fit_values',
      absoluteMetrics.has(problem.metric) ? 'core/loss_absolute' : 'core/loss_squared',
      'decide/natural_values',
      'decide/value',
      'decide/columns_value',
    ],
    outputs: 1,
    isRegression: true,
    positive: 0,
    needsPositive: false,
  };
}

function planClasses(problem: Problem): Layout {
  const classes = problem.classes ?? [];
  const targets = problem.targetColumns.length;
  const perTarget = problem.predictionColumns.length / targets;
  if (perTarget !== classes.length && !(perTarget === 1 && classes.length === 2)) throw unsupported(problem);
  const one = classes.indexOf('1');
  const decide = decideFragment(problem, perTarget);
  const ranks = rankingMetrics.has(problem.metric) && classes.length === 2;
  return {
    fragments: [
      'core/encode_classes',
      'core/fit_classes',
      ranks ? 'core/loss_ranking' : 'core/loss_classes',
      'decide/natural_codes',
      decide,
      perTarget === 1 ? 'decide/columns_positive' : 'decide/columns_all',
    ],
    outputs: classes.length,
    isRegression: false,
    positive: one >= 0 ? one : classes.length - 1,
    needsPositive: problem.metric === 'f1' || decide === 'decide/threshold',
  };
}

function decideFragment(problem: Problem, perTarget: number): string {
  if (problem.predictionKind === 'label') {
    if (problem.metric === 'map_at_k') return 'decide/top_k';
    return thresholdMetrics.has(problem.metric) && problem.classes?.length === 2
      ? 'decide/threshold'
      : 'decide/argmax';
  }
  return perTarget === 1 ? 'decide/positive' : 'decide/distribution';
}

function unsupported(problem: Problem): BusinessFailure {
  return new BusinessFailure(
    `The baseline generator cannot fill ${problem.predictionColumns.length} prediction columns from ` +
      `${problem.targetColumns.length} targets of ${problem.slug}; an approach of another generator is needed.`,
    { code: 'codegen.unsupported_layout' },
  );
}
