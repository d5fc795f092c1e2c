import { spawnSync } from 'node:child_process';
import { buffer } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import yazl from 'yazl';
import { createBundle } from '../../src/providers/compute/bundle.ts';
import {
  aJobServer,
  aServer,
  type JobServer,
  published,
  runScript,
  trainingPython,
  writeSubmission,
} from '../support/runner-kit.ts';

const python = trainingPython();
const runnerTest = test.skipIf(python === '');
const hasPip = python !== '' && spawnSync(python, ['-m', 'pip', '--version']).status === 0;
const pipTest = test.skipIf(!hasPip);

async function bundleWith(server: JobServer, requirements: string, script: string) {
  const manifest = {
    schema: 1 as const,
    competition: 'titanic',
    approach: 'test',
    seed: 1,
    timeLimitSeconds: 60,
    expectedOutputs: ['submission.csv'],
  };
  return await published(server, 'other.tar.gz', await createBundle({ script, requirements, manifest }));
}

runnerTest.each([
  '--index-url http://127.0.0.1/evil',
  '-r /etc/passwd',
  '-e .',
  'git+https://example.com/x.git',
  '../x',
  'file:///x',
  'pkg @ https://example.com/x.whl',
  "numpy; os_name == 'posix'",
  'numpy==1.0 --hash=sha256:00',
])('requirements.txt with the line %s is refused before pip sees it', async (line) => {
  const server = await aJobServer();
  const bundle = await bundleWith(server, `numpy>=1\n${line}\n`, writeSubmission);

  await runScript(python, server, '', { bundle, install: true });

  const { exitClass, message } = await server.result();
  expect(exitClass).toBe('install_failed');
  expect(message).toMatch(/^requirements\.txt holds a line that is not allowed/);
});

pipTest('what is installed already is not installed again', async () => {
  const server = await aJobServer();
  const bundle = await bundleWith(server, 'pandas>=1.5\nscikit-learn>=1.2\n', writeSubmission);

  await runScript(python, server, '', {
    bundle,
    install: true,
    packageIndexUrl: 'http://127.0.0.1:9/simple',
  });

  expect(await server.result()).toMatchObject({ exitClass: 'ok' });
  expect(await server.readText('run.log')).toContain('All requirements are installed already.');
});

pipTest('a missing package is installed into the run, from the index that the sheet names', async () => {
  const server = await aJobServer();
  const index = await anIndex();
  const script = `${writeSubmission}
import tiny_test_package
print("imported", tiny_test_package.ANSWER)
`;
  const bundle = await bundleWith(server, 'tiny-test-package==1.0\n', script);

  await runScript(python, server, '', { bundle, install: true, packageIndexUrl: `${index}/simple` });

  expect(await server.readText('run.log')).toContain('imported 42');
  expect(await server.result()).toMatchObject({ exitClass: 'ok' });
});

pipTest('a package that the index does not have ends the run as a failed installation', async () => {
  const server = await aJobServer();
  const index = await anIndex();
  const bundle = await bundleWith(server, 'no-such-test-package==1.0\n', writeSubmission);

  await runScript(python, server, '', { bundle, install: true, packageIndexUrl: `${index}/simple` });

  expect(await server.result()).toMatchObject({ exitClass: 'install_failed', files: [] });
});

/** A package index with one package. Source: PEP 503 (simple index), PEP 427 (wheels). */
async function anIndex(): Promise<string> {
  const name = 'tiny_test_package-1.0-py3-none-any.whl';
  const info = 'tiny_test_package-1.0.dist-info';
  const zip = new yazl.ZipFile();
  zip.addBuffer(Buffer.from('ANSWER = 42\n'), 'tiny_test_package.py');
  zip.addBuffer(
    Buffer.from('Metadata-Version: 2.1\nName: tiny-test-package\nVersion: 1.0\n'),
    `${info}/METADATA`,
  );
  zip.addBuffer(
    Buffer.from('Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n'),
    `${info}/WHEEL`,
  );
  zip.addBuffer(
    Buffer.from(`tiny_test_package.py,,\n${info}/METADATA,,\n${info}/WHEEL,,\n${info}/RECORD,,\n`),
    `${info}/RECORD`,
  );
  zip.end();
  const wheel = await buffer(zip.outputStream);
  return await aServer((request, response) => {
    if (request.url === '/simple/tiny-test-package/') {
      response
        .setHeader('content-type', 'text/html')
        .end(`<html><body><a href="/files/${name}">${name}</a></body></html>`);
    } else if (request.url === `/files/${name}`) {
      response.end(wheel);
    } else {
      response.writeHead(404).end();
    }
  });
}
