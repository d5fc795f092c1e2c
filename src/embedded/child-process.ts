import { type ChildProcess, spawn } from 'node:child_process';

/** How a program is started: what stands before it, and as whom. */
export type Launch = { prefix: readonly string[]; uid?: number; gid?: number };

export type FinishedProcess = { exitCode: number | null; stdout: string; stderr: string };

/** No variable of ours reaches the database: it would only be one more place for a secret to show. */
const environment = {
  PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/run/current-system/sw/bin',
  LC_ALL: 'C',
  TZ: 'UTC',
};

/** Starts a program that goes on by itself: in a session of its own, so that Ctrl-C in a terminal is not its. */
export function startProcess(launch: Launch, command: readonly string[], logFile: number): ChildProcess {
  const [program = '', ...args] = [...launch.prefix, ...command];
  return spawn(program, args, {
    ...ids(launch),
    env: environment,
    detached: true,
    stdio: ['ignore', logFile, logFile],
  });
}

/** Runs a program to its end. Never throws: one that cannot be started has no exit code. */
export function runProcess(
  launch: Launch,
  command: readonly string[],
  options: { signal: AbortSignal; timeoutMs: number },
): Promise<FinishedProcess> {
  const [program = '', ...args] = [...launch.prefix, ...command];
  return new Promise((resolve) => {
    const child = spawn(program, args, {
      ...ids(launch),
      env: environment,
      stdio: ['ignore', 'pipe', 'pipe'],
      signal: AbortSignal.any([options.signal, AbortSignal.timeout(options.timeoutMs)]),
    });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (chunk: Buffer) => {
      stdout += chunk.toString();
    });
    child.stderr.on('data', (chunk: Buffer) => {
      stderr += chunk.toString();
    });
    let notStarted = '';
    child.on('error', (error) => {
      notStarted = error.message;
    });
    // Only now is it, and all that it started, surely gone.
    child.on('close', (exitCode) => {
      resolve({ exitCode: notStarted === '' ? exitCode : null, stdout, stderr: stderr || notStarted });
    });
  });
}

function ids({ uid, gid }: Launch): { uid?: number; gid?: number } {
  return { ...(uid === undefined ? {} : { uid }), ...(gid === undefined ? {} : { gid }) };
}
