import { cp, mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { ensurePageBuilt } from '../../../src/embedded/page/build-page.ts';
import { recordingLog } from '../../support/silent-log.ts';
import { tempFolder } from '../../support/temp-folder.ts';

const root = resolve(import.meta.dirname, '../../..');

/** The page's sources in a folder of their own. */
async function aProject() {
  const folder = await tempFolder();
  await cp(join(root, 'web'), join(folder, 'web'), { recursive: true });
  await mkdir(join(folder, 'src/embedded/page'), { recursive: true });
  await cp(join(root, 'src/embedded/page/wire.ts'), join(folder, 'src/embedded/page/wire.ts'));
  for (const file of ['package.json', 'package-lock.json', 'tsconfig.json'])
    await cp(join(root, file), join(folder, file));
  await symlink(join(root, 'node_modules'), join(folder, 'node_modules'));
  const { log, lines } = recordingLog();
  const build = () => ensurePageBuilt({ root: folder, log, signal: AbortSignal.timeout(60_000) });
  return {
    folder,
    build,
    timesBuilt: () => lines.filter(({ message }) => message === 'chat page built').length,
  };
}

test('the page is built where it is missing or older than its sources, and not again', async () => {
  const { folder, build, timesBuilt } = await aProject();

  const made = await build();
  await build();
  expect(timesBuilt()).toBe(1);
  await writeFile(join(folder, 'web/src/styles/base.css'), 'body { color: teal; }');
  await build();

  expect(timesBuilt()).toBe(2);
  expect(made).toBe(join(folder, 'build/page'));
  const index = await readFile(join(made, 'index.html'), 'utf8');
  expect(index).not.toMatch(/<script(?![^>]* src=)|<style| style=/);
  expect((await readdir(join(made, 'assets'))).map((name) => name.replace(/.*\./, '')).sort()).toEqual([
    'css',
    'js',
    'svg',
  ]);
  expect(await readdir(join(folder, 'build'))).toEqual(['page']);
});

test('two starts at once leave one whole page', async () => {
  const { folder, build } = await aProject();

  await Promise.all([build(), build()]);

  expect(await readdir(join(folder, 'build'))).toEqual(['page']);
  expect(await readFile(join(folder, 'build/page/index.html'), 'utf8')).toContain('/assets/');
});

test('a page that cannot be built is told with what to do, and leaves nothing half', async () => {
  const { folder, build } = await aProject();
  await writeFile(join(folder, 'web/src/app.tsx'), 'export const App = () => <p>;');

  await expect(build()).rejects.toMatchObject({
    code: 'page.build_failed',
    kind: 'configuration',
    message: expect.stringContaining('script/setup'),
  });
  expect(await readdir(join(folder, 'build'))).toEqual([]);
});
