import { expect, test } from 'vitest';
import { scriptPartSchema } from '../../../src/domain/run-contract.ts';
import { aProblem } from '../../domain/problems.ts';
import type { Cells } from '../../support/competition-data.ts';
import { without } from '../../support/competition-data.ts';
import { findPython } from '../../support/python.ts';
import { syntheticRows } from '../../support/synthetic.ts';
import { tempFolder } from '../../support/temp-folder.ts';
import { anApproach, type Case, generateFor, trainFor } from '../../support/train-script.ts';

const python = findPython() ?? '';
/** Each run imports scikit-learn anew, which takes long on a busy machine. */
const slow = { timeout: 180_000 };
const runTest = test.skipIf(python === '');
const labelled = (count: number, seed: number, first?: number): Cells[] =>
  syntheticRows(count, seed, first).map(({ signal, ...row }) => ({
    ...row,
    target: Number(signal) > 0 ? '1' : '0',
  }));

const aCase: Case = {
  problem: aProblem(),
  approach: anApproach({
    features: ['counts', 'groups', 'keys', 'target-means'],
    models: [
      { kind: 'hist-boosting', params: { max_iter: 20 } },
      { kind: 'logistic', params: { C: 0.1 } },
    ],
  }),
  train: labelled(160, 1),
  test: without(labelled(20, 3, 2001), 'target'),
};

const parts = [
  'features:counts',
  'features:groups',
  'features:target-means',
  'model:hist-boosting',
  'model:logistic',
  'features:numbers',
  'features:categories',
];

runTest('a script names its parts and its hyper-parameters, and does without each part', slow, async () => {
  const whole = await trainFor(aCase, { python, folder: await tempFolder() });

  expect(whole.meta.parts).toEqual(parts);
  expect(whole.meta.params).toMatchObject({
    'hist-boosting': { max_iter: 20, seeds: 1 },
    logistic: { C: 0.1, seeds: 1 },
  });
  const lesser = async (part: string) =>
    await trainFor(aCase, { python, folder: await tempFolder(), without: part });
  const noModel = await lesser('model:logistic');
  expect(noModel.meta.models.map(({ name }) => name)).toEqual(['hist-boosting']);
  const noCounts = await lesser('features:counts');
  expect(noCounts.meta.feature_count).toBeLessThan(whole.meta.feature_count);
});

test('the name of a part cannot be taken for an option of a command line', () => {
  expect(scriptPartSchema.safeParse('features:counts').success).toBe(true);
  for (const name of ['--out', '-x', '', 'a b', 'a\nb', 'x'.repeat(81)]) {
    expect(scriptPartSchema.safeParse(name).success).toBe(false);
  }
});

runTest('a part that the script does not have is an error', slow, async () => {
  const folder = await tempFolder();

  await expect(trainFor(aCase, { python, folder, without: 'model:forest' })).rejects.toThrow(
    'invalid choice',
  );
});

runTest(
  'params.json beside the data replaces hyper-parameters, and an unknown one is an error',
  slow,
  async () => {
    const params = { 'hist-boosting': { max_iter: 12, learning_rate: 0.2, seeds: 2 } };

    const run = await trainFor(aCase, { python, folder: await tempFolder(), params });

    expect(run.meta.params).toMatchObject({ ...params, logistic: { C: 0.1 } });
    const unknown = { logistic: { depth: 3 } };
    const folder = await tempFolder();
    await expect(trainFor(aCase, { python, folder, params: unknown })).rejects.toThrow(
      'params.json: logistic has no hyper-parameter depth.',
    );
  },
);

test('a script of one model and one recipe has no parts', async () => {
  const single = anApproach({ features: [], models: [{ kind: 'text-nb', params: {} }] });
  const problem = aProblem({ modality: 'text', textColumns: ['words'] });

  const { script } = await generateFor({ ...aCase, problem, approach: single });

  expect(script).toContain('PARTS = ["features:word-ngrams", "features:char-ngrams"]');
});
