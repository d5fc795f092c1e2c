import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { scoreColumns } from '../../../src/domain/metrics/score.ts';
import { modelCatalog } from '../../../src/providers/codegen/baseline/models.ts';
import { aProblem } from '../../domain/problems.ts';
import { type Cells, without } from '../../support/competition-data.ts';
import { hostileNames, syntheticRows } from '../../support/synthetic.ts';
import { tempFolder } from '../../support/temp-folder.ts';
import { anApproach, type Case, findPythons, trainFor } from '../../support/train-script.ts';

const slowMs = 180_000;
const everyRecipe = [
  'dates',
  'missing-flags',
  'tokens',
  'groups',
  'keys',
  'target-means',
  'counts',
  'integer-categories',
  'name-sums',
  'text-stats',
];

type Labelled = Record<string, (row: Cells) => string>;

/** Train, gate and test rows whose labels follow from the signal. */
function tables(labels: Labelled, count = 240) {
  const label = (rows: ReturnType<typeof syntheticRows>) =>
    rows.map((row) => ({
      ...without([row], 'signal')[0],
      ...Object.fromEntries(Object.entries(labels).map(([name, of]) => [name, of(row)])),
    }));
  return {
    train: label(syntheticRows(count, 1)) as Cells[],
    gate: label(syntheticRows(40, 2, 1001)) as Cells[],
    test: without(label(syntheticRows(50, 3, 2001)) as Cells[], ...Object.keys(labels)),
  };
}

const isHigh = ({ signal }: Cells) => (Number(signal) > 0 ? '1' : '0');
const hasRed = (row: Cells) => (row[hostileNames.colour] === 'red' ? '1' : '0');
const level = ({ signal }: Cells) =>
  Number(signal) > 0.5 ? 'h"igh' : Number(signal) < -0.5 ? 'lo\\w' : 'mid';
const price = ({ signal }: Cells) => Math.exp(Number(signal)).toFixed(4);

function binaryCase(options: Partial<Case> = {}): Case {
  return {
    problem: aProblem(),
    approach: anApproach({ features: everyRecipe }),
    ...tables({ target: isHigh }),
    ...options,
  };
}

function shareRight(rows: readonly string[][], truth: readonly Cells[]): number {
  const labels = new Map(truth.map((row) => [row.id, row.target]));
  const right = rows
    .slice(1)
    .filter(([id, zero, one]) => labels.get(id) === (Number(one) > Number(zero) ? '1' : '0'));
  return right.length / (rows.length - 1);
}

const pythons = findPythons();
test.skipIf(pythons.length > 0)(
  'no interpreter with pandas and scikit-learn is here, so no script was run',
  () => {},
);

describe.each(pythons)('with %s', (python) => {
  test('a full run answers every row once, in raw text ids, and learns', { timeout: slowMs }, async () => {
    const wanted = binaryCase();

    const run = await trainFor(wanted, { python, folder: await tempFolder() });

    expect(run.oof[0]).toEqual(['id', '0', '1']);
    expect(run.oof.slice(1).map(([id]) => id)).toEqual(wanted.train.map((row) => row.id));
    expect(run.gate?.slice(1).map(([id]) => id)).toEqual(wanted.gate?.map((row) => row.id));
    expect(run.submission.slice(1).map(([id]) => id)).toEqual(wanted.test.map((row) => row.id));
    expect(shareRight(run.oof, wanted.train)).toBeGreaterThan(0.85);
    expect(run.metrics).toMatchObject({ metric: 'accuracy', n_train: 240, debug: false, seed: 1 });
    expect(run.metrics.fold_scores).toHaveLength(3);
    expect(run.meta.models[0]).toMatchObject({ name: 'hist-boosting', weight: 1 });
    expect(run.log).toContain('::progress {"done": 3, "total": 3,');
  });

  test('a debug run writes every file too', { timeout: slowMs }, async () => {
    const run = await trainFor(binaryCase(), { python, folder: await tempFolder(), debug: true });

    expect(run.metrics.debug).toBe(true);
    expect([run.oof.length, run.test.length, run.submission.length]).toEqual([241, 51, 51]);
  });

  test('every classifier of the catalogue trains, texts included', { timeout: slowMs }, async () => {
    const problem = aProblem({ metric: 'f1', modality: 'text', textColumns: ['words'] });
    const kinds = Object.keys(modelCatalog).filter((kind) => !/ridge|lasso|elastic|svr/.test(kind));
    for (const part of [kinds.slice(0, 7), kinds.slice(7)]) {
      const models = part.map((kind) => ({
        kind,
        params: { n_estimators: 20, max_iter: 20, bags: 2, topics: 10 },
      }));
      const approach = anApproach({ features: [...everyRecipe, 'text-topics'], models });

      const run = await trainFor(binaryCase({ problem, approach }), { python, folder: await tempFolder() });

      expect(run.meta.models).toHaveLength(part.length);
      expect(run.submission.slice(1).every(([, label]) => label === '0' || label === '1')).toBe(true);
    }
  });

  test('every regressor trains, and values keep the range of their metric', { timeout: slowMs }, async () => {
    const kinds = [
      'lasso',
      'ridge',
      'elastic-net',
      'svr',
      'kernel-ridge',
      'knn',
      'gradient-boosting',
      'extra-trees',
    ];
    const models = kinds.map((kind) => ({ kind, params: { n_estimators: 20, trim: 6, alpha: 0.1 } }));
    const values = { task: 'regression', metric: 'rmsle', predictionKind: 'value', classes: null } as const;
    const problem = aProblem({ ...values, predictionColumns: ['target'] });
    const approach = anApproach({ features: everyRecipe, models });

    const run = await trainFor(
      { problem, approach, ...tables({ target: price }) },
      { python, folder: await tempFolder() },
    );

    expect(run.meta.models).toHaveLength(kinds.length);
    expect(run.oof.slice(1).every(([, value]) => Number(value) >= 0)).toBe(true);
    expect(Math.max(...run.metrics.fold_scores)).toBeLessThan(0.3);
  });

  test('probabilities of hostile classes come in the order of the columns', { timeout: slowMs }, async () => {
    const classes = ['h"igh', 'lo\\w', 'mid'];
    const columns = classes.map((name) => `p ${name}`);
    const problem = aProblem({
      task: 'multiclass',
      metric: 'multiclass_log_loss',
      predictionKind: 'probability',
      classes,
      submissionColumns: columns,
      predictionColumns: columns,
    });
    const models = [
      { kind: 'logistic', params: {} },
      { kind: 'extra-trees', params: { n_estimators: 20 } },
    ];
    const approach = anApproach({ features: [...everyRecipe, 'stack'], models });

    const data = tables({ target: level });

    const run = await trainFor({ problem, approach, ...data }, { python, folder: await tempFolder() });

    expect(run.submission[0]).toEqual(['id', ...columns]);
    for (const [, ...row] of run.submission.slice(1)) {
      expect(row.reduce((sum, value) => sum + Number(value), 0)).toBeCloseTo(1, 6);
    }
    expect(Math.max(...run.metrics.fold_scores)).toBeLessThan(0.8);
    const second = run.oof.slice(1).filter((_, index) => index % 3 === 1);
    const labels = data.train.filter((_, index) => index % 3 === 1).map((row) => row.target);
    const truth = classes.map((name) => labels.map((label) => (label === name ? '1' : '0')));
    const predicted = classes.map((_, column) => second.map((row) => row[column + 1] ?? ''));
    expect(scoreColumns('multiclass_log_loss', truth, predicted)).toBeCloseTo(
      run.metrics.fold_scores[1] ?? 0,
      9,
    );
  });

  test('several targets have a model and a column each', { timeout: slowMs }, async () => {
    const columns = ['first', 'sec"ond'];
    const problem = aProblem({
      metric: 'roc_auc',
      predictionKind: 'probability',
      targetColumns: columns,
      submissionColumns: columns,
      predictionColumns: columns,
    });
    const data = tables({ first: isHigh, 'sec"ond': hasRed });

    const run = await trainFor(
      { problem, approach: anApproach(), ...data },
      { python, folder: await tempFolder() },
    );

    expect(run.oof[0]).toEqual(['id', ...columns]);
    expect(Math.min(...run.metrics.fold_scores)).toBeGreaterThan(0.9);
    expect(run.meta.models.map((model) => model.name)).toEqual([
      'first: hist-boosting',
      'sec"ond: hist-boosting',
    ]);
  });

  test('labels in ranks are written best first', { timeout: slowMs }, async () => {
    const classes = ['h"igh', 'lo\\w', 'mid'];
    const problem = aProblem({
      task: 'multiclass',
      metric: 'map_at_k',
      metricK: 2,
      classes,
      predictionColumns: classes,
    });

    const run = await trainFor(
      { problem, approach: anApproach(), ...tables({ target: level }) },
      { python, folder: await tempFolder() },
    );

    expect(run.submission.slice(1).every(([, cell]) => cell?.split(' ').length === 2)).toBe(true);
    expect(Math.min(...run.metrics.fold_scores)).toBeGreaterThan(0.7);
  });

  test('LightGBM that cannot load its system library is replaced', { timeout: slowMs }, async () => {
    const folder = await tempFolder();
    const broken = join(folder, 'broken');
    await mkdir(broken);
    await writeFile(
      join(broken, 'lightgbm.py'),
      'raise OSError("libgomp.so.1: cannot open shared object file")\n',
    );
    const models = [{ kind: 'lightgbm', params: { n_estimators: 20 } }];
    const wanted = binaryCase({ approach: anApproach({ models }), lightgbm: true });

    const run = await trainFor(wanted, { python, folder, env: { PYTHONPATH: broken } });

    expect(shareRight(run.oof, wanted.train)).toBeGreaterThan(0.85);
  });

  test('a run without enough time ends itself and still writes valid outputs', {
    timeout: slowMs,
  }, async () => {
    const models = [{ kind: 'gradient-boosting', params: { n_estimators: 200_000 } }];
    const wanted = binaryCase({ approach: anApproach({ models }) });

    const run = await trainFor(wanted, { python, folder: await tempFolder(), limitSeconds: 6 });

    expect(run.log).toMatch(/not enough time at effort 1\.0|no time left for features/);
    expect([run.oof.length, run.test.length, run.submission.length]).toEqual([241, 51, 51]);
  });

  test('labels drawn by lot cannot be predicted: nothing leaks between folds', {
    timeout: slowMs,
  }, async () => {
    const rows = tables({ target: isHigh }, 600);
    // A fixed reshuffle: each row gets the label of a row far away.
    const train = rows.train.map((row, index) => ({
      ...row,
      target: rows.train[(index * 211 + 97) % 600]?.target ?? '0',
    }));
    const problem = aProblem({
      metric: 'roc_auc',
      predictionKind: 'probability',
      predictionColumns: ['target'],
    });
    const models = ['hist-boosting', 'logistic'].map((kind) => ({ kind, params: {} }));
    const approach = anApproach({ features: everyRecipe, models });

    const run = await trainFor({ problem, approach, ...rows, train }, { python, folder: await tempFolder() });

    const mean =
      run.metrics.fold_scores.reduce((sum, score) => sum + score, 0) / run.metrics.fold_scores.length;
    expect(Math.abs(mean - 0.5)).toBeLessThan(0.08);
  });
});
