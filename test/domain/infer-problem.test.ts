import { expect, test } from 'vitest';
import { BusinessFailure } from '../../src/domain/errors.ts';
import { inferProblem } from '../../src/domain/infer-problem.ts';
import type { InferenceInput } from '../../src/domain/inference/findings.ts';
import { problemSchema } from '../../src/domain/problem.ts';
import type { ColumnProfile } from '../../src/domain/profile.ts';
import { aColumn, aFile } from './profiles.ts';

type Changes = Partial<Omit<InferenceInput, 'train' | 'test' | 'sample'>> & {
  /** Columns of both files beside the id. */
  features?: ColumnProfile[];
  targets?: ColumnProfile[];
  sample?: string[];
  firstRow?: string[];
};

const label = aColumn('target', { distinct: 2, top: [{ value: '0', count: 60 }] });

/** A binary competition scored by accuracy; a test names only what it is about. */
function anInput(changes: Changes = {}): InferenceInput {
  const {
    features = [aColumn('x')],
    targets = [label],
    sample = ['id', 'target'],
    firstRow = ['1', '0'],
    ...rest
  } = changes;
  return {
    slug: 'some-competition',
    title: 'Some competition',
    metricText: 'Categorization Accuracy',
    pageText: '',
    train: aFile('train.csv', [aColumn('id'), ...features, ...targets]),
    test: aFile('test.csv', [aColumn('id'), ...features]),
    sample: { columns: sample, firstRows: [firstRow] },
    targetValues: { target: ['1', '0'] },
    ...rest,
  };
}

const infer = (changes: Changes = {}) => inferProblem(anInput(changes));

function failure(changes: Changes): { code: string; message: string } {
  try {
    infer(changes);
  } catch (error) {
    if (error instanceof BusinessFailure) return { code: error.code, message: error.message };
    throw error;
  }
  return { code: 'none', message: '' };
}

test('the column that only train and the sample have is the target, the first sample column the id', () => {
  const { problem, confidence, evidence } = infer();

  expect(problemSchema.parse(problem)).toEqual(problem);
  expect(problem).toMatchObject({
    idColumn: 'id',
    targetColumns: ['target'],
    task: 'binary',
    classes: ['0', '1'],
    predictionKind: 'label',
    predictionColumns: ['0', '1'],
    modality: 'tabular',
  });
  expect(confidence).toBe(1);
  expect(evidence.join(' ')).toContain('The target is target');
});

test('a metric decides between a probability, a label and a value', () => {
  expect(infer({ metricText: 'Roc Auc Score' }).problem).toMatchObject({
    predictionKind: 'probability',
    predictionColumns: ['target'],
    classes: ['0', '1'],
  });
  expect(infer({ metricText: 'RMSE' }).problem).toMatchObject({
    predictionKind: 'value',
    task: 'regression',
    classes: null,
  });
});

test.each([
  [
    ['id', 'Status_C', 'Status_CL', 'Status_D'],
    ['D', 'C', 'CL'],
    ['C', 'CL', 'D'],
  ],
  [
    ['id', 'EAP', 'HPL', 'MWS'],
    ['MWS', 'EAP', 'HPL'],
    ['EAP', 'HPL', 'MWS'],
  ],
  [
    ['id', 'Class_1', 'Class_2', 'Class_3'],
    ['1', '2', '3'],
    ['1', '2', '3'],
  ],
  [
    ['id', 'p_low_score', 'p_mid_score', 'p_high_score'],
    ['high', 'low', 'mid'],
    ['low', 'mid', 'high'],
  ],
  [
    ['id', 'prob_New_York', 'prob_Rome'],
    ['Rome', 'New York'],
    ['New York', 'Rome'],
  ],
])('the sample columns %j are the classes of the one target', (sample, values, expected) => {
  const { problem } = infer({
    metricText: 'Multi Class Log Loss',
    targets: [aColumn('Status', { kind: 'categorical' })],
    sample,
    targetValues: { Status: values },
  });

  expect(problem).toMatchObject({
    targetColumns: ['Status'],
    classes: expected,
    submissionColumns: sample.slice(1),
    predictionColumns: sample.slice(1),
    metric: 'multiclass_log_loss',
  });
});

test('log loss and F1 become the variant that fits the classes', () => {
  const targets = [aColumn('Status', { kind: 'categorical' })];
  const classes = { targets, targetValues: { Status: ['a', 'b', 'c'] } };

  expect(infer({ ...classes, metricText: 'Log Loss', sample: ['id', 'a', 'b', 'c'] }).problem.metric).toBe(
    'multiclass_log_loss',
  );
  expect(infer({ metricText: 'Multi Class Log Loss' }).problem.metric).toBe('log_loss');
  const f1 = infer({ ...classes, metricText: 'F1 Score', sample: ['id', 'Status'] });
  expect(f1.problem.metric).toBe('f1_macro');
  expect(f1.confidence).toBeLessThan(0.9);
});

test('a single sample column by another name is the one target, with less confidence', () => {
  const { problem, confidence } = infer({ sample: ['id', 'Prediction'] });

  expect(problem).toMatchObject({ targetColumns: ['target'], submissionColumns: ['Prediction'] });
  expect(confidence).toBeLessThan(0.9);
});

test('several targets are found together', () => {
  const targets = ['a', 'b'].map((name) => aColumn(name, { distinct: 2 }));
  const values = { a: ['0', '1'], b: ['0', '1'] };
  const multi = infer({
    targets,
    sample: ['id', 'a', 'b'],
    targetValues: values,
    metricText: 'Mean columnwise AUC',
  });

  expect(multi.problem).toMatchObject({
    metric: 'roc_auc',
    targetColumns: ['a', 'b'],
    predictionColumns: ['a', 'b'],
  });
  expect(
    infer({ targets, sample: ['id', 'a', 'b'], targetValues: values }).problem.predictionColumns,
  ).toEqual(['a__0', 'a__1', 'b__0', 'b__1']);
});

test('a target that test has without a single value is a target', () => {
  const input = anInput();
  const blank = aColumn('target', { kind: 'constant', missing: 100, distinct: 0 });

  expect(
    inferProblem({ ...input, test: aFile('test.csv', [...input.test.columns, blank]) }).problem.targetColumns,
  ).toEqual(['target']);
});

test('the metric is read from the evaluation page where the competition names none', () => {
  const fromPage = infer({ metricText: '', pageText: 'Submissions are scored on area under the ROC curve.' });
  const prices = infer({
    metricText: 'Root Mean Squared Error',
    pageText:
      'RMSE between the logarithm of the predicted value and the logarithm of the observed sales price.',
  });

  expect(fromPage.problem.metric).toBe('roc_auc');
  expect(fromPage.confidence).toBeLessThan(0.9);
  expect(prices.problem.metric).toBe('rmse_log');
});

test('K is taken from the name, the page or the sample', () => {
  const targets = [aColumn('target', { kind: 'categorical' })];
  const values = { targets, targetValues: { target: ['a', 'b', 'c', 'd'] } };

  expect(infer({ ...values, metricText: 'MAP@5' }).problem.metricK).toBe(5);
  expect(
    infer({ ...values, metricText: 'MAP@{K}', pageText: 'Mean Average Precision @ 3 (MAP@3)' }).problem
      .metricK,
  ).toBe(3);
  expect(infer({ ...values, metricText: 'MAP@{K}', firstRow: ['1', 'a b'] }).problem.metricK).toBe(2);
  expect(failure({ ...values, metricText: 'MAP@{K}', firstRow: ['1', 'a'] }).code).toBe(
    'problem.metric_k_unknown',
  );
});

test('two classes of which neither is plainly positive lower the confidence', () => {
  const values = (...target: string[]) => ({ metricText: 'Roc Auc Score', targetValues: { target } });

  expect(infer(values('No', 'Yes'))).toMatchObject({ confidence: 1, problem: { classes: ['No', 'Yes'] } });
  expect(infer(values('g', 'h')).confidence).toBeLessThan(1);
});

test('a long text that decides nearly alone makes a text problem, beside many columns it does not', () => {
  const text = aColumn('text', { kind: 'text', meanLength: 100, distinct: 90 });
  const many = ['a', 'b', 'c', 'd', 'e', 'f'].map((name) => aColumn(name));

  expect(infer({ features: [text, aColumn('keyword')] }).problem).toMatchObject({
    modality: 'text',
    textColumns: ['text'],
  });
  expect(infer({ features: [text, ...many] }).problem).toMatchObject({
    modality: 'tabular',
    textColumns: ['text'],
  });
  expect(
    infer({ features: [aColumn('name', { kind: 'text', meanLength: 25 })] }).problem.textColumns,
  ).toEqual([]);
});

test('a repeated column that names patients groups the rows, unless train and test share them', () => {
  const input = anInput();
  const withPatients = (trainTop: string, testTop: string) => {
    const column = (value: string) =>
      aColumn('patient_id', { kind: 'categorical', distinct: 20, top: [{ value, count: 9 }] });
    return inferProblem({
      ...input,
      train: aFile('train.csv', [...input.train.columns, column(trainTop)]),
      test: aFile('test.csv', [...input.test.columns, column(testTop)]),
    });
  };

  expect(withPatients('p1', 'p900').problem.groupColumn).toBe('patient_id');
  const shared = withPatients('p1', 'p1');
  expect(shared.problem.groupColumn).toBeNull();
  expect(shared.evidence.join(' ')).toContain('train and test share them');
  expect(infer({ features: [aColumn('patient_age', { distinct: 50 })] }).problem.groupColumn).toBeNull();
});

test('a date after whose last day in train the test begins orders the rows by time', () => {
  const input = anInput();
  const day = (text: string) => Date.parse(text);
  const dated = (testFrom: number | null, top: string[] = []) => {
    const column = (min: number | null, max: number | null, values: string[]) =>
      aColumn('date', { kind: 'datetime', min, max, top: values.map((value) => ({ value, count: 1 })) });
    const trainMax = testFrom === null ? null : day('2020-12-31');
    const trainTop = ['2020-01-01', '2020-02-01', '2020-03-01', '2020-04-01', '2020-05-01'];
    return inferProblem({
      ...input,
      train: aFile('train.csv', [...input.train.columns, column(null, trainMax, trainTop)]),
      test: aFile('test.csv', [...input.test.columns, column(testFrom, null, top)]),
    }).problem.timeColumn;
  };

  expect(dated(day('2021-01-01'))).toBe('date');
  expect(dated(day('2020-06-01'))).toBeNull();
  expect(dated(null, ['2021-01-01', '2021-01-02', '2021-01-03', '2021-01-04', '2021-01-05'])).toBe('date');
  expect(dated(null, ['2020-01-07', '2021-01-02', '2021-01-03', '2021-01-04', '2021-01-05'])).toBeNull();
  expect(dated(null)).toBeNull();
});

test.each<[string, Changes, string]>([
  ['problem.metric_unknown', { metricText: 'House Special' }, '"House Special" is not known'],
  ['problem.metric_unknown', { metricText: '', pageText: 'The best model wins.' }, 'names no metric'],
  ['problem.target_missing', { targets: [] }, 'no target to learn from'],
  ['problem.sample_mismatch', { sample: ['id'] }, 'an id and at least one prediction'],
  ['problem.sample_mismatch', { sample: ['id', 'p', 'q', 'r'] }, 'say which column is the target'],
  ['problem.sample_mismatch', { sample: ['id', 'target', 'x'] }, 'x is also in test.csv'],
  ['problem.target_single_class', { targetValues: { target: ['1'] } }, 'nothing to tell apart'],
  [
    'problem.target_not_numeric',
    { metricText: 'RMSE', targetValues: { target: ['1', 'high'] } },
    'needs numbers',
  ],
  [
    'problem.sample_mismatch',
    { metricText: 'Roc Auc Score', targetValues: { target: ['a', 'b', 'c'] } },
    '3 classes',
  ],
  [
    'problem.classes_unknown',
    { targetValues: { target: Array.from({ length: 2000 }, (_, index) => `${index}`) } },
    'too many to be classes',
  ],
])('%s is told in a sentence', (code, changes, words) => {
  const { code: thrown, message } = failure(changes);

  expect(thrown).toBe(code);
  expect(message).toContain(words);
  expect(message).toMatch(/^[A-Z"].*\.$/s);
});
