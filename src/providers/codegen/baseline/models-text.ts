import { type ModelCode, type ModelContext, type ModelWriter, tune, writeCall } from './model-code.ts';

/** Linear models on sparse views of texts. */
export const textModels = {
  'text-logistic': writeTextLogistic,
  'text-nb': writeNaiveBayesLogistic,
  'text-svc': writeTextSvc,
  'text-ridge': writeTextRidge,
  'complement-nb': writeComplementNb,
} satisfies Record<string, ModelWriter>;

function viewOf({ params }: ModelContext): ModelCode['view'] {
  const view = params.view;
  return view === 'words' || view === 'chars' ? view : 'text';
}

function writeTextLogistic(context: ModelContext): ModelCode {
  const tuning = tune(context.params);
  const solver = context.classCount === 2 ? { solver: 'liblinear' } : {};
  const options = { C: tuning.number('C', 2), max_iter: 1000, ...solver };
  return {
    view: viewOf(context),
    imports: ['from sklearn.linear_model import LogisticRegression'],
    fragments: [],
    summary: 'Logistic regression on the words: strong on short texts.',
    body: [`return ${writeCall('LogisticRegression', options)}`],
    params: tuning.used,
  };
}

function writeNaiveBayesLogistic(context: ModelContext): ModelCode {
  const tuning = tune(context.params);
  return {
    view: viewOf(context),
    imports: [],
    fragments: ['models/nb_logistic'],
    summary: 'Logistic regression on words that are weighted by their class ratio (NB-SVM).',
    body: [`return ${writeCall('NaiveBayesLogistic', { C: tuning.number('C', 1) })}`],
    params: tuning.used,
  };
}

function writeTextSvc(context: ModelContext): ModelCode {
  const tuning = tune(context.params);
  const options = { C: tuning.number('C', 0.3) };
  return {
    view: viewOf(context),
    imports: ['from sklearn.calibration import CalibratedClassifierCV', 'from sklearn.svm import LinearSVC'],
    fragments: [],
    summary: 'Linear support vectors; inner folds turn their margins into probabilities.',
    body: [
      `model = ${writeCall('LinearSVC', options)}`,
      'return CalibratedClassifierCV(model, method="sigmoid", cv=3, ensemble=False)',
    ],
    params: tuning.used,
  };
}

function writeTextRidge(context: ModelContext): ModelCode {
  const tuning = tune(context.params);
  return {
    view: viewOf(context),
    imports: ['from sklearn.linear_model import Ridge'],
    fragments: [],
    summary: 'Ridge on the words.',
    body: [`return ${writeCall('Ridge', { alpha: tuning.number('alpha', 2), solver: 'sparse_cg' })}`],
    params: tuning.used,
  };
}

function writeComplementNb(context: ModelContext): ModelCode {
  const tuning = tune(context.params);
  return {
    view: viewOf(context),
    imports: ['from sklearn.naive_bayes import ComplementNB'],
    fragments: [],
    summary: 'Naive Bayes: quick, and wrong in other places than the linear models.',
    body: [`return ${writeCall('ComplementNB', { alpha: tuning.number('alpha', 0.5) })}`],
    params: tuning.used,
  };
}
