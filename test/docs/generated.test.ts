import { execFile } from 'node:child_process';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const root = resolve(import.meta.dirname, '../..');

test('the generated documents are what the code says', async () => {
  const run = promisify(execFile)(process.execPath, ['script/generate-docs.ts', '--check'], { cwd: root });

  await expect(run).resolves.toMatchObject({ stderr: '' });
});
