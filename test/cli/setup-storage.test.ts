import { expect, test } from 'vitest';
import { runCli } from '../../src/cli/run-cli.ts';
import { fakeCommands } from './fake-commands.ts';

async function call(...args: string[]) {
  const written = { stdout: '', stderr: '' };
  const screen = (name: 'stdout' | 'stderr') => ({
    write: (text: string) => {
      written[name] += text;
    },
  });
  const code = await runCli({
    args: ['setup', 'storage', ...args],
    open: fakeCommands,
    stdout: screen('stdout'),
    stderr: screen('stderr'),
    environment: {},
    isInteractive: false,
    signal: new AbortController().signal,
    version: '0.1.0',
    now: () => new Date(),
    report: () => ({ ref: 'e_TEST', logFile: 'data/logs/agent.log' }),
  });
  return { code, ...written };
}

test('setup storage tells each step in a line and ends with what it made ready', async () => {
  expect(await call()).toEqual({
    code: 0,
    stdout: 'The bucket agent at Amazon S3 (us-east-1) is ready.\n',
    stderr: 'ok     bucket: agent at Amazon S3 (us-east-1)\nok     versioning: switched on\n',
  });
});

test('setup storage --dry-run tells what would change as a note', async () => {
  const { code, stdout, stderr } = await call('--dry-run');

  expect({ code, stderr: stderr.split('\n')[1] }).toEqual({
    code: 0,
    stderr: 'note   versioning: switched on',
  });
  expect(stdout).toContain('1 of its settings would change. Without --dry-run they do.');
});

test('setup storage --json gives one document', async () => {
  const { stdout } = await call('--json', '--dry-run');

  expect(JSON.parse(stdout)).toMatchObject({
    schema: 1,
    isDryRun: true,
    steps: [
      { name: 'bucket', outcome: 'right' },
      { name: 'versioning', outcome: 'would_change' },
    ],
  });
});
