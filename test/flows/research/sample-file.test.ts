import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { findDataFiles } from '../../../src/flows/research/data-files.ts';
import { soundSample } from '../../../src/flows/research/sample-file.ts';
import { tempFolder } from '../../support/temp-folder.ts';

const signal = new AbortController().signal;

async function sound(name: string, text: string): Promise<string> {
  const folder = await tempFolder();
  const path = join(folder, 'as-it-came');
  await writeFile(path, text);
  const file = await soundSample({ name, path, sizeBytes: Buffer.byteLength(text) }, folder, signal);
  return await readFile(file.path, 'utf8');
}

test.each([
  'sampleSubmission.csv',
  'sample_submission_null.csv',
  'stage2_sample_submission.csv',
  'gender_submission.csv',
  'randomPredictions.tsv',
  'sampleEntry.csv',
  'all_zeros_benchmark.csv',
])('%s is taken for the sample submission', (name) => {
  const files = [{ name: 'train.csv' }, { name: 'test.csv' }, { name }];

  expect(findDataFiles('x', files).sample.name).toBe(name);
});

test('of two stages the later one is taken, and an exact name before all', () => {
  const pick = (...names: string[]) =>
    findDataFiles(
      'x',
      ['train.csv', 'test.csv', ...names].map((name) => ({ name })),
    ).sample.name;

  expect(pick('sample_submission_stage_1.csv', 'sample_submission_stage_2.csv')).toBe(
    'sample_submission_stage_2.csv',
  );
  expect(pick('my_benchmark.csv', 'extra_submission.csv', 'sample_submission.csv')).toBe(
    'sample_submission.csv',
  );
});

test('a sample with commas and a header stays as it is', async () => {
  const text = 'id,0,1,2\n7,0.3,0.3,0.4\n';

  expect(await sound('sample_submission.csv', text)).toBe(text);
});

test('tabs, semicolons and a byte order mark are written as commas without one', async () => {
  expect(await sound('sample.tsv', 'id\ttarget\n1\ta, b\n')).toBe('id,target\n1,"a, b"\n');
  expect(await sound('sample.csv', 'id;target\r\n1;0\r\n')).toBe('id,target\n1,0\n');
  expect(await sound('sample.csv', '\uFEFFid,target\n1,0\n')).toBe('id,target\n1,0\n');
});

test('a sample without a header is refused in one sentence', async () => {
  await expect(sound('sample.csv', '1,0\n2,0\n')).rejects.toMatchObject({
    kind: 'business',
    code: 'data.sample_headerless',
    message: expect.stringContaining('has no header'),
  });
});
