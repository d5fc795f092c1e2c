#!/usr/bin/env node
import { randomBytes } from 'node:crypto';
import { createOpenCommands } from './app/open-commands.ts';
import { readVersion } from './app/version.ts';
import { exitCodes } from './cli/exit-codes.ts';
import { Interrupted } from './cli/interrupted.ts';
import { runCli } from './cli/run-cli.ts';
import { openTerminalAsking } from './cli/terminal-asking.ts';
import type { Logging } from './infra/logger.ts';

/** A second signal does not wait for the first one's work. */
function endingSignal(): AbortSignal {
  const ending = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      if (ending.signal.aborted) process.exit(signal === 'SIGINT' ? 130 : 143);
      ending.abort(new Interrupted(signal));
    });
  }
  return ending.signal;
}

// Both are set by tools that mean well; Node would let the wrong one win, and say so on standard error.
if (process.env.NO_COLOR !== undefined) delete process.env.FORCE_COLOR;

let opened: { logging: Logging; logFile: string } | null = null;
const open = createOpenCommands({
  environment: process.env,
  workingFolder: process.cwd(),
  stderr: process.stderr,
  onOpened: (logging, logFile) => {
    opened = { logging, logFile };
  },
});

/** Whatever still holds the process then, a dead connection for example, is not worth waiting for. */
const lingerMs = 3_000;

// Nobody is shown a stack. What was at work is taken up at the next start, as after any other sudden end.
process.on('uncaughtException', (error) => {
  opened?.logging.log.error({ err: error }, 'uncaught error');
  const where = opened === null ? '' : ` Details are in ${opened.logFile}; please report it with that file.`;
  process.stderr.write(
    `error  Something broke on our side, and this process ends; nothing is lost.${where}\n`,
  );
  process.exit(exitCodes.ourFault);
});

process.exitCode = await runCli({
  args: process.argv.slice(2),
  open,
  stdout: process.stdout,
  stderr: process.stderr,
  environment: process.env,
  // Undefined where there is no terminal, whatever its type says.
  isInteractive: process.stdin.isTTY === true && process.stderr.isTTY === true,
  openAsking: (signal) =>
    openTerminalAsking({
      input: process.stdin,
      output: process.stderr,
      // As if the terminal had not kept it: the same end, and a second one ends at once.
      onInterrupt: () => process.kill(process.pid, 'SIGINT'),
      signal,
    }),
  signal: endingSignal(),
  version: readVersion(),
  now: () => new Date(),
  report: (error) => {
    const ref = `e_${randomBytes(3).toString('hex')}`;
    opened?.logging.log.error({ err: error, ref }, 'a command failed');
    return { ref, logFile: opened?.logFile ?? '' };
  },
});
setTimeout(() => process.exit(), lingerMs).unref();
