import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { onTestFailed, onTestFinished } from 'vitest';
import { freePort } from '../support/free-port.ts';
import { findPython } from '../support/python.ts';

export const projectRoot = resolve(import.meta.dirname, '../..');

/** Starts of the same code are many; script/agent keeps it there too, so that set-up has filled it. */
const compileCache = join(projectRoot, 'node_modules', '.cache', 'kaggle-agent');

/** Python of the machine; the tests that train skip, and say so, where there is none. */
export const python = findPython();

export type Ended = { code: number | null; signal: NodeJS.Signals | null; stdout: string; stderr: string };

export type AgentProcess = {
  pid: number;
  ended: Promise<Ended>;
  stdout(): string;
  stderr(): string;
  /** As typed at the terminal, or written to standard input. */
  type(text: string): void;
  signal(signal: NodeJS.Signals): void;
  /** The whole process group at once, as a machine that loses its power. */
  killGroup(): void;
};

type StartOptions = {
  env?: Readonly<Record<string, string>>;
  /** The folder that it is started in; a `.env` there is read. */
  cwd?: string;
  /** On a terminal of its own; what it shows comes on standard output. */
  terminal?: boolean;
};

/** Gives a program a terminal: Node has none to give, and Python is needed anyway. */
export const terminalProgram =
  'import os, pty, sys; sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))';

/** A folder that is gone when the test ends; made at once, because the database must be able to enter it. */
export async function aFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'kaggle-agent-e2e-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 }));
  return folder;
}

/** The agent's command line as a process in a group of its own, killed with the test at the latest. */
export function startAgent(args: readonly string[], options: StartOptions = {}): AgentProcess {
  const command = [
    process.execPath,
    '--disable-warning=ExperimentalWarning',
    join(projectRoot, 'src/main.ts'),
    ...args,
  ];
  return startProcess(
    options.terminal === true ? [python ?? 'python3', '-c', terminalProgram, ...command] : command,
    options,
  );
}

/** Any program, with nothing of the test's own environment. */
export function startProcess(command: readonly string[], options: StartOptions = {}): AgentProcess {
  const [program = '', ...args] = command;
  const child = spawn(program, args, {
    // A folder without settings.
    cwd: options.cwd ?? import.meta.dirname,
    detached: true,
    stdio: 'pipe',
    env: {
      PATH: process.env.PATH ?? '',
      HOME: process.env.HOME ?? '',
      LANG: 'C.UTF-8',
      TERM: 'xterm',
      NODE_COMPILE_CACHE: compileCache,
      ...(python === null ? {} : { KAGGLE_AGENT_PYTHON: python }),
      ...options.env,
    },
  });
  const written = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    written.stdout += chunk;
  });
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    written.stderr += chunk;
  });
  child.stdin.on('error', () => undefined);
  const ended = new Promise<Ended>((done) => {
    child.once('close', (code, signal) => done({ code, signal, ...written }));
  });
  const pid = child.pid ?? 0;
  const killGroup = (): void => {
    try {
      process.kill(-pid, 'SIGKILL');
    } catch {
      // It is over.
    }
  };
  onTestFailed(() => {
    const words = [
      command.slice(-6).join(' '),
      `exit ${child.exitCode}`,
      lastOf(written.stdout),
      lastOf(written.stderr),
    ];
    console.error(words.join('\n'));
  });
  onTestFinished(async () => {
    killGroup();
    await ended;
  });
  return {
    pid,
    ended,
    stdout: () => written.stdout,
    stderr: () => written.stderr,
    type: (text) => void child.stdin.write(text),
    signal: (signal) => void child.kill(signal),
    killGroup,
  };
}

/** What a person would look at first when a test has failed. */
function lastOf(text: string): string {
  return text.slice(-1_500);
}

/** One command to its end. Its standard input is closed, so that nobody can be asked. */
export async function runAgent(args: readonly string[], options: StartOptions = {}): Promise<Ended> {
  return await startAgent(args, options).ended;
}

/** Free ports of this machine, for settings that want to name one. */
export async function freePorts(count: number): Promise<number[]> {
  const ports = new Set<number>();
  while (ports.size < count) ports.add(await freePort());
  return [...ports];
}

/** Settings with which several agents can stand side by side. */
export async function portSettings(): Promise<Record<string, string>> {
  const [port = 0, arena = 0, storage = 0, page = 0] = await freePorts(4);
  return {
    PORT: String(port),
    KAGGLE_AGENT_ARENA_PORT: String(arena),
    KAGGLE_AGENT_ARENA_STORAGE_PORT: String(storage),
    KAGGLE_AGENT_PAGE_PORT: String(page),
  };
}
