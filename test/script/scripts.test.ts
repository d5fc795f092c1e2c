import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';

const project = resolve(import.meta.dirname, '../..');

function scratch(): string {
  const folder = mkdtempSync(join(tmpdir(), 'kaggle-agent-scripts-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

function writeProgram(file: string, body: string): void {
  writeFileSync(file, `#!/bin/bash\n${body}\n`);
  chmodSync(file, 0o755);
}

test.each(['script/setup', 'script/demo', 'script/test', 'script/agent', 'script/choose-python', '.ci/run'])(
  '%s is executable and parses',
  (name) => {
    const { status, stderr } = spawnSync('bash', ['-n', join(project, name)], { encoding: 'utf8' });

    expect([status, stderr]).toEqual([0, '']);
    expect(statSync(join(project, name)).mode & 0o111).toBe(0o111);
  },
);

function setUpWith({ node, npm }: { node: string; npm: string }) {
  const folder = scratch();
  mkdirSync(join(folder, 'script'));
  cpSync(join(project, 'script/setup'), join(folder, 'script/setup'));
  mkdirSync(join(folder, 'bin'));
  writeProgram(join(folder, 'bin/node'), `echo ${node}`);
  writeProgram(join(folder, 'bin/npm'), `[ "$1" = --version ] && echo ${npm} || exit 1`);
  return spawnSync('bash', [join(folder, 'script/setup')], {
    encoding: 'utf8',
    env: { PATH: `${join(folder, 'bin')}:/usr/bin:/bin` },
  });
}

test.each([
  [{ node: 'v18.19.0', npm: '10.2.3' }],
  [{ node: 'v20.1.0', npm: '9.8.0' }],
  [{ node: '""', npm: '""' }],
])('setup refuses %o in a sentence with exit 3', (versions) => {
  const { status, stderr } = setUpWith(versions);

  expect(status).toBe(3);
  expect(stderr).toContain('is too old: it takes Node 20 and npm 10');
  expect(stderr).toContain('run script/setup again');
});

test('a failing npm is told with where the reason lies, and nothing is installed without the lock file', () => {
  const { status, stderr, stdout } = setUpWith({ node: 'v20.20.2', npm: '10.8.2' });

  expect(status).toBe(3);
  expect(stdout).toContain('npm packages: a minute or two');
  expect(stderr).toContain('npm could not install the packages');
  expect(stderr).toContain('data/logs/setup.log');
});

test('the first JavaScript tells a version of Node that is too old in a sentence, never with a stack', () => {
  const old = `Object.defineProperty(process.versions, 'node', { value: '18.1.0' }); require(${JSON.stringify(join(project, 'script/launch.cjs'))})`;

  const { status, stderr } = spawnSync(process.execPath, ['-e', old], { encoding: 'utf8' });

  expect(status).toBe(3);
  expect(stderr).toBe(
    'error  Kaggle Agent brings its own Node 24, and it is not installed yet; this is Node 18.1.0.\n       Run: script/setup\n',
  );
});

test('counting adds up the reports and counts a file that never began as a failure', () => {
  const folder = scratch();
  const report = {
    numPassedTests: 5,
    numFailedTests: 0,
    numPendingTests: 1,
    numTodoTests: 0,
    testResults: [],
  };
  const broken = { ...report, testResults: [{ status: 'failed', assertionResults: [] }] };
  writeFileSync(join(folder, 'a.json'), JSON.stringify(report));
  writeFileSync(join(folder, 'b.json'), JSON.stringify(broken));
  const count = (...files: string[]) =>
    spawnSync(
      process.execPath,
      [join(project, 'script/count-tests.ts'), ...files.map((file) => join(folder, file))],
      {
        encoding: 'utf8',
      },
    );

  expect(count('a.json', 'a.json')).toMatchObject({
    status: 0,
    stdout: 'tests: 10 passed, 0 failed, 2 skipped\n',
  });
  expect(count('a.json', 'b.json')).toMatchObject({
    status: 1,
    stdout: 'tests: 10 passed, 1 failed, 2 skipped\n',
  });
});
