import { expect, test } from 'vitest';
import { runCli } from '../../src/cli/run-cli.ts';
import { fakeCommands } from './fake-commands.ts';

async function call(...args: string[]) {
  let stdout = '';
  const screen = (keep: (text: string) => void) => ({ isTTY: false, columns: 100, write: keep });
  const code = await runCli({
    args,
    open: fakeCommands,
    stdout: screen((text) => {
      stdout += text;
    }),
    stderr: screen(() => undefined),
    environment: {},
    isInteractive: false,
    signal: new AbortController().signal,
    version: '0.1.0',
    now: () => new Date(),
    report: () => ({ ref: 'e_TEST', logFile: 'data/logs/agent.log' }),
  });
  return { code, stdout };
}

test('tree prints an indented list, and one document with --json', async () => {
  const { code, stdout } = await call('tree', 'titanic');
  const { stdout: json } = await call('tree', 'titanic', '--json');

  expect(code).toBe(0);
  expect(stdout).toContain('  ★ 5 boosting-counts');
  expect(stdout).not.toContain('→');
  expect(JSON.parse(json)).toMatchObject({
    competition: 'titanic',
    tree: { branches: 4, nodes: { length: 6 } },
  });
});

test('node tells one attempt in full, and ends with a bad result where there is none', async () => {
  const known = await call('node', 'titanic', '5');
  const unknown = await call('node', 'titanic', 'nothing', '--json');

  expect(known).toMatchObject({ code: 0, stdout: expect.stringContaining('improve of 2 boosting-plain') });
  expect(unknown.code).not.toBe(0);
  expect(JSON.parse(unknown.stdout)).toMatchObject({ found: false, typed: 'nothing' });
});

test('research and budget answer before anything was asked or spent', async () => {
  expect((await call('research', 'titanic')).stdout).toContain('titanic: no research yet');
  expect((await call('budget')).stdout).toContain('Spent today $0.00');
});
