import { Parser } from 'tar';
import { expect, test } from 'vitest';
import { createBundle } from '../../../src/providers/compute/bundle.ts';

const parts = {
  script: 'print("ünï")\n',
  requirements: 'pandas>=1.5\n',
  manifest: {
    schema: 1 as const,
    competition: 'titanic',
    approach: 'boosting',
    seed: 1,
    timeLimitSeconds: 60,
    expectedOutputs: ['submission.csv'],
  },
};

async function filesOf(archive: Buffer): Promise<Record<string, string>> {
  const files: Record<string, string> = {};
  const parser = new Parser({
    strict: true,
    onReadEntry: (entry) => {
      entry.on('data', (chunk: Buffer) => {
        files[entry.path] = (files[entry.path] ?? '') + chunk.toString('utf8');
      });
    },
  });
  await new Promise<void>((done, failed) => {
    parser.on('end', () => done()).on('error', failed);
    parser.end(archive);
  });
  return files;
}

test('a bundle holds the script, its requirements, the manifest, tests of its outputs and a Dockerfile', async () => {
  const files = await filesOf(await createBundle(parts));

  expect(Object.keys(files)).toEqual([
    'Dockerfile',
    'manifest.json',
    'requirements.txt',
    'test_outputs.py',
    'train.py',
  ]);
  expect(files['train.py']).toBe(parts.script);
  expect(JSON.parse(files['manifest.json'] ?? '')).toEqual(parts.manifest);
});

test('the same content gives the same bytes, and other content others', async () => {
  const first = await createBundle(parts);

  expect((await createBundle(parts)).equals(first)).toBe(true);
  expect((await createBundle({ ...parts, script: 'print(2)\n' })).equals(first)).toBe(false);
  expect(first[9]).toBe(255);
});
