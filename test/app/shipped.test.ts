import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { buildShipped } from '../../src/app/shipped.ts';
import { tempFolder } from '../support/temp-folder.ts';

const build = (folder: string) =>
  buildShipped(folder, '/nowhere/python', AbortSignal.timeout(20_000), () => undefined);

test.skipIf(process.platform !== 'linux')(
  'practice competitions that cannot be kept for want of a right are told as such',
  async () => {
    // Nobody may make a folder there, root included.
    await expect(build('/sys/competitions')).rejects.toMatchObject({
      kind: 'configuration',
      code: 'arena.folder_closed',
      message: expect.stringContaining('/sys/competitions'),
    });
  },
);

test('whatever else keeps them from being built stays what it is', async () => {
  const folder = await tempFolder();
  await writeFile(join(folder, 'competitions'), 'a file in the way');

  await expect(build(join(folder, 'competitions'))).rejects.toMatchObject({ code: 'EEXIST' });
});
