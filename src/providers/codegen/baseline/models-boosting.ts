import { countOf, type ModelContext, type ModelWriter, numberOf, writeCall } from './model-code.ts';

const treeFragments = ['core/effort', 'models/tree_columns'];
const pipelineImport = 'from sklearn.pipeline import make_pipeline';

/** Models that add many small trees; each fits what the earlier ones left. */
export const boostingModels = {
  'hist-boosting': writeHistBoosting,
  'bagged-boosting': writeBaggedBoosting,
  'gradient-boosting': writeGradientBoosting,
  lightgbm: writeLightgbm,
} satisfies Record<string, ModelWriter>;

function histName({ isRegression }: ModelContext): string {
  return isRegression ? 'HistGradientBoostingRegressor' : 'HistGradientBoostingClassifier';
}

function histOptions({ isRegression, metric, params }: ModelContext) {
  return {
    ...(isRegression && metric === 'mae' ? { loss: 'absolute_error' } : {}),
    learning_rate: numberOf(params, 'learning_rate', 0.05),
    max_iter: { code: `scaled(${countOf(params, 'max_iter', 300)}, effort)` },
    max_leaf_nodes: countOf(params, 'max_leaf_nodes', 15),
    min_samples_leaf: countOf(params, 'min_samples_leaf', 20),
    l2_regularization: numberOf(params, 'l2_regularization', 1),
    early_stopping: false,
    random_state: { code: 'seed' },
  };
}

function writeHistBoosting(context: ModelContext) {
  const name = histName(context);
  const options = {
    categorical_features: { code: 'list(range(len(roles["categories"])))' },
    ...histOptions(context),
  };
  return {
    view: 'table' as const,
    imports: [`from sklearn.ensemble import ${name}`, pipelineImport],
    fragments: treeFragments,
    summary: 'Gradient boosting on histograms; reads gaps and categories as they are.',
    body: [`model = ${writeCall(name, options)}`, 'return make_pipeline(tree_columns(roles), model)'],
  };
}

function writeBaggedBoosting(context: ModelContext) {
  const { params, isRegression } = context;
  const name = histName(context);
  const bag = isRegression ? 'BaggingRegressor' : 'BaggingClassifier';
  const options = {
    '': { code: 'booster' },
    n_estimators: { code: `${countOf(params, 'bags', 8)} if effort == 1 else 2` },
    max_samples: numberOf(params, 'max_samples', 0.8),
    max_features: numberOf(params, 'max_features', 0.6),
    bootstrap: false,
    random_state: { code: 'seed' },
  };
  return {
    view: 'table' as const,
    imports: [`from sklearn.ensemble import ${bag}, ${name}`, pipelineImport],
    fragments: treeFragments,
    summary: 'Boosted trees, each bag on its own share of rows and columns, averaged.',
    body: [
      `booster = ${writeCall(name, histOptions(context))}`,
      `model = ${writeCall(bag, options)}`,
      'return make_pipeline(tree_columns(roles), model)',
    ],
  };
}

function writeGradientBoosting({ isRegression, metric, params }: ModelContext) {
  const name = isRegression ? 'GradientBoostingRegressor' : 'GradientBoostingClassifier';
  const options = {
    ...(isRegression ? { loss: metric === 'mae' ? 'absolute_error' : 'huber' } : {}),
    n_estimators: { code: `scaled(${countOf(params, 'n_estimators', 400)}, effort)` },
    learning_rate: numberOf(params, 'learning_rate', 0.05),
    max_depth: countOf(params, 'max_depth', 4),
    min_samples_leaf: countOf(params, 'min_samples_leaf', 10),
    subsample: numberOf(params, 'subsample', 0.7),
    max_features: numberOf(params, 'max_features', 0.2),
    random_state: { code: 'seed' },
  };
  return {
    view: 'table' as const,
    imports: [`from sklearn.ensemble import ${name}`, pipelineImport],
    fragments: [...treeFragments, 'models/filled_tree_columns'],
    summary: 'Stochastic gradient boosting: trees see a share of the rows, splits a share of the columns.',
    body: [`model = ${writeCall(name, options)}`, 'return make_pipeline(filled_tree_columns(roles), model)'],
  };
}

function writeLightgbm(context: ModelContext) {
  const { isRegression, metric, params } = context;
  const name = isRegression ? 'LGBMRegressor' : 'LGBMClassifier';
  const options = {
    ...(isRegression && metric === 'mae' ? { objective: 'regression_l1' } : {}),
    n_estimators: { code: `scaled(${countOf(params, 'n_estimators', 400)}, effort)` },
    learning_rate: numberOf(params, 'learning_rate', 0.04),
    num_leaves: countOf(params, 'num_leaves', 15),
    min_child_samples: countOf(params, 'min_child_samples', 15),
    subsample: numberOf(params, 'subsample', 0.8),
    subsample_freq: 1,
    colsample_bytree: numberOf(params, 'colsample_bytree', 0.4),
    reg_lambda: numberOf(params, 'reg_lambda', 3),
    n_jobs: { code: 'THREADS' },
    random_state: { code: 'seed' },
    verbosity: -1,
  };
  const fallback = writeHistBoosting({
    ...context,
    params: {
      learning_rate: 0.05,
      max_iter: 250,
      max_leaf_nodes: countOf(params, 'num_leaves', 15),
      l2_regularization: 3,
    },
  });
  return {
    view: 'table' as const,
    imports: fallback.imports,
    fragments: [...treeFragments, 'models/lightgbm_import', 'core/jobs'],
    summary: 'LightGBM with strong sampling of rows and columns; where it is missing, the histogram booster.',
    body: [
      'if lightgbm is None:',
      ...fallback.body
        .join('\n')
        .split('\n')
        .map((line) => `    ${line}`),
      `model = ${writeCall(`lightgbm.${name}`, options)}`,
      'return make_pipeline(tree_columns(roles), model)',
    ],
  };
}
