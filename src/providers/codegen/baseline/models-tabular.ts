import { type ModelContext, type ModelWriter, type Tuning, tune, writeCall } from './model-code.ts';

const pipelineImport = 'from sklearn.pipeline import make_pipeline';
const linearFragments = ['models/linear_columns'];

/** Forests, linear models, kernels and neighbours. */
export const tabularModels = {
  'extra-trees': (context) => writeForest(context, 'ExtraTrees', 'Many trees with random cuts, averaged.'),
  'random-forest': (context) =>
    writeForest(context, 'RandomForest', 'Many trees on resampled rows, averaged.'),
  logistic: writeLogistic,
  ridge: (context) =>
    writeLinear(
      context,
      'Ridge',
      (tuning) => ({ alpha: tuning.number('alpha', 10) }),
      'A linear model with small weights.',
    ),
  lasso: (context) =>
    writeLinear(
      context,
      'Lasso',
      (tuning) => ({ alpha: tuning.number('alpha', 0.001), max_iter: 20_000 }),
      'A linear model that leaves useless columns out.',
    ),
  'elastic-net': (context) =>
    writeLinear(
      context,
      'ElasticNet',
      (tuning) => ({
        alpha: tuning.number('alpha', 0.002),
        l1_ratio: tuning.number('l1_ratio', 0.5),
        max_iter: 20_000,
      }),
      'A linear model between ridge and lasso.',
    ),
  svr: (context) =>
    writeLinear(
      context,
      'SVR',
      (tuning) => ({
        C: tuning.number('C', 1),
        gamma: { code: `${tuning.number('gamma', 0.3).code} / width` },
        epsilon: tuning.number('epsilon', 0.05),
        cache_size: 500,
      }),
      'Support vectors with a smooth kernel: a curved cousin of the linear model.',
    ),
  'kernel-ridge': (context) =>
    writeLinear(
      context,
      'KernelRidge',
      (tuning) => ({
        alpha: tuning.number('alpha', 0.5),
        kernel: 'rbf',
        gamma: { code: `${tuning.number('gamma', 0.1).code} / width` },
      }),
      'Ridge in the space of a smooth kernel.',
    ),
  svc: writeSvc,
  'pca-svc': writeSvc,
  knn: writeNeighbours,
} satisfies Record<string, ModelWriter>;

function writeForest({ isRegression, params }: ModelContext, family: string, summary: string) {
  const tuning = tune(params);
  const name = `${family}${isRegression ? 'Regressor' : 'Classifier'}`;
  const options = {
    n_estimators: { code: `scaled(${tuning.count('n_estimators', 300).code}, effort)` },
    min_samples_leaf: tuning.count('min_samples_leaf', 3),
    max_features: tuning.number('max_features', 0.4),
    n_jobs: { code: 'N_JOBS' },
    random_state: { code: 'seed' },
  };
  return {
    view: 'table' as const,
    imports: [`from sklearn.ensemble import ${name}`, pipelineImport],
    fragments: ['core/effort', 'core/jobs', 'models/tree_columns', 'models/filled_tree_columns'],
    summary,
    body: [`model = ${writeCall(name, options)}`, 'return make_pipeline(filled_tree_columns(roles), model)'],
    params: tuning.used,
  };
}

const modules: Readonly<Record<string, string>> = {
  Ridge: 'linear_model',
  Lasso: 'linear_model',
  ElasticNet: 'linear_model',
  SVR: 'svm',
  KernelRidge: 'kernel_ridge',
};

function writeLinear(
  { params }: ModelContext,
  name: string,
  optionsOf: (tuning: Tuning) => Parameters<typeof writeCall>[1],
  summary: string,
) {
  const tuning = tune(params);
  const options = optionsOf(tuning);
  const trim = params.trim;
  const isKernel = 'gamma' in options;
  return {
    view: 'table' as const,
    imports: [`from sklearn.${modules[name]} import ${name}`, pipelineImport],
    fragments: [...linearFragments, ...(typeof trim === 'number' ? ['models/trim_outliers'] : [])],
    summary,
    body: [
      ...(isKernel ? ['width = max(1, len(roles["numbers"]) + len(roles["categories"]))'] : []),
      `model = ${writeCall(name, options)}`,
      ...(typeof trim === 'number' ? [`model = WithoutOutliers(model, limit=${trim})`] : []),
      'return make_pipeline(linear_columns(roles), model)',
    ],
    params: tuning.used,
  };
}

function writeLogistic({ params }: ModelContext) {
  const tuning = tune(params);
  const options = { C: tuning.number('C', 0.3), max_iter: 2000 };
  return {
    view: 'table' as const,
    imports: ['from sklearn.linear_model import LogisticRegression', pipelineImport],
    fragments: linearFragments,
    summary: 'Logistic regression: a steady, smooth answer.',
    body: [
      `model = ${writeCall('LogisticRegression', options)}`,
      'return make_pipeline(linear_columns(roles), model)',
    ],
    params: tuning.used,
  };
}

function writeSvc({ params }: ModelContext) {
  const tuning = tune(params);
  const options = {
    C: tuning.number('C', 1),
    gamma: params.gamma === 'scale' ? 'scale' : { code: `${tuning.number('gamma', 0.5).code} / width` },
    cache_size: 500,
  };
  const components = params.components;
  const hasPca = typeof components === 'number';
  return {
    view: 'table' as const,
    imports: [
      'from sklearn.calibration import CalibratedClassifierCV',
      'from sklearn.svm import SVC',
      pipelineImport,
      ...(hasPca ? ['from sklearn.decomposition import PCA'] : []),
    ],
    fragments: linearFragments,
    summary: 'Support vectors with a smooth kernel; inner folds turn their margins into probabilities.',
    body: [
      ...(params.gamma === 'scale'
        ? []
        : ['width = max(1, len(roles["numbers"]) + len(roles["categories"]))']),
      `margins = ${writeCall('SVC', options)}`,
      'model = CalibratedClassifierCV(margins, method="sigmoid", cv=3, ensemble=False)',
      hasPca
        ? `return make_pipeline(linear_columns(roles), PCA(${components}, random_state=seed), model)`
        : 'return make_pipeline(linear_columns(roles), model)',
    ],
    params: tuning.used,
  };
}

function writeNeighbours({ isRegression, params }: ModelContext) {
  const tuning = tune(params);
  const name = isRegression ? 'KNeighborsRegressor' : 'KNeighborsClassifier';
  const options = {
    n_neighbors: tuning.count('n_neighbors', 15),
    weights: 'distance',
    n_jobs: { code: 'N_JOBS' },
  };
  return {
    view: 'table' as const,
    imports: [`from sklearn.neighbors import ${name}`, pipelineImport],
    fragments: [...linearFragments, 'core/jobs'],
    summary: 'The nearest rows decide.',
    body: [`model = ${writeCall(name, options)}`, 'return make_pipeline(linear_columns(roles), model)'],
    params: tuning.used,
  };
}
