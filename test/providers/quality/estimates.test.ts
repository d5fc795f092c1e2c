import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { runResultSchema, scriptMetricsSchema } from '../../../src/domain/run-contract.ts';
import {
  estimateMemory,
  estimateSeconds,
  judgeMemory,
  judgeSeconds,
  measureData,
} from '../../../src/providers/codegen/gate/estimates.ts';
import { tempFolder } from '../../support/temp-folder.ts';

const run = (seconds: number, maxMemoryBytes: number | null) =>
  runResultSchema.parse({
    schema: 1,
    job: 'x',
    token: 'x',
    exitClass: 'ok',
    exitCode: 0,
    seconds,
    maxMemoryBytes,
    files: [],
    logTail: '',
  });
const metrics = (train_seconds: number, n_train: number) =>
  scriptMetricsSchema.parse({
    metric: 'rmse',
    fold_scores: [],
    n_train,
    n_valid: 1,
    seed: 1,
    folds_sha256: '',
    train_seconds,
    infer_seconds: 0,
    debug: true,
  });

test('training grows tenfold, what is around it does not', () => {
  expect(estimateSeconds(run(12, null), metrics(10, 1))).toBe(102);
  // a script that says it trained longer than it ran
  expect(estimateSeconds(run(12, null), metrics(100, 1))).toBe(120);
  expect(estimateSeconds(null, metrics(1, 1))).toBeNull();
  expect(judgeSeconds(102, { timeLimitSeconds: 100, keepsTimeLimit: false }).status).toBe('failed');
  expect(judgeSeconds(102, { timeLimitSeconds: 100, keepsTimeLimit: true }).status).toBe('ok');
});

test('memory grows with the rows that a debug run left out, and with no others', () => {
  const size = { csvBytes: 25_000_000, trainRows: 10_000 };

  expect(estimateMemory(run(1, 500_000_000), metrics(1, 10_000), size)).toBe(600_000_000);
  expect(estimateMemory(run(1, 500_000_000), metrics(1, 1_000), size)).toBe(2_760_000_000);
  // one that says it kept next to nothing
  expect(estimateMemory(run(1, 500_000_000), metrics(1, 1), size)).toBe(2_760_000_000);
  expect(estimateMemory(run(1, null), metrics(1, 1), size)).toBeNull();
  expect(judgeMemory(null, {}).status).toBe('skipped');
  expect(judgeMemory(2_760_000_000, { memoryLimitBytes: 2_000_000_000 })).toEqual({
    status: 'failed',
    message: 'A full run would take about 2,760 MB of memory; it may take 2,000 MB.',
  });
});

test('the size of the data is that of its tables, and of its rows with a fold', async () => {
  const folder = await tempFolder();
  await writeFile(join(folder, 'train.csv'), 'id,x\n1,"a\nb"\n2,c\n');
  await writeFile(join(folder, 'folds.csv'), 'id,fold\n1,0\n2,1\n');
  await writeFile(join(folder, 'contract.json'), '{}');

  expect(await measureData(folder)).toEqual({ csvBytes: 33, trainRows: 2 });
});
