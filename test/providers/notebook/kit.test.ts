import { cp, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { combinePredictions, combineRule, hasClassRows } from '../../../src/domain/blend.ts';
import { composeSubmission } from '../../../src/domain/compose-submission.ts';
import type { Decision } from '../../../src/domain/label-decision.ts';
import type { Problem } from '../../../src/domain/problem.ts';
import type { NotebookMember } from '../../../src/providers/notebook/contract.ts';
import { mountInputs, oddProblem, runNotebook, someParts, stagedScript } from '../../support/notebook-kit.ts';
import { findPython } from '../../support/python.ts';

const python = findPython() ?? '';
const lines = (...rows: string[]) => `${rows.join('\n')}\n`;
const ids = (from: number, count: number) => Array.from({ length: count }, (_, row) => from + row);
const trainFile = lines('id,x,y', ...ids(0, 12).map((id) => `${id},${id % 5},${id % 2}`));
const testFile = (count: number) => lines('id,x', ...ids(100, count).map((id) => `${id},1`));
const sampleFile = (count: number) => lines('id,y', ...ids(100, count).map((id) => `${id},0`));
const answersOf = (count: number) => lines('id,y', ...ids(100, count).map((id) => `${id},${id % 2}`));
const submissionOf = ({ working }: { working: string }) => readFile(join(working, 'submission.csv'), 'utf8');
const files = {
  'train.csv': trainFile,
  'test.csv': testFile(6),
  'sample_submission.csv': sampleFile(6),
};

test.skipIf(python === '')(
  "a notebook trains on the agent's folds and predicts the rows of the sample",
  async () => {
    const mounted = await mountInputs(files);

    const { code, output } = await runNotebook(python, someParts(), mounted);

    expect(output).toContain('seed 42 folds [0, 1, 2, 0, 1, 2, 0, 1] of 12 12');
    expect(code).toBe(0);
    expect(await submissionOf(mounted)).toBe(answersOf(6));
  },
);

test.skipIf(python === '')(
  'the rows of a hidden test are predicted although the sample is a stub',
  async () => {
    const mounted = await mountInputs({
      ...files,
      'test.csv': testFile(40),
      'sample_submission.csv': sampleFile(3),
    });

    const { output } = await runNotebook(python, someParts(), mounted);

    expect(output).toContain('sample 40');
    expect(await submissionOf(mounted)).toBe(answersOf(40));
  },
);

test.skipIf(python === '')(
  'rows without a key are numbered, and other rows than expected get folds by a rule',
  async () => {
    const mounted = await mountInputs(files);
    const parts = someParts({ rowKey: '__row', folds: [0, 1, 2], foldCount: 2 });

    const { code, output } = await runNotebook(python, parts, mounted);

    expect(code).toBe(0);
    expect(output).toMatch(/folds \[([01], ){7}[01]\] of 12 12/);
  },
);

test.skipIf(python === '')('models of one notebook are used by another', async () => {
  const members = [{ name: '1-first-way', script: stagedScript, weight: 1, seed: 7 }];
  const fitted = await mountInputs(files);
  const fit = await runNotebook(python, someParts({ members, stage: 'model' }), fitted);
  expect(fit.code).toBe(0);
  const mounted = await mountInputs(files);
  await cp(fitted.working, join(mounted.input, 'ka-model'), { recursive: true });

  const parts = someParts({ members, stage: 'inference', modelNotebook: 'ka-model' });
  const { code, output } = await runNotebook(python, parts, mounted);

  expect(output).toContain('learnt 7');
  expect(code).toBe(0);
  expect(await submissionOf(mounted)).toBe(answersOf(6));
});

const failing: NotebookMember = {
  name: '2-bad',
  script: 'raise ValueError("no such column")',
  weight: 1,
  seed: 1,
};

test.skipIf(python === '')(
  'a script that fails is named, and on the hidden test the others go on without it',
  async () => {
    const parts = someParts({ members: [...someParts().members, failing] });
    const mounted = await mountInputs(files);

    const seen = await runNotebook(python, parts, mounted);
    expect(seen.code).toBe(1);
    expect(seen.output).toContain('::failed 2-bad\n');
    expect(seen.output).toContain('ScriptFailed: The script 2-bad ended with 1: ValueError: no such column');

    const again = await runNotebook(python, parts, await mountInputs(files), {
      KAGGLE_IS_COMPETITION_RERUN: '1',
    });
    expect(again.code).toBe(0);
  },
);

test.skipIf(python === '')('an input that is not attached is told', async () => {
  const { code, output } = await runNotebook(python, someParts(), await mountInputs(files, 'another'));

  expect(code).toBe(1);
  expect(output).toContain('The input odd-or-even is not attached');
});

/** Answers with what it is told, so that the blend is the notebook's own work. */
function telling(columns: readonly string[], rows: readonly (readonly number[])[]): string {
  return [
    'import csv, pathlib, sys',
    'out = pathlib.Path(sys.argv[sys.argv.index("--out") + 1])',
    `rows = ${JSON.stringify(rows)}`,
    'with (out / "test.csv").open("w", newline="") as target:',
    '    writer = csv.writer(target)',
    `    writer.writerow(${JSON.stringify(['id', ...columns])})`,
    '    writer.writerows([100 + place, *row] for place, row in enumerate(rows))',
  ].join('\n');
}

const value: Problem = {
  ...oddProblem,
  task: 'regression',
  predictionKind: 'value',
  metric: 'rmse',
  classes: null,
  predictionColumns: ['y'],
};
const threeClasses: Problem = {
  ...oddProblem,
  task: 'multiclass',
  predictionKind: 'probability',
  metric: 'multiclass_log_loss',
  classes: ['a', 'b', 'c'],
  submissionColumns: ['a', 'b', 'c'],
  predictionColumns: ['a', 'b', 'c'],
};
const cases: [string, Problem, Decision, number[][][]][] = [
  [
    'a mean of values',
    value,
    { kind: 'none' },
    [
      [[1.5], [2], [-3.25]],
      [[0.1], [4], [7]],
    ],
  ],
  [
    'a median',
    { ...value, metric: 'mae' },
    { kind: 'none' },
    [
      [[1], [5], [9]],
      [[2], [4], [9]],
      [[3], [3], [1]],
    ],
  ],
  [
    'ranks',
    { ...value, metric: 'roc_auc', task: 'binary' },
    { kind: 'none' },
    [
      [[0.1], [0.1], [0.9]],
      [[5], [1], [3]],
    ],
  ],
  ['no value below zero', { ...value, metric: 'rmsle' }, { kind: 'none' }, [[[-1], [0.5], [3]]]],
  [
    'rows that sum to one',
    threeClasses,
    { kind: 'none' },
    [
      [
        [0.2, 0.3, 0.4],
        [0, 0, 0],
        [1, 1, 2],
      ],
      [
        [0.5, 0.25, 0.25],
        [0, 0, 0],
        [0, 0.5, 0.5],
      ],
    ],
  ],
  [
    'a threshold',
    { ...oddProblem, metric: 'f1' },
    { kind: 'threshold', threshold: 0.3 },
    [
      [
        [0.7, 0.3],
        [0.8, 0.2],
        [0, 0],
      ],
    ],
  ],
  [
    'the best two',
    { ...threeClasses, predictionKind: 'label', metric: 'map_at_k', metricK: 2, submissionColumns: ['y'] },
    { kind: 'top_k', k: 2 },
    [
      [
        [0.2, 0.2, 0.6],
        [0.5, 0.1, 0.4],
        [0.1, 0.1, 0.1],
      ],
    ],
  ],
];

test.skipIf(python === '').each(cases)(
  'the notebook blends as the agent does: %s',
  async (_, problem, decision, told) => {
    const weights = [0.5, 0.3, 0.2];
    const members = told.map((rows, index) => ({
      name: `m${index}`,
      script: telling(problem.predictionColumns, rows),
      weight: weights[index] ?? 1,
      seed: 1,
    }));
    const columnsOf = (rows: number[][]) =>
      problem.predictionColumns.map((__, place) => Float64Array.from(rows, (row) => row[place] ?? 0));
    const combined = combinePredictions(
      problem,
      told.map((rows, index) => ({ columns: columnsOf(rows), weight: weights[index] ?? 1 })),
    );
    const keys = ids(100, 3).map(String);
    const wanted = composeSubmission(problem, keys, { ids: keys, columns: combined }, decision);
    const mounted = await mountInputs({
      ...files,
      'test.csv': testFile(3),
      'sample_submission.csv': sampleFile(3),
    });

    const { output, code } = await runNotebook(
      python,
      someParts({
        problem,
        members,
        decision,
        rule: combineRule(problem),
        hasClassRows: hasClassRows(problem),
      }),
      mounted,
    );

    expect(output).toContain('submission.csv: 3 rows');
    expect(code).toBe(0);
    const [header = '', ...rows] = (await submissionOf(mounted)).trim().split('\n');
    expect(header.split(',')).toEqual(wanted.header);
    const asNumbers = (cells: readonly string[]) =>
      cells.map((cell) => (Number.isNaN(Number(cell)) ? cell : Number(cell)));
    for (const [place, row] of rows.entries()) {
      const mine = asNumbers(row.split(','));
      const theirs = asNumbers(wanted.rows[place] ?? []);
      expect(mine).toHaveLength(theirs.length);
      for (const [column, cell] of theirs.entries()) {
        if (typeof cell === 'number') expect(mine[column]).toBeCloseTo(cell, 12);
        else expect(mine[column]).toBe(cell);
      }
    }
  },
);
