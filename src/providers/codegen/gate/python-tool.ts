import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { homedir } from 'node:os';
import { text } from 'node:stream/consumers';

export type ToolAnswer = { exitCode: number | null; output: string; errors: string };

/**
 * Runs a small program with `input` on its standard input, and without our environment. One that takes longer than
 * `timeoutMs` is ended, and answers with no exit code: what it was asked about may be made to keep it busy.
 * @throws when it does not start, or `signal` aborts
 */
export async function runTool(
  program: string,
  args: readonly string[],
  { input, cwd, signal, timeoutMs }: { input: string; cwd: string; signal: AbortSignal; timeoutMs: number },
): Promise<ToolAnswer> {
  const child = spawn(program, args, {
    cwd,
    stdio: 'pipe',
    signal,
    timeout: timeoutMs,
    killSignal: 'SIGKILL',
    env: {
      PATH: '/usr/local/bin:/usr/bin:/bin',
      LANG: 'C.UTF-8',
      HOME: homedir(),
      // Our own Python lies in a folder that may be closed to writing.
      PYTHONDONTWRITEBYTECODE: '1',
    },
  });
  // A program that does not read its input closes the pipe; its answer counts.
  child.stdin.on('error', () => {});
  child.stdin.end(input);
  const [output, errors] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  const ended = child.exitCode === null ? `It was ended by ${child.signalCode ?? 'a signal'}.` : '';
  return { exitCode: child.exitCode, output, errors: `${errors}${ended}` };
}
