import { execFileSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { pinRequirements } from '../../../src/providers/codegen/gate/pin-requirements.ts';
import { trainingPython } from '../../support/runner-kit.ts';
import { tempFolder } from '../../support/temp-folder.ts';

const python = trainingPython();
const hasPip = python !== '' && canPip();
const pinTest = test.skipIf(python === '');
const indexTest = test.skipIf(!hasPip);
const signal = AbortSignal.timeout(300_000);

function canPip(): boolean {
  try {
    // --report is of pip 22.2.
    const version = execFileSync(python, ['-m', 'pip', '--version'], { encoding: 'utf8' });
    return Number(/pip (\d+)/.exec(version)?.[1]) >= 23;
  } catch {
    return false;
  }
}

const writeWheel = `
import sys, zipfile
path, name, version = sys.argv[1:]
info = f"{name}-{version}.dist-info"
with zipfile.ZipFile(path, "w") as wheel:
    wheel.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\\nName: {name}\\nVersion: {version}\\n")
    wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\\nGenerator: tests\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
    wheel.writestr(f"{info}/RECORD", "")
`;

/** A package index with some versions of one package. @returns its URL */
async function anIndex(name: string, versions: readonly string[]): Promise<string> {
  const folder = await tempFolder();
  const files = versions.map((version) => `${name}-${version}-py3-none-any.whl`);
  for (const [at, file] of files.entries()) {
    execFileSync(python, ['-c', writeWheel, join(folder, file), name, versions[at] ?? '']);
  }
  const server = createServer(async (request, response) => {
    const path = decodeURIComponent(request.url ?? '').split('?')[0] ?? '';
    const file = files.find((one) => path.endsWith(one));
    if (file !== undefined) response.end(await readFile(join(folder, file)));
    else if (path === `/simple/${name}/`) {
      const links = files.map((one) => `<a href="/files/${one}">${one}</a>`).join('');
      response
        .setHeader('content-type', 'text/html')
        .end(`<!DOCTYPE html><html><body>${links}</body></html>`);
    } else response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the index has no port');
  return `http://127.0.0.1:${address.port}/simple/`;
}

async function pin(requirements: string, options: { index?: string; isOffline?: boolean } = {}) {
  const { index = null, isOffline = false } = options;
  return await pinRequirements(
    requirements,
    { packageIndexUrl: index, isOffline },
    { python, folder: await tempFolder(), signal },
  );
}

pinTest('what is installed is pinned as it is, with what it needs in turn', async () => {
  const { status, pinned } = await pin('# ours\nscikit-learn>=1.0\n');

  expect(status).toBe('ok');
  expect(pinned).toMatch(/^scikit-learn==\d+\.\d+\S*$/m);
  expect(
    pinned
      ?.split('\n')
      .filter((line) => line !== '')
      .every((line) => /^[a-z0-9-]+==[\w.]+$/.test(line)),
  ).toBe(true);
  expect(await pin('\n')).toMatchObject({ status: 'ok', pinned: '' });
});

pinTest('without the index what is not installed keeps its range, and that is told', async () => {
  const { status, message, pinned } = await pin('numpy>=1\ntsfresh>=99.5\n', { isOffline: true });

  expect(status).toBe('warned');
  expect(message).toContain('tsfresh>=99.5 cannot be pinned');
  expect(message).toContain('must be in the environment or image');
  expect(pinned).toMatch(/^numpy==/m);
  expect(pinned).toMatch(/^tsfresh>=99\.5$/m);
});

indexTest('the index says which version it would install, and nothing is installed', async () => {
  const index = await anIndex('tsfresh', ['98.0', '98.5', '99.0']);

  const { status, message, pinned } = await pin('tsfresh>=98,<99\n', { index });

  expect({ status, message, pinned }).toMatchObject({ status: 'ok', pinned: 'tsfresh==98.5\n' });
  expect(() => execFileSync(python, ['-c', 'import tsfresh'], { stdio: 'ignore' })).toThrow();
});

indexTest('a version that the index does not have is told with the words of pip', async () => {
  const index = await anIndex('tsfresh', ['98.0']);

  const { status, message, pinned } = await pin('tsfresh>=99\n', { index });

  expect(status).toBe('warned');
  expect(message).toContain('No matching distribution');
  expect(pinned).toBe('tsfresh>=99\n');
});

pinTest.each(['reqeusts>=2\n', '--index-url http://127.0.0.1/\n', 'numpy @ file:///tmp/x\n'])(
  'nothing is looked up for what is refused: %s',
  async (requirements) => {
    expect(await pin(requirements, { isOffline: true })).toMatchObject({ status: 'failed', pinned: null });
  },
);
