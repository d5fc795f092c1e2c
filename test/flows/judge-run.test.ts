import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Context } from '../../src/context.ts';
import type { Problem } from '../../src/domain/problem.ts';
import type { RunResult } from '../../src/domain/run-contract.ts';
import { judgeRun } from '../../src/flows/gpu/judge-run.ts';
import { prepareFolds, readTruth, type Truth } from '../../src/flows/research/prepare-folds.ts';
import { readContract } from '../../src/flows/support/job-data.ts';
import { getTrainingJob, type TrainingJob } from '../../src/state/training.ts';
import { aTrainingJob } from '../support/builders.ts';
import { aContext } from '../support/context.ts';
import { freshState } from '../support/database.ts';
import { sha256Of } from '../support/in-process-compute.ts';
import { metricsOf } from '../support/practice-world.ts';
import { tempFolder } from '../support/temp-folder.ts';

const slug = 'a-competition';
const prefix = 'runs/one';
const token = 3;

const regression: Problem = {
  slug,
  title: 'A competition',
  modality: 'tabular',
  task: 'regression',
  metric: 'rmse',
  metricK: null,
  predictionKind: 'value',
  idColumn: 'id',
  targetColumns: ['y'],
  submissionColumns: ['y'],
  classes: null,
  predictionColumns: ['y'],
  textColumns: [],
  groupColumn: null,
  timeColumn: null,
};
const labels: Problem = {
  ...regression,
  task: 'binary',
  metric: 'accuracy',
  predictionKind: 'label',
  classes: ['no', 'yes'],
  predictionColumns: ['no', 'yes'],
};

type Prepared = { ctx: Context; job: TrainingJob; truth: Truth; foldsSha256: string; problem: Problem };

async function prepared(problem: Problem, rows: number, label: (row: number) => string): Promise<Prepared> {
  const { state, pool } = await freshState();
  const ctx = await aContext({ state });
  const folder = await tempFolder();
  const write = async (name: string, text: string) => {
    await writeFile(join(folder, name), text);
    return { name, path: join(folder, name), sizeBytes: text.length };
  };
  const lines = Array.from({ length: rows }, (_, row) => `${row},${row % 5},${label(row)}`);
  const files = {
    train: await write('train.csv', `id,x,y\n${lines.join('\n')}\n`),
    test: await write('test.csv', 'id,x\n1,1\n'),
    sample: await write('sample_submission.csv', 'id,y\n1,0\n'),
  };
  await prepareFolds(ctx, { slug, problem, files, folder });
  const { jobId } = await aTrainingJob({ state, pool });
  const row = await getTrainingJob(state, jobId);
  if (row === null) throw new Error('the job is gone');
  const job = { ...row, objectPrefix: prefix, token };
  const truth = await readTruth(ctx, slug, 0);
  return { ctx, job, truth, problem, foldsSha256: (await readContract(ctx, slug, 0)).foldsSha256 };
}

/** Stores what a run wrote, and says of it what its runner would. */
async function store(ctx: Context, files: Record<string, string>): Promise<RunResult> {
  for (const [name, text] of Object.entries(files))
    await ctx.objects.put(`${prefix}/${token}/${name}`, Buffer.from(text));
  return {
    schema: 1,
    job: 'x',
    token: String(token),
    exitClass: 'ok',
    exitCode: 0,
    message: '',
    seconds: 1,
    maxMemoryBytes: null,
    isolation: { network: false, processes: false, files: false },
    resumedFrom: null,
    metrics: [],
    files: Object.entries(files).map(([name, text]) => ({
      name,
      sizeBytes: Buffer.byteLength(text),
      sha256: sha256Of(text),
    })),
    logTail: '',
  };
}

/** oof.csv or gate.csv: a line for each row of the part, last row first, since order means nothing. */
function predictionsOf(
  { truth, problem }: Prepared,
  isGate: boolean,
  predict: (row: number, fold: number) => readonly (number | string)[],
): string {
  const lines = truth.keys.flatMap((key, row) => {
    const fold = truth.fold[row] ?? 0;
    return fold < 0 === isGate ? [[key, ...predict(row, fold)].join(',')] : [];
  });
  return [['id', ...problem.predictionColumns].join(','), ...lines.reverse(), ''].join('\n');
}

const metrics = (run: Prepared, changes = {}) => JSON.stringify(metricsOf(run, changes));
const judge = (run: Prepared, result: RunResult) => judgeRun(run.ctx, slug, run.problem, run.job, result);

test('the score is worked out from the out-of-fold and gate files, fold by fold', async () => {
  const run = await prepared(regression, 5_200, (row) => `${row % 7}`);
  // Off by 1, 2 and 3 in the three folds, by 4 at the gate: each is its own root mean square.
  const result = await store(run.ctx, {
    'oof.csv': predictionsOf(run, false, (row, fold) => [(row % 7) + (row % 2 ? 1 : -1) * (fold + 1)]),
    'gate.csv': predictionsOf(run, true, (row) => [(row % 7) + (row % 2 ? 4 : -4)]),
    'metrics.json': metrics(run, { fold_scores: [0, 0, 0] }),
  });

  const scores = await judge(run, result);

  expect(scores.folds).toEqual([1, 2, 3].map((score) => expect.closeTo(score, 10)));
  expect(scores).toMatchObject({
    cv: expect.closeTo(2, 10),
    cvSd: expect.closeTo(1, 10),
    gate: expect.closeTo(4, 10),
  });
});

test('labels are decided from the probabilities, as the submission would', async () => {
  const run = await prepared(labels, 60, (row) => (row % 2 ? 'yes' : 'no'));
  const wrong = [1, 2, 4];
  const seen = [0, 0, 0];
  const result = await store(run.ctx, {
    'oof.csv': predictionsOf(run, false, (row, fold) => {
      seen[fold] = (seen[fold] ?? 0) + 1;
      const isRight = (seen[fold] ?? 0) > (wrong[fold] ?? 0);
      const chance = (row % 2 === 1) === isRight ? 0.7 : 0.2;
      return [1 - chance, chance];
    }),
    'metrics.json': metrics(run),
  });

  const scores = await judge(run, result);

  // 20 rows a fold, of which 1, 2 and 4 are wrong
  expect(scores.folds).toEqual([0.95, 0.9, 0.8].map((score) => expect.closeTo(score, 10)));
  expect(scores.gate).toBeNull();
});

const small = () => prepared(regression, 30, (row) => `${row % 7}`);
const perfect = (run: Prepared) => predictionsOf(run, false, (row) => [row % 7]);

test.each([
  [
    'on other folds',
    { 'metrics.json': (run: Prepared) => metrics({ ...run, foldsSha256: '0'.repeat(64) }) },
    'run.wrong_folds',
  ],
  ['in debug', { 'metrics.json': (run: Prepared) => metrics(run, { debug: true }) }, 'run.debug'],
  ['without its numbers', { 'metrics.json': () => '{}' }, 'run.debug'],
  [
    'without a row',
    { 'oof.csv': (run: Prepared) => perfect(run).split('\n').toSpliced(5, 1).join('\n') },
    'run.bad_predictions',
  ],
  ['with a row twice', { 'oof.csv': (run: Prepared) => `${perfect(run)}3,3\n` }, 'run.bad_predictions'],
  [
    'with a row of another table',
    { 'oof.csv': (run: Prepared) => perfect(run).replace('\n3,', '\n333,') },
    'run.bad_predictions',
  ],
  [
    'with no number in a row',
    { 'oof.csv': (run: Prepared) => perfect(run).replace('\n3,3', '\n3,NaN') },
    'run.bad_predictions',
  ],
  [
    'with infinity in a row',
    { 'oof.csv': (run: Prepared) => perfect(run).replace('\n3,3', '\n3,inf') },
    'run.bad_predictions',
  ],
  [
    'with 1e309 in a row',
    { 'oof.csv': (run: Prepared) => perfect(run).replace('\n3,3', '\n3,1e309') },
    'run.bad_predictions',
  ],
  [
    'without the column',
    { 'oof.csv': (run: Prepared) => perfect(run).replace('id,y', 'id,z') },
    'csv.missing_column',
  ],
  ['with a broken table', { 'oof.csv': (run: Prepared) => `${perfect(run)}1,2,3,4\n` }, 'csv.malformed'],
  ['with an empty table', { 'oof.csv': () => '' }, 'csv.empty'],
])('a run %s does not count', async (_what, changes: Record<string, (run: Prepared) => string>, code) => {
  const run = await small();
  const changed = Object.fromEntries(Object.entries(changes).map(([name, write]) => [name, write(run)]));
  const result = await store(run.ctx, { 'oof.csv': perfect(run), 'metrics.json': metrics(run), ...changed });

  await expect(judge(run, result)).rejects.toMatchObject({ kind: 'business', code });
});

test('a file that is not the one that the runner uploaded does not count', async () => {
  const run = await small();
  const result = await store(run.ctx, { 'oof.csv': perfect(run), 'metrics.json': metrics(run) });
  await run.ctx.objects.put(`${prefix}/${token}/oof.csv`, Buffer.from(`${perfect(run)}\n`));

  await expect(judge(run, result)).rejects.toMatchObject({
    code: 'run.file_differs',
    details: { file: 'oof.csv' },
  });

  await run.ctx.objects.remove(`${prefix}/${token}/oof.csv`);
  await expect(judge(run, result)).rejects.toMatchObject({ code: 'run.file_differs' });
});

test('metrics.json that is no JSON does not count either', async () => {
  const run = await small();
  const result = await store(run.ctx, { 'oof.csv': perfect(run), 'metrics.json': 'loss: 0.3' });

  await expect(judge(run, result)).rejects.toMatchObject({ kind: 'business', code: 'run.debug' });
});
