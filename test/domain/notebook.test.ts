import { expect, test } from 'vitest';
import {
  failedMembers,
  partsFitFromPredict,
  readNotebookRules,
  wantsGpu,
} from '../../src/domain/notebook.ts';

const usual = { cpuSeconds: 32_400, gpuSeconds: 32_400, fileName: 'submission.csv' };

test.each([
  ['', usual],
  ['Nothing about notebooks.', usual],
  [
    '<ul><li>CPU Notebook &lt;= 9 hours run-time</li><li>GPU Notebook &lt;= 9 hours run-time</li></ul>',
    usual,
  ],
  [
    '* CPU Notebook <= 5 hours run-time\n* GPU Notebook ≤ 2 hours run-time\n* Internet access disabled',
    { ...usual, cpuSeconds: 18_000, gpuSeconds: 7_200 },
  ],
  ['Your GPU Notebook must finish in 30 minutes.', { ...usual, gpuSeconds: 1_800 }],
  ['Submission file must be named **submission.parquet**.', { ...usual, fileName: 'submission.parquet' }],
  // what no competition means is not believed
  ['CPU Notebook <= 900 hours run-time', usual],
])('the limits of a notebook are read from the pages: %j', (text, rules) => {
  expect(readNotebookRules(text)).toEqual(rules);
});

test('only packages that gain from a GPU ask for one', () => {
  expect(wantsGpu({ packages: [] })).toBe(false);
  expect(wantsGpu({ packages: ['lightgbm', 'torch>=2'] })).toBe(true);
  expect(wantsGpu({ packages: ['lightgbm', 'xgboost'] })).toBe(false);
});

test('a script parts fitting from predicting where it takes both arguments', () => {
  const both =
    'parser.add_argument("--stage", choices=["fit"])\nparser.add_argument(\n  "--model", type=Path)';
  expect(partsFitFromPredict(both)).toBe(true);
  expect(partsFitFromPredict('parser.add_argument("--model")')).toBe(false);
  expect(partsFitFromPredict('# add --stage and --model some day')).toBe(false);
});

test('a failure is laid to the script that the log names, else to all', () => {
  const members = ['1-first', '2-second'];
  expect(failedMembers('::member 1-first\nfine\n::failed 2-second\nboom', members)).toEqual(['2-second']);
  expect(failedMembers('the machine is gone', members)).toEqual(members);
  expect(failedMembers('::failed somebody-else', members)).toEqual(members);
});
