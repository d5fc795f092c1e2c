import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';

export type Container = {
  /** Its disk; stays over restarts, goes with the machine. */
  home: string;
  /** Everything it has printed. */
  log(): string;
  /** Kills all of it at once, as a power cut does. */
  kill(): Promise<void>;
};

/** The disk of a machine. */
export async function aDisk(): Promise<{ home: string; remove(): Promise<void> }> {
  const home = await mkdtemp(join(tmpdir(), 'vast-'));
  return { home, remove: () => rm(home, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 }) };
}

/** Runs a container's arguments as a process group of this machine, in an environment of its own. */
export function runContainer(
  args: readonly string[],
  options: {
    home: string;
    variables: Readonly<Record<string, string>>;
    pythonFolder: string | null;
    onEnd: () => void;
  },
): Container {
  const [program = '', ...rest] = args;
  const path = [options.pythonFolder, '/usr/local/bin', '/usr/bin', '/bin']
    .filter((folder) => folder !== null)
    .join(delimiter);
  const child = spawn(program, rest, {
    cwd: options.home,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: path, HOME: options.home, TMPDIR: options.home, LANG: 'C.UTF-8', ...options.variables },
  });
  let log = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      log += chunk;
    });
  }
  const gone = new Promise<void>((done) => {
    child.once('error', () => done());
    child.once('close', () => done());
  });
  let isKilled = false;
  void gone.then(() => {
    if (!isKilled) options.onEnd();
  });
  return {
    home: options.home,
    log: () => log,
    async kill() {
      isKilled = true;
      killGroup(child);
      await gone;
    },
  };
}

function killGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
}
