import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { checkOutputs } from '../../../src/providers/codegen/gate/output-format.ts';
import { aGateRequest, gateContract } from '../../support/gate-kit.ts';
import { tempFolder } from '../../support/temp-folder.ts';

const metrics = {
  metric: 'roc_auc',
  fold_scores: [0.5, 0.5],
  n_train: 4,
  n_valid: 4,
  seed: 1,
  folds_sha256: gateContract.foldsSha256,
  train_seconds: 0.02,
  infer_seconds: 0.01,
  debug: true,
};

/** What a run of the gate's small competition should have written. */
const good: Readonly<Record<string, string>> = {
  'oof.csv': 'row,y\n0,0.5\n1,0.5\n2,0.5\n3,0.5\n',
  'gate.csv': 'row,y\n4,0.5\n5,0.5\n',
  'test.csv': 'id,y\ng,0.5\nh,0.5\n',
  'submission.csv': 'id,y\nh,0.5\ng,0.5\n',
  'metrics.json': JSON.stringify(metrics),
  'meta.json': JSON.stringify({ family: 'constant', feature_count: 0, packages: {} }),
};

async function check(changes: Readonly<Record<string, string | null>>) {
  const [{ dataFolder }, outFolder] = await Promise.all([aGateRequest(), tempFolder()]);
  for (const [name, text] of Object.entries({ ...good, ...changes })) {
    if (text !== null) await writeFile(join(outFolder, name), text);
  }
  const signal = AbortSignal.timeout(60_000);
  return await checkOutputs({ contract: gateContract, dataFolder, outFolder, signal });
}

test('outputs in the agreed form have no problem, and what they say of themselves is taken', async () => {
  const found = await check({});

  expect(found.problems).toEqual([]);
  expect(found.metrics).toMatchObject({ train_seconds: 0.02 });
  expect(found.meta).toMatchObject({ family: 'constant', parts: [], params: {} });
});

test.each<[string, Record<string, string | null>]>([
  ['oof.csv: 1 rows are missing, for instance 3.', { 'oof.csv': 'row,y\n0,1\n1,1\n2,1\n' }],
  ['oof.csv: the row 0 is there twice', { 'oof.csv': 'row,y\n0,1\n1,1\n2,1\n3,1\n0,1\n' }],
  ['belongs to no row of the data', { 'oof.csv': `${good['oof.csv']}99,1\n` }],
  ['"nan" where a value belongs', { 'oof.csv': 'row,y\n0,nan\n1,1\n2,1\n3,1\n' }],
  ['"inf" where a value belongs', { 'test.csv': 'id,y\ng,inf\nh,1\n' }],
  ['"" where a value belongs', { 'submission.csv': 'id,y\ng,\nh,1\n' }],
  ['oof.csv: its columns are row, z, and not row, y.', { 'oof.csv': 'row,z\n0,1\n1,1\n2,1\n3,1\n' }],
  ['gate.csv: it is missing.', { 'gate.csv': null }],
  ['oof.csv: it is no well-formed CSV file.', { 'oof.csv': 'row,y\n0,"1\n1,1\n' }],
  ['oof.csv: it is no well-formed CSV file.', { 'oof.csv': `row,y\n0,0.${'0'.repeat(100_001)}\n` }],
  ['own folds', { 'metrics.json': JSON.stringify({ ...metrics, folds_sha256: '0'.repeat(64) }) }],
  ['metrics.json: it is missing or has not', { 'metrics.json': '{"metric": NaN}' }],
  ['meta.json: it is missing or has not the agreed fields', { 'meta.json': '[]' }],
])('outputs are refused with: %s', async (words, changes) => {
  const { problems } = await check(changes);

  expect(problems).toEqual([expect.stringContaining(words)]);
});
