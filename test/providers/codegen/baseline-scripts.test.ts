import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import type { Approach } from '../../../src/domain/approach.ts';
import type { Problem } from '../../../src/domain/problem.ts';
import { createBaselineGenerator } from '../../../src/providers/codegen/baseline/baseline-generator.ts';
import { generatedCodeSchema } from '../../../src/providers/codegen/contract.ts';
import { aProblem } from '../../domain/problems.ts';
import { type Cells, profileOf, without } from '../../support/competition-data.ts';
import { findPython } from '../../support/python.ts';
import { syntheticRows } from '../../support/synthetic.ts';
import { anApproach, generateFor } from '../../support/train-script.ts';

const python = findPython();
const rows: Cells[] = syntheticRows(100, 1).map(({ signal, ...row }) => ({
  ...row,
  target: Number(signal) > 0 ? '1' : '0',
}));
const values: Partial<Problem> = {
  task: 'regression',
  predictionKind: 'value',
  classes: null,
  predictionColumns: ['target'],
};
const text: Partial<Problem> = { modality: 'text', metric: 'f1', textColumns: ['words'] };
const everything = [
  'dates',
  'missing-flags',
  'tokens',
  'groups',
  'keys',
  'target-means',
  'counts',
  'text-stats',
  'text-topics',
];

function generate(problem: Partial<Problem>, approach: Partial<Approach>, lightgbm = false) {
  const wanted = {
    problem: aProblem(problem),
    approach: anApproach(approach),
    train: rows,
    test: without(rows, 'target'),
  };
  return generateFor({ ...wanted, lightgbm });
}

const models = (...kinds: string[]) => kinds.map((kind) => ({ kind, params: {} }));

const variety: [name: string, problem: Partial<Problem>, approach: Partial<Approach>][] = [
  [
    'boosting',
    {},
    { features: everything, models: models('lightgbm', 'gradient-boosting', 'bagged-boosting') },
  ],
  [
    'regression',
    { ...values, metric: 'rmse_log' },
    { features: everything, models: models('lasso', 'svr', 'lightgbm') },
  ],
  [
    'absolute errors',
    { ...values, metric: 'mae' },
    { features: [], models: models('hist-boosting', 'lightgbm') },
  ],
  [
    'text',
    text,
    { features: everything, models: models('text-logistic', 'text-nb', 'text-svc', 'extra-trees') },
  ],
  ['text without a table', text, { features: [], models: models('complement-nb') }],
  ['stacking', { metric: 'mcc' }, { features: ['stack'], models: models('svc', 'knn', 'logistic') }],
];

test.each(variety)(
  '%s: the code is checked, compiled and free of findings by ruff',
  async (_, problem, approach) => {
    const code = await generate(problem, approach, true);

    expect(generatedCodeSchema.parse(code)).toEqual(code);
    expect(Math.max(...code.script.split('\n').map((line) => [...line].length))).toBeLessThanOrEqual(110);
    if (python === null) return;
    const compileIt = 'import sys; compile(sys.stdin.buffer.read(), "train.py", "exec")';
    execFileSync(python, ['-c', compileIt], { input: code.script });
    const flags = ['check', '--isolated', '--line-length', '110', '--extend-select', 'E501', '-'];
    if (hasRuff(python)) execFileSync(python, ['-m', 'ruff', ...flags], { input: code.script });
  },
);

function hasRuff(python: string): boolean {
  try {
    execFileSync(python, ['-m', 'ruff', '--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

test('a script holds only what its approach needs', async () => {
  const plain = await generate({}, { features: [], models: models('logistic') });
  const rich = await generate({}, { features: everything, models: models('hist-boosting') });

  expect(plain.script).not.toMatch(/TargetMeans|HistGradientBoosting|TfidfVectorizer|add_tokens/);
  expect(rich.script).toMatch(/TargetMeans/);
  expect(rich.script).toMatch(/add_tokens/);
});

test('the same request gives the same script', async () => {
  expect(await generate({}, { features: everything })).toEqual(await generate({}, { features: everything }));
});

test('LightGBM is asked for only where it is installed', async () => {
  const wanted = { models: models('lightgbm') };

  const here = await generate({}, wanted, true);
  const elsewhere = await generate({}, wanted, false);

  expect(here.requirements).toContain('lightgbm>=4,<5');
  expect(here.script).toContain('except (ImportError, OSError)');
  expect(elsewhere.requirements).not.toContain('lightgbm');
  expect(elsewhere.script).not.toContain('import lightgbm');
});

test('an approach without any model that fits is refused', async () => {
  await expect(generate({}, { models: models('lasso', 'transformer') })).rejects.toMatchObject({
    kind: 'business',
    code: 'codegen.no_model',
  });
});

test('models that do not fit are named in the notes', async () => {
  const { notes } = await generate({}, { models: models('lasso', 'logistic', 'text-svc') });

  expect(notes).toContain('Models this generator could not use here: lasso, text-svc.');
});

test('prediction columns that do not fit the targets are refused', async () => {
  await expect(generate({ predictionColumns: ['a', 'b', 'c'] }, {})).rejects.toMatchObject({
    code: 'codegen.unsupported_layout',
  });
});

test('an aborted signal stops the generation', async () => {
  const signal = AbortSignal.abort(new Error('stopped'));
  const request = {
    problem: aProblem(),
    profile: profileOf(rows, rows),
    approach: anApproach(),
    environment: { cores: 1, memoryBytes: 1e9, lightgbm: false, pythonVersion: null, sklearnVersion: null },
    timeBudgetSeconds: 10,
    seed: 1,
  };

  await expect(createBaselineGenerator().generate(request, { signal })).rejects.toThrow();
});
