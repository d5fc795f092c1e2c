import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { z } from 'zod';
import type { LogEntry, NotebookFolder } from './notebook-folder.ts';

export type NotebookLaunch = {
  python: string;
  folder: NotebookFolder;
  hasInternet: boolean;
  /** False: no namespaces, even where they are. */
  hasWalls: boolean;
  /** Absolute paths that the notebook shall not see, where the system allows to hide them. */
  hiddenPaths: readonly string[];
  /** Further variables of its environment. */
  variables: Readonly<Record<string, string>>;
  timeoutMs: number;
  maxFileBytes: number;
  signal: AbortSignal;
  onLog: (entry: LogEntry) => void;
};

export type NotebookEnd = {
  how: 'ended' | 'timed out' | 'stopped' | 'not started';
  code: number;
  /** Whether it ran behind walls: its own /kaggle, no network, nothing hidden in sight. */
  isWalled: boolean;
};

const launcher = join(import.meta.dirname, 'launch_notebook.py');

/** Threads that spin while they wait make everything many times slower on a machine that does other work. */
const environment = {
  PATH: '/usr/local/bin:/usr/bin:/bin',
  LANG: 'C.UTF-8',
  PYTHONUNBUFFERED: '1',
  OMP_NUM_THREADS: '2',
  OMP_WAIT_POLICY: 'PASSIVE',
  OPENBLAS_NUM_THREADS: '1',
  KAGGLE_KERNEL_RUN_TYPE: 'Batch',
};

/** After its end, for pipes that a process left behind still holds open. */
const pipePatienceMs = 2000;
/** Characters of a line that are kept back until it ends. */
const longestLine = 65_536;
const reportSchema = z.object({ walls: z.boolean() });

/** Runs a notebook's program as a process of its own, and everything that it starts ends with it. */
export async function launchNotebook(launch: NotebookLaunch): Promise<NotebookEnd> {
  const timeout = AbortSignal.timeout(launch.timeoutMs);
  const signal = AbortSignal.any([launch.signal, timeout]);
  if (signal.aborted) return { how: 'stopped', code: 0, isWalled: false };
  const child = spawn(launch.python, ['-B', launcher, '3'], {
    stdio: ['pipe', 'pipe', 'pipe', 'pipe'],
    // A group of its own, so that all of it can be ended.
    detached: true,
    env: environment,
    cwd: launch.folder.root,
  });
  const ended = endOf(child);
  const stop = () => killGroup(child);
  signal.addEventListener('abort', stop, { once: true });
  follow(child, launch.onLog);
  child.stdin.on('error', () => undefined).end(JSON.stringify(settingsOf(launch)));
  const report = readReport(child);
  const code = await ended;
  signal.removeEventListener('abort', stop);
  const isWalled = await report;
  if (code === null) return { how: 'not started', code: 0, isWalled };
  if (launch.signal.aborted) return { how: 'stopped', code, isWalled };
  return { how: timeout.aborted ? 'timed out' : 'ended', code, isWalled };
}

function settingsOf({ folder, hasInternet, hasWalls, hiddenPaths, variables, maxFileBytes }: NotebookLaunch) {
  const { input, working, temp, script } = folder;
  return {
    parent: process.pid,
    plain: !hasWalls,
    internet: hasInternet,
    root: folder.mountPoint,
    hidden: hiddenPaths,
    folders: [
      [input, '/kaggle/input', false],
      [working, '/kaggle/working', true],
      [script, '/kaggle/src/script.py', false],
      [temp, '/tmp', true],
    ],
    plain_paths: { input, working, temp, script },
    walled_paths: {
      input: '/kaggle/input',
      working: '/kaggle/working',
      temp: '/tmp',
      script: '/kaggle/src/script.py',
    },
    environment: { ...environment, ...variables },
    file_size_bytes: maxFileBytes,
    memory_bytes: 0,
  };
}

/** @returns the exit code once all output has come; null when the interpreter does not start */
function endOf(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve) => {
    child.once('error', () => resolve(null));
    child.once('exit', () => {
      // What it left behind goes with it.
      killGroup(child);
      setTimeout(() => {
        for (const stream of child.stdio) stream?.destroy();
      }, pipePatienceMs).unref();
    });
    child.once('close', (code) => resolve(code ?? 1));
  });
}

function killGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // Nobody of it is left.
  }
}

function follow(child: ChildProcess, onLog: NotebookLaunch['onLog']): void {
  const startedAt = performance.now();
  for (const name of ['stdout', 'stderr'] as const) {
    let rest = '';
    const say = (data: string) =>
      onLog({ stream_name: name, time: Number(((performance.now() - startedAt) / 1000).toFixed(3)), data });
    const stream = child[name];
    stream?.setEncoding('utf8').on('data', (chunk: string) => {
      const lines = `${rest}${chunk}`.split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) say(`${line}\n`);
      if (rest.length < longestLine) return;
      say(rest);
      rest = '';
    });
    stream?.on('close', () => {
      if (rest !== '') say(rest);
    });
  }
}

async function readReport(child: ChildProcess): Promise<boolean> {
  const stream = child.stdio[3];
  if (stream === null || stream === undefined || !isReadable(stream)) return false;
  const line = await text(stream).catch(() => '');
  try {
    return reportSchema.parse(JSON.parse(line)).walls;
  } catch {
    return false;
  }
}

function isReadable(stream: object): stream is Readable {
  return 'readable' in stream;
}
