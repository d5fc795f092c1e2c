import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { homedir } from 'node:os';
import { resolve } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { ConfigurationFailure, SystemFailure } from '../../domain/errors.ts';
import { diskFailure } from '../disk-failure.ts';
import { birthMarkOf, killFamily, send, waitForEnd } from './process-table.ts';
import { createRunRecords, type RunRecord } from './run-records.ts';

export type RunnerEnd = {
  key: string;
  exitCode: number | null;
  /** The runner's own last words; a script's words are in its log. */
  errors: string;
};

export type LocalRunsOptions = {
  /** Records and scratch folders of runs, `<data>/scratch`. */
  scratchFolder: string;
  /** runner/runner.py */
  runnerPath: string;
  /** Absolute path. Runs the runner, and the scripts of sheets that name no interpreter. */
  python: string;
  /** What no script shall see, where the machine can hide it: the data folder, settings, keys. */
  hiddenPaths: readonly string[];
  /** From the request to end until the kill; the runner's own grace period and its uploads fit in. */
  stopPatienceMs: number;
  now: () => Date;
  onEnd?: (end: RunnerEnd) => void;
};

type RunnerProcess = ChildProcessByStdio<Writable, null, Readable>;
type LiveRun = { record: RunRecord; child: RunnerProcess; ended: Promise<void> };

/** A killed process is gone at once, unless the disk holds it. */
const killPatienceMs = 10_000;
/** A runner whose standard input ends has nothing to do but to kill. */
const closePatienceMs = 5_000;
const maxErrorChars = 4_000;
/** Node's timers hold no more. */
const longestTimerMs = 2 ** 31 - 1;

/**
 * Runner processes of this machine, each in a group of its own, holding the other end of a pipe. When this process
 * dies, the pipe ends, and the runner ends its script and itself; whatever survives that is found by its record.
 */
export function createLocalRuns(options: LocalRunsOptions) {
  const records = createRunRecords(resolve(options.scratchFolder));
  const live = new Map<string, LiveRun>();

  async function begin(run: {
    key: string;
    jobSheetUrl: string;
    maxLifeSeconds: number;
  }): Promise<RunRecord> {
    if (!records.isKey(run.key)) {
      throw new SystemFailure('A run on this machine needs a key that can name a folder.', {
        code: 'compute.bad_key',
      });
    }
    const child = await spawnRunner(options, records.scratchOf(run.key));
    const errors = collectTail(child.stderr);
    const closed = new Promise((resolveClosed) => child.once('close', resolveClosed));
    const record = await recordOf(run.key, child, options.now());
    const lifeMs = Math.min(run.maxLifeSeconds * 1000, longestTimerMs);
    // One that cannot be ended stays in list(), where whoever watches the machines finds it.
    const lifeTimer = setTimeout(() => void end(record).catch(() => {}), lifeMs);
    const ended = closed.then(async () => {
      clearTimeout(lifeTimer);
      await killFamily(null, records.homeOf(run.key), killPatienceMs);
      await records.remove(run.key);
      live.delete(run.key);
      options.onEnd?.({ key: run.key, exitCode: child.exitCode, errors: errors() });
    });
    live.set(run.key, { record, child, ended });
    await records.write(record).catch(async (error: unknown) => {
      // Without a record nobody would find it again.
      child.stdin.end();
      await clear(record);
      diskFailure(error);
    });
    // Not on the command line, where every user of the machine could read the signed URL.
    child.stdin.write(`${run.jobSheetUrl}\n`);
    return record;
  }

  /** Every run on this machine, another agent's too, once what a dead agent left behind is cleared away. */
  async function list(): Promise<RunRecord[]> {
    const found = await Promise.all((await records.readAll()).map(judge));
    return found.filter((record) => record !== null);
  }

  /** @returns null when the run is over */
  async function judge(record: RunRecord): Promise<RunRecord | null> {
    if (live.has(record.key)) return record;
    const isAlive = (await birthMarkOf(record.pid)) === record.birthMark;
    if (isAlive && (await birthMarkOf(record.owner.pid)) === record.owner.birthMark) return record;
    await clear(record);
    return null;
  }

  async function endByKey(key: string, signal: AbortSignal): Promise<void> {
    const record = (await records.readAll()).find((candidate) => candidate.key === key);
    if (record !== undefined) await end(record, signal);
  }

  /** Asks, waits, kills, and clears away. */
  async function end(record: RunRecord, signal?: AbortSignal): Promise<void> {
    if ((await birthMarkOf(record.pid)) === record.birthMark) send(record.pid, 'SIGTERM');
    await waitForEnd(record.pid, record.birthMark, options.stopPatienceMs, signal);
    await clear(record);
  }

  async function clear(record: RunRecord): Promise<void> {
    if (!(await killFamily(record, records.homeOf(record.key), killPatienceMs))) {
      throw new SystemFailure('A training process on this machine could not be ended.', {
        code: 'compute.unstoppable',
        details: { key: record.key, pid: record.pid },
      });
    }
    await (live.get(record.key)?.ended ?? records.remove(record.key));
  }

  /** Ends the runs of this process at once. */
  async function close(): Promise<void> {
    await Promise.all(
      [...live.values()].map(async ({ record, child }) => {
        child.stdin.end();
        await waitForEnd(record.pid, record.birthMark, closePatienceMs);
        await clear(record);
      }),
    );
  }

  const find = (key: string) => live.get(key)?.record ?? null;

  return { begin, find, list, endByKey, close, keys: () => [...live.keys()] };
}

async function spawnRunner(options: LocalRunsOptions, scratch: string): Promise<RunnerProcess> {
  const hidden = options.hiddenPaths.flatMap((path) => ['--hide', resolve(path)]);
  const args = [options.runnerPath, '-', '--scratch', scratch, '--python', options.python, '--watch-stdin'];
  const child = spawn(options.python, [...args, ...hidden], {
    detached: true,
    stdio: ['pipe', 'ignore', 'pipe'],
    // Nothing of our own environment. HOME, so that Python finds packages that its user installed.
    env: { PATH: '/usr/local/bin:/usr/bin:/bin', LANG: 'C.UTF-8', HOME: homedir() },
  });
  // A runner that dies early closes the pipe; its end says more than the failed write.
  child.stdin.on('error', () => {});
  try {
    await once(child, 'spawn');
  } catch (cause) {
    throw new ConfigurationFailure(
      `The Python interpreter ${options.python} cannot be started, so nothing can be trained here; check its path.`,
      { code: 'python.not_startable', cause },
    );
  }
  return child;
}

async function recordOf(key: string, child: RunnerProcess, startedAt: Date): Promise<RunRecord> {
  const pid = child.pid ?? 0;
  // A runner that is gone already has no birth mark, and no other process has an empty one.
  const birthMark = (await birthMarkOf(pid)) ?? '';
  const owner = { pid: process.pid, birthMark: (await birthMarkOf(process.pid)) ?? '' };
  return { schema: 1, key, pid, birthMark, owner, startedAt: startedAt.toISOString() };
}

/** @returns a function that gives the last characters of what has come so far */
function collectTail(stream: Readable): () => string {
  let tail = '';
  stream.setEncoding('utf8').on('data', (chunk: string) => {
    tail = (tail + chunk).slice(-maxErrorChars);
  });
  return () => tail;
}
