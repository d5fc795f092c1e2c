import { chmod, mkdir, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { findPython } from '../../src/infra/python.ts';
import { createPythonMemory } from '../../src/infra/python-memory.ts';
import { findPython as findTestPython } from '../support/python.ts';
import { tempFolder } from '../support/temp-folder.ts';

const python = findTestPython() ?? '';
const pythonTest = test.skipIf(python === '');
const signal = AbortSignal.timeout(120_000);

const anInterpreter = {
  path: '/project/python',
  version: '3.12.0',
  sklearn: '1.9.0',
  pandas: '3.0.0',
  lightgbm: true,
  ruff: false,
};

async function aProgram(folder: string, name: string, text: string): Promise<string> {
  await mkdir(folder, { recursive: true });
  const path = join(folder, name);
  await writeFile(path, text);
  await chmod(path, 0o755);
  return path;
}

pythonTest('the configured interpreter is described with its versions', async () => {
  const found = await findPython({ configured: python, projectRoot: await tempFolder(), signal });

  expect(found).toMatchObject({
    version: expect.stringMatching(/^3\.\d+/),
    sklearn: expect.stringMatching(/^\d+\.\d+/),
    pandas: expect.stringMatching(/^\d+\.\d+/),
    lightgbm: expect.any(Boolean),
    ruff: expect.any(Boolean),
  });
});

pythonTest('a configured interpreter that is no good is told, and no other is taken', async () => {
  for (const configured of [
    '/none/python',
    await aProgram(await tempFolder(), 'python', '#!/bin/sh\nexit 1\n'),
  ]) {
    await expect(findPython({ configured, projectRoot: await tempFolder(), signal })).rejects.toMatchObject({
      kind: 'configuration',
      code: 'python.missing_packages',
      message: expect.stringContaining(configured),
    });
  }
});

pythonTest('interpreters on PATH that lack the packages are passed over', async () => {
  const bare = await tempFolder();
  await aProgram(bare, 'python3', '#!/bin/sh\necho "{}"\n');
  const good = await tempFolder();
  await aProgram(good, 'python3', `#!/bin/sh\nexec '${python}' "$@"\n`);

  const found = await findPython({
    searchPath: `${bare}:/none:${good}`,
    projectRoot: await tempFolder(),
    signal,
  });

  expect(found.sklearn).toMatch(/^\d/);
});

pythonTest("without one on PATH, the project's own environment is next", async () => {
  const projectRoot = await tempFolder();
  const version = JSON.stringify(anInterpreter);
  await aProgram(join(projectRoot, '.venv/bin'), 'python', `#!/bin/sh\necho '${version}'\n`);

  expect(await findPython({ searchPath: '/none', projectRoot, signal })).toMatchObject({
    path: '/project/python',
  });
});

pythonTest('LightGBM that cannot load its library counts as absent', async () => {
  const packages = await tempFolder();
  await writeFile(
    join(packages, 'lightgbm.py'),
    'raise OSError("libgomp.so.1: cannot open shared object file")\n',
  );
  const folder = await tempFolder();
  await aProgram(folder, 'python3', `#!/bin/sh\nPYTHONPATH='${packages}' exec '${python}' "$@"\n`);

  const found = await findPython({ searchPath: folder, projectRoot: await tempFolder(), signal });

  expect(found.lightgbm).toBe(false);
});

test('a search that is aborted ends with the reason', async () => {
  const projectRoot = await tempFolder();
  await symlink('/bin/cat', join(projectRoot, 'python3'));

  await expect(findPython({ projectRoot, signal: AbortSignal.abort(new Error('stopped')) })).rejects.toThrow(
    'stopped',
  );
});

test('what was found of an interpreter is believed until something is installed or removed there', async () => {
  const [folder, packages, kept] = [await tempFolder(), await tempFolder(), await tempFolder()];
  const answerWith = (words: object) =>
    aProgram(folder, 'python', `#!/bin/sh\necho '${JSON.stringify({ ...anInterpreter, ...words })}'\n`);
  const program = await answerWith({ places: [packages] });
  const memory = createPythonMemory(kept);
  const find = async () => {
    const found = await findPython({ configured: program, projectRoot: folder, memory, signal });
    return found.version;
  };

  await utimes(program, 0, 0);
  expect(await find()).toBe('3.12.0');
  await answerWith({ places: [packages], version: '3.13.0' });
  await utimes(program, 0, 0);
  expect(await find()).toBe('3.12.0');

  await writeFile(join(packages, 'installed'), '');
  await utimes(packages, 0, 0);
  expect(await find()).toBe('3.13.0');

  await answerWith({ version: '3.14.0' });
  await utimes(program, 1, 1);
  expect(await find()).toBe('3.14.0');
});

test('nothing is remembered of what may be mended elsewhere, by a name alone, or where nothing can be kept', async () => {
  const [folder, kept] = [await tempFolder(), await tempFolder()];
  const words = JSON.stringify({ ...anInterpreter, lasting: false });
  const program = await aProgram(folder, 'python', `#!/bin/sh\necho '${words}'\n`);
  const memory = createPythonMemory(kept);

  await findPython({ configured: program, projectRoot: folder, memory, signal });
  expect(await memory.recall(program)).toBeNull();
  await memory.keep('python3', words, []);
  expect(await memory.recall('python3')).toBeNull();
  const nowhere = createPythonMemory(join(program, 'no-folder'));
  await nowhere.keep(program, words, []);
  expect(await nowhere.recall(program)).toBeNull();
});
