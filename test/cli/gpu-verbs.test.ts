import { expect, test } from 'vitest';
import type { Commands } from '../../src/cli/commands.ts';
import { Interrupted } from '../../src/cli/interrupted.ts';
import { runCli } from '../../src/cli/run-cli.ts';
import { fakeCommands } from './fake-commands.ts';

async function call(
  args: readonly string[],
  commands: Partial<Commands> = {},
  signal = new AbortController().signal,
) {
  const written = { stdout: '', stderr: '' };
  const screen = (name: 'stdout' | 'stderr') => ({
    write: (text: string) => {
      written[name] += text;
    },
  });
  const code = await runCli({
    args: ['gpu', ...args],
    open: (request) => ({ ...fakeCommands(request), ...commands }),
    stdout: screen('stdout'),
    stderr: screen('stderr'),
    environment: {},
    isInteractive: false,
    signal,
    version: '0.1.0',
    now: () => new Date(),
    report: () => ({ ref: 'e_TEST', logFile: 'data/logs/agent.log' }),
  });
  return { code, ...written };
}

const machine = { key: null, startedAt: null, pricePerHourUsd: 0.04 };

test('gpu list shows each machine in a row, their price together, and who gave no list', async () => {
  const { code, stdout } = await call(['list'], {
    listGpus: async () => ({
      machines: [
        { ...machine, provider: 'saladcloud', id: 'ka-1a2b3c4d-1', state: 'running', detail: 'running' },
        { ...machine, provider: 'vast', id: '7', state: 'starting', detail: 'loading' },
      ],
      problems: [{ provider: 'vast', problem: 'No answer.' }],
    }),
  });

  expect(code).toBe(1);
  expect(stdout.split('\n')).toEqual([
    'SaladCloud  ka-1a2b3c4d-1  running   $0.04/h',
    'Vast.ai     7              starting  $0.04/h  loading',
    '2 machines, $0.08 an hour together.',
    'Vast.ai does not say what is there: No answer.',
    '',
  ]);
});

test('gpu stop-all never says that nothing was there where a vendor gave no list', async () => {
  const unknown = [{ provider: 'saladcloud', reason: 'No answer.' }];
  const { code, stdout } = await call(['stop-all'], {
    stopGpus: async () => ({ stopped: [], left: [], unknown, isHeld: true }),
  });

  expect(code).toBe(1);
  expect(stdout).toContain('SaladCloud does not say what is there: No answer.');
  expect(stdout).not.toContain('No rented machine was there');
});

test('Ctrl-C in an emergency stop does not say that nothing is lost', async () => {
  const person = new AbortController();
  const { code, stderr } = await call(
    ['stop-all'],
    {
      async stopGpus({ signal }) {
        person.abort(new Interrupted('SIGINT'));
        signal.throwIfAborted();
        throw new Error('unreachable: it was aborted');
      },
    },
    person.signal,
  );

  expect([code, stderr]).toEqual([130, expect.stringMatching(/^Interrupted: machines may be left\./)]);
});
