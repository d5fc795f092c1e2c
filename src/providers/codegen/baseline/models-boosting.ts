import {
  countOf,
  fix,
  type ModelContext,
  type ModelWriter,
  type Tuning,
  tune,
  writeCall,
} from './model-code.ts';

const treeFragments = ['core/effort', 'models/tree_columns'];
const pipelineImport = 'from sklearn.pipeline import make_pipeline';

/** Models that add many small trees; each fits what the earlier ones left. */
export const boostingModels = {
  'hist-boosting': (context) => writeHistBoosting(context),
  'bagged-boosting': writeBaggedBoosting,
  'gradient-boosting': writeGradientBoosting,
  lightgbm: writeLightgbm,
} satisfies Record<string, ModelWriter>;

function histName({ isRegression }: ModelContext): string {
  return isRegression ? 'HistGradientBoostingRegressor' : 'HistGradientBoostingClassifier';
}

function histOptions({ isRegression, metric }: ModelContext, tuning: Tuning) {
  return {
    ...(isRegression && metric === 'mae' ? { loss: 'absolute_error' } : {}),
    learning_rate: tuning.number('learning_rate', 0.05),
    max_iter: { code: `scaled(${tuning.count('max_iter', 300).code}, effort)` },
    max_leaf_nodes: tuning.count('max_leaf_nodes', 15),
    min_samples_leaf: tuning.count('min_samples_leaf', 20),
    l2_regularization: tuning.number('l2_regularization', 1),
    early_stopping: false,
    random_state: { code: 'seed' },
  };
}

function writeHistBoosting(context: ModelContext, tuning = tune(context.params)) {
  const name = histName(context);
  const options = {
    categorical_features: { code: 'list(range(len(roles["categories"])))' },
    ...histOptions(context, tuning),
  };
  return {
    view: 'table' as const,
    imports: [`from sklearn.ensemble import ${name}`, pipelineImport],
    fragments: treeFragments,
    summary: 'Gradient boosting on histograms; reads gaps and categories as they are.',
    body: [`model = ${writeCall(name, options)}`, 'return make_pipeline(tree_columns(roles), model)'],
    params: tuning.used,
  };
}

function writeBaggedBoosting(context: ModelContext) {
  const { isRegression } = context;
  const tuning = tune(context.params);
  const name = histName(context);
  const bag = isRegression ? 'BaggingRegressor' : 'BaggingClassifier';
  const options = {
    '': { code: 'booster' },
    n_estimators: { code: `${tuning.count('bags', 8).code} if effort == 1 else 2` },
    max_samples: tuning.number('max_samples', 0.8),
    max_features: tuning.number('max_features', 0.6),
    bootstrap: false,
    random_state: { code: 'seed' },
  };
  return {
    view: 'table' as const,
    imports: [`from sklearn.ensemble import ${bag}, ${name}`, pipelineImport],
    fragments: treeFragments,
    summary: 'Boosted trees, each bag on its own share of rows and columns, averaged.',
    body: [
      `booster = ${writeCall(name, histOptions(context, tuning))}`,
      `model = ${writeCall(bag, options)}`,
      'return make_pipeline(tree_columns(roles), model)',
    ],
    params: tuning.used,
  };
}

function writeGradientBoosting({ isRegression, metric, params }: ModelContext) {
  const tuning = tune(params);
  const name = isRegression ? 'GradientBoostingRegressor' : 'GradientBoostingClassifier';
  const options = {
    ...(isRegression ? { loss: metric === 'mae' ? 'absolute_error' : 'huber' } : {}),
    n_estimators: { code: `scaled(${tuning.count('n_estimators', 400).code}, effort)` },
    learning_rate: tuning.number('learning_rate', 0.05),
    max_depth: tuning.count('max_depth', 4),
    min_samples_leaf: tuning.count('min_samples_leaf', 10),
    subsample: tuning.number('subsample', 0.7),
    max_features: tuning.number('max_features', 0.2),
    random_state: { code: 'seed' },
  };
  return {
    view: 'table' as const,
    imports: [`from sklearn.ensemble import ${name}`, pipelineImport],
    fragments: [...treeFragments, 'models/filled_tree_columns'],
    summary: 'Stochastic gradient boosting: trees see a share of the rows, splits a share of the columns.',
    body: [`model = ${writeCall(name, options)}`, 'return make_pipeline(filled_tree_columns(roles), model)'],
    params: tuning.used,
  };
}

function writeLightgbm(context: ModelContext) {
  const { isRegression, metric, params } = context;
  const tuning = tune(params);
  const name = isRegression ? 'LGBMRegressor' : 'LGBMClassifier';
  const options = {
    ...(isRegression && metric === 'mae' ? { objective: 'regression_l1' } : {}),
    n_estimators: { code: `scaled(${tuning.count('n_estimators', 400).code}, effort)` },
    learning_rate: tuning.number('learning_rate', 0.04),
    num_leaves: tuning.count('num_leaves', 15),
    min_child_samples: tuning.count('min_child_samples', 15),
    subsample: tuning.number('subsample', 0.8),
    subsample_freq: 1,
    colsample_bytree: tuning.number('colsample_bytree', 0.4),
    reg_lambda: tuning.number('reg_lambda', 3),
    n_jobs: { code: 'THREADS' },
    random_state: { code: 'seed' },
    verbosity: -1,
  };
  const standIn = {
    learning_rate: 0.05,
    max_iter: 250,
    max_leaf_nodes: countOf(params, 'num_leaves', 15),
    l2_regularization: 3,
  };
  const fallback = writeHistBoosting(context, fix(standIn));
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
    params: tuning.used,
  };
}
