import { type Case, type Model, model } from './case.ts';

/** Kernels compare each row with each other: too slow beyond this. */
const mostKernelRows = { regression: 8000, classes: 4000 };

type Pace = { slow?: boolean };

/** Boosted trees for engineered columns. */
export function boostingModels(facts: Case, { slow = false }: Pace = {}): Model[] {
  if (!facts.hasLightgbm) return withoutLightgbm(facts, slow);
  if (facts.isLarge) return [lightgbm(facts, slow)];
  return [lightgbm(facts, slow), ...(facts.isSmall ? [histogram(facts, slow)] : []), stochastic(facts, slow)];
}

/** The same for few, raw columns: less sampling of columns, a little deeper. */
export function plainBoostingModels(facts: Case, { slow = false }: Pace = {}): Model[] {
  if (!facts.hasLightgbm) return withoutLightgbm(facts, slow).toReversed();
  const [first] = boostingModels(facts, { slow });
  const wider = { num_leaves: facts.isSmall ? 10 : 12, colsample_bytree: 0.3 };
  return [
    ...(first === undefined ? [] : [{ ...first, params: { ...first.params, ...wider } }]),
    ...(facts.isLarge || slow ? [] : [stochastic(facts, slow)]),
  ];
}

function lightgbm({ isRegression, isSmall, isLarge, classCount }: Case, slow: boolean): Model {
  const trees = isRegression ? 600 : isSmall ? 150 : isLarge ? 800 : classCount > 2 ? 300 : 350;
  const rate = isRegression ? 0.03 : 0.04;
  return model('lightgbm', {
    n_estimators: slow ? Math.round(trees * 1.6) : trees,
    learning_rate: slow ? rate / 1.6 : rate,
    num_leaves: isLarge ? 48 : 8,
    min_child_samples: isSmall ? 15 : 30,
    colsample_bytree: isSmall ? 0.2 : 0.35,
    reg_lambda: isSmall ? 3 : 1,
    ...(slow ? { seeds: isLarge ? 1 : 3 } : {}),
  });
}

function stochastic({ isRegression, isSmall, isLarge }: Case, slow: boolean): Model {
  if (isLarge) return model('hist-boosting', { max_iter: slow ? 600 : 300, max_leaf_nodes: 31 });
  const trees = isRegression ? 300 : isSmall ? 120 : 150;
  const rate = isRegression ? 0.045 : isSmall ? 0.05 : 0.07;
  return model('gradient-boosting', {
    n_estimators: slow ? Math.round(trees * 1.5) : trees,
    learning_rate: slow ? rate / 1.5 : rate,
    max_depth: isRegression || !isSmall ? 4 : 3,
    max_features: isRegression && isSmall ? 0.12 : 0.2,
    min_samples_leaf: 10,
  });
}

function withoutLightgbm(facts: Case, slow: boolean): Model[] {
  return facts.isLarge ? [histogram(facts, slow)] : [stochastic(facts, slow), histogram(facts, slow)];
}

/** Boosting that reads categories and gaps natively. */
export function histogram(facts: Case, slow = false): Model {
  const { isRegression, isSmall, isLarge } = facts;
  const iterations = isRegression ? 300 : isSmall ? 120 : 150;
  return model('hist-boosting', {
    max_iter: slow ? Math.round(iterations * 1.5) : iterations,
    learning_rate: slow ? 0.04 : isRegression ? 0.06 : 0.05,
    max_leaf_nodes: isLarge ? 31 : isSmall ? 6 : 10,
    min_samples_leaf: isSmall ? 10 : 40,
    l2_regularization: 5,
  });
}

/** Linear models and kernels; on many rows the linear ones alone. */
export function smoothModels(facts: Case, { strong = false }: { strong?: boolean } = {}): Model[] {
  const useKernels = facts.rows <= mostKernelRows[facts.isRegression ? 'regression' : 'classes'];
  return facts.isRegression ? smoothValues(facts, strong, useKernels) : smoothClasses(strong, useKernels);
}

function smoothValues({ rows }: Case, strong: boolean, useKernels: boolean): Model[] {
  // Rows that a plain ridge misses by far are mistakes more often than information; only training rows are dropped.
  const trim = rows >= 500 ? { trim: strong ? 4.5 : 6 } : {};
  const penalised = strong
    ? model('elastic-net', { alpha: 0.004, l1_ratio: 0.5, ...trim })
    : model('lasso', { alpha: 0.002, ...trim });
  return [
    penalised,
    model('ridge', { alpha: strong ? 60 : 20, ...trim }),
    ...(useKernels
      ? [model('svr', strong ? { C: 1, gamma: 0.15, epsilon: 0.08 } : { C: 3, gamma: 0.1, epsilon: 0.05 })]
      : []),
  ];
}

function smoothClasses(strong: boolean, useKernels: boolean): Model[] {
  return [
    model('logistic', { C: strong ? 0.05 : 0.2 }),
    ...(useKernels ? [model('svc', { C: 1, gamma: strong ? 0.25 : 0.5 })] : []),
  ];
}

/** Averaged deep trees. */
export function forestModels({ isRegression, isSmall, rows }: Case): Model[] {
  const trees = rows > 20_000 ? 120 : 150;
  const leaf = isRegression ? 2 : isSmall ? 3 : 5;
  return [
    model('extra-trees', { n_estimators: trees, min_samples_leaf: leaf, max_features: 0.4 }),
    model('random-forest', { n_estimators: trees, min_samples_leaf: leaf, max_features: 0.3 }),
  ];
}
