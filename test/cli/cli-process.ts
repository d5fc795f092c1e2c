import { Interrupted } from '../../src/cli/interrupted.ts';
import { runCli } from '../../src/cli/run-cli.ts';
import { openTerminalAsking } from '../../src/cli/terminal-asking.ts';
import { fakeCommands } from './fake-commands.ts';

/** The command line over commands that answer from memory, as a process of its own. */
const ending = new AbortController();
process.once('SIGINT', () => ending.abort(new Interrupted('SIGINT')));
process.once('SIGTERM', () => ending.abort(new Interrupted('SIGTERM')));

process.exitCode = await runCli({
  args: process.argv.slice(2),
  open: fakeCommands,
  stdout: process.stdout,
  stderr: process.stderr,
  environment: process.env,
  isInteractive: process.stdin.isTTY === true && process.stderr.isTTY === true,
  openAsking: (signal) =>
    openTerminalAsking({
      input: process.stdin,
      output: process.stderr,
      onInterrupt: () => process.kill(process.pid, 'SIGINT'),
      signal,
    }),
  signal: ending.signal,
  version: '0.1.0',
  now: () => new Date(),
  report: () => ({ ref: 'e_TEST', logFile: 'data/logs/agent.log' }),
});
