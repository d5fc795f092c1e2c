import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { homedir } from 'node:os';
import { resolve } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { ConfigurationFailure, SystemFailure } from '../../domain/errors.ts';
import { diskFailure } from '../disk-failure.ts';
import type { ContainerSettings } from './container-options.ts';
import { birthMarkOf, killFamily, send, waitForEnd } from './process-table.ts';
import { createRunRecords, type RunRecord } from './run-records.ts';
import { createRunWalls, type RunOrder, type RunWallsOptions } from './run-walls.ts';

export type RunnerEnd = {
  key: string;
  exitCode: number | null;
  /** The runner's own last words; a script's words are in its log. */
  errors: string;
};

export type LocalRunsOptions = RunWallsOptions & {
  /** Records and scratch folders of runs, `<data>/scratch`. */
  scratchFolder: string;
  /** runner/runner.py */
  runnerPath: string;
  /** Absolute path. Runs the runner, and the scripts of sheets that name no interpreter. */
  python: string;
  /** What no script shall see, where the machine can hide it: the data folder, settings, keys. */
  hiddenPaths: readonly string[];
  /** Where downloads stay for later runs, among the hidden paths; left out: each run fetches all anew. */
  keptDownloads?: string | null;
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
  const walls = createRunWalls(options, records);
  const live = new Map<string, LiveRun>();

  async function begin(run: RunOrder, signal: AbortSignal): Promise<RunRecord> {
    if (!records.isKey(run.key)) throw badKey();
    const container = await walls.containerOf(run, signal);
    const child = await spawnRunner(options, records.scratchOf(run.key), run.card, container);
    const errors = collectTail(child.stderr);
    const closed = new Promise((resolveClosed) => child.once('close', resolveClosed));
    const record = await recordOf(run, child, container, options.now());
    // One that cannot be ended stays in list(), where whoever watches the machines finds it.
    const lifeTimer = setTimeout(() => void end(record).catch(() => {}), lifeMsOf(run));
    const ended = closed.then(async () => {
      clearTimeout(lifeTimer);
      await killFamily(null, records.homeOf(run.key), killPatienceMs);
      await walls.forget(record);
      live.delete(run.key);
      options.onEnd?.({ key: run.key, exitCode: child.exitCode, errors: errors() });
    });
    live.set(run.key, { record, child, ended });
    await records.write(record).catch((error: unknown) => giveUp(error, record, child));
    // Not on the command line, where every user of the machine could read the signed URL.
    child.stdin.write(`${run.jobSheetUrl}\n`);
    return record;
  }

  /** Without a record nobody would find it again. */
  async function giveUp(error: unknown, record: RunRecord, child: RunnerProcess): Promise<never> {
    child.stdin.end();
    await clear(record);
    return diskFailure(error);
  }

  /** Every run on this machine, another agent's too, once what a dead agent left behind is cleared away. */
  async function list(): Promise<RunRecord[]> {
    const found = await Promise.all((await records.readAll()).map(judge));
    await walls.sweepOnce();
    return found.filter((record) => record !== null);
  }

  /** @returns null when the run is over */
  async function judge(record: RunRecord): Promise<RunRecord | null> {
    if (live.has(record.key)) return record;
    if ((await isAlive(record)) && (await isAlive(record.owner))) return record;
    await clear(record);
    return null;
  }

  async function endByKey(key: string, signal: AbortSignal): Promise<void> {
    const record = (await records.readAll()).find((one) => one.key === key);
    if (record !== undefined) await end(record, signal);
  }

  /** Asks, waits, kills, and clears away. */
  async function end(record: RunRecord, signal?: AbortSignal): Promise<void> {
    if (await isAlive(record)) send(record.pid, 'SIGTERM');
    await waitForEnd(record.pid, record.birthMark, options.stopPatienceMs, signal);
    await clear(record);
  }

  async function clear(record: RunRecord): Promise<void> {
    if (!(await killFamily(record, records.homeOf(record.key), killPatienceMs))) throw unstoppable(record);
    await live.get(record.key)?.ended;
    await walls.forget(record);
  }

  /** Ends the runs of this process at once. @returns their keys */
  async function close(): Promise<string[]> {
    const open = [...live.values()];
    const endAtOnce = async ({ record, child }: LiveRun) => {
      child.stdin.end();
      await waitForEnd(record.pid, record.birthMark, closePatienceMs);
      await clear(record);
    };
    await Promise.all(open.map(endAtOnce));
    return open.map(({ record }) => record.key);
  }

  return {
    begin,
    find: (key: string) => live.get(key)?.record ?? null,
    list,
    endByKey,
    close,
    records: () => [...live.values()].map(({ record }) => record),
  };
}

function lifeMsOf({ maxLifeSeconds }: RunOrder): number {
  return Math.min(maxLifeSeconds * 1000, longestTimerMs);
}

function unstoppable({ key, pid }: RunRecord): SystemFailure {
  return new SystemFailure('A training process on this machine could not be ended.', {
    code: 'compute.unstoppable',
    details: { key, pid },
  });
}

function badKey(): SystemFailure {
  return new SystemFailure('A run on this machine needs a key that can name a folder.', {
    code: 'compute.bad_key',
  });
}

async function isAlive({ pid, birthMark }: { pid: number; birthMark: string }): Promise<boolean> {
  return (await birthMarkOf(pid)) === birthMark;
}

async function spawnRunner(
  options: LocalRunsOptions,
  scratch: string,
  card: string | null,
  container: ContainerSettings | null,
): Promise<RunnerProcess> {
  const hidden = options.hiddenPaths.flatMap((path) => ['--hide', resolve(path)]);
  const args = [options.runnerPath, '-', '--scratch', scratch, '--python', options.python, '--watch-stdin'];
  const kept = options.keptDownloads == null ? [] : ['--kept', resolve(options.keptDownloads)];
  const inside = container === null ? [] : ['--container', JSON.stringify(container)];
  const child = spawn(options.python, [...args, ...hidden, ...kept, ...inside], {
    detached: true,
    stdio: ['pipe', 'ignore', 'pipe'],
    // Nothing of our own environment. HOME, so that Python finds packages that its user installed.
    // A run that was given no card sees none, so that nobody takes one that is another's.
    env: {
      PATH: '/usr/local/bin:/usr/bin:/bin',
      LANG: 'C.UTF-8',
      HOME: homedir(),
      CUDA_VISIBLE_DEVICES: card ?? '',
    },
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

async function recordOf(
  { key, card }: RunOrder,
  child: RunnerProcess,
  container: ContainerSettings | null,
  startedAt: Date,
): Promise<RunRecord> {
  const pid = child.pid ?? 0;
  // A runner that is gone already has no birth mark, and no other process has an empty one.
  const birthMark = (await birthMarkOf(pid)) ?? '';
  const owner = { pid: process.pid, birthMark: (await birthMarkOf(process.pid)) ?? '' };
  const own = { schema: 1 as const, key, pid, birthMark, owner, startedAt: startedAt.toISOString() };
  return { ...own, card, container: container?.name ?? null };
}

/** @returns a function that gives the last characters of what has come so far */
function collectTail(stream: Readable): () => string {
  let tail = '';
  stream.setEncoding('utf8').on('data', (chunk: string) => {
    tail = (tail + chunk).slice(-maxErrorChars);
  });
  return () => tail;
}
