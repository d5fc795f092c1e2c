/** From the command to "ready", on a data folder that is new and on one that has been used; and memory at rest. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Benchmark, Figure } from './figure.ts';
import { median } from './figure.ts';
import { freePort } from './support/backend.ts';

const freshStarts = 2;
const laterStarts = 2;
const restMs = 3_000;
const readyTimeoutMs = 60_000;
const stopTimeoutMs = 30_000;
const root = join(import.meta.dirname, '..');
const bytesPerMb = 1e6;

type Start = { seconds: number; memoryBytes: number | null };

export const startBenchmark: Benchmark = {
  name: 'start',
  async measure(signal) {
    // The practice competitions are built once per checkout, whatever the data folder.
    await start(await aFolder(), signal, { restMs: 0, isKept: false });
    const fresh: Start[] = [];
    for (let count = 0; count < freshStarts; count++) {
      fresh.push(await start(await aFolder(), signal, { restMs: 0, isKept: false }));
    }
    const folder = await aFolder();
    await start(folder, signal, { restMs: 0, isKept: true });
    const later: Start[] = [];
    for (let count = 0; count < laterStarts; count++) {
      later.push(await start(folder, signal, { restMs, isKept: count + 1 < laterStarts }));
    }
    const memory = later.flatMap(({ memoryBytes }) => (memoryBytes === null ? [] : [memoryBytes]));
    const notes =
      memory.length === 0 ? ['start: the memory of a process cannot be read on this machine'] : [];
    return { figures: figuresOf(fresh, later, memory), notes };
  },
};

function figuresOf(fresh: readonly Start[], later: readonly Start[], memory: readonly number[]): Figure[] {
  const ready = (variant: string, starts: readonly Start[]): Figure => ({
    name: 'start.ready',
    variant,
    value: median(starts.map(({ seconds }) => seconds)),
    unit: 's',
    samples: starts.length,
    statistic: 'median',
  });
  const times = [ready('new folder', fresh), ready('used folder', later)];
  if (memory.length === 0) return times;
  const idle: Figure = {
    name: 'start.idleMemory',
    variant: 'agent process',
    value: median(memory) / bytesPerMb,
    unit: 'MB',
    samples: memory.length,
    statistic: 'median',
  };
  return [...times, idle];
}

async function aFolder(): Promise<string> {
  return await mkdtemp(join(tmpdir(), 'kaggle-agent-bench-'));
}

/** Starts the agent as a person would, waits until it says that it is ready, and stops it. */
async function start(
  folder: string,
  signal: AbortSignal,
  options: { restMs: number; isKept: boolean },
): Promise<Start> {
  const [http, arena, storage] = [await freePort(), await freePort(), await freePort()];
  const startedAt = performance.now();
  const child = spawn(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', join(root, 'src/main.ts'), 'up', '--data', folder],
    {
      cwd: root,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        ...process.env,
        PORT: `${http}`,
        KAGGLE_AGENT_ARENA_PORT: `${arena}`,
        KAGGLE_AGENT_ARENA_STORAGE_PORT: `${storage}`,
      },
    },
  );
  try {
    await isReady(child, signal);
    const seconds = (performance.now() - startedAt) / 1000;
    await sleep(options.restMs, undefined, { signal });
    return { seconds, memoryBytes: options.restMs === 0 ? null : memoryOf(child.pid ?? 0) };
  } finally {
    await stop(child);
    if (!options.isKept) await rm(folder, { recursive: true, force: true });
  }
}

/** @throws with what the process said, where it ends or says nothing of the kind in time */
async function isReady(child: ChildProcess, signal: AbortSignal): Promise<void> {
  let said = '';
  await new Promise<void>((resolve, reject) => {
    const limit = AbortSignal.any([signal, AbortSignal.timeout(readyTimeoutMs)]);
    const give = () => reject(new Error(`the agent did not become ready: ${said.slice(-2_000)}`));
    limit.addEventListener('abort', give, { once: true });
    child.once('exit', give);
    const hear = (chunk: Buffer) => {
      said += chunk.toString();
      if (/is ready/.test(said)) resolve();
    };
    child.stdout?.on('data', hear);
    child.stderr?.on('data', hear);
  });
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGINT');
  const late = sleep(stopTimeoutMs, 'late', { ref: false });
  if ((await Promise.race([ended, late])) === 'late') child.kill('SIGKILL');
  await ended;
}

/** Resident memory of one process; null where nobody tells. */
function memoryOf(pid: number): number | null {
  try {
    const kilobytes = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    if (kilobytes !== undefined) return Number(kilobytes) * 1024;
  } catch {
    // Not every system has /proc.
  }
  try {
    return Number(execFileSync('ps', ['-o', 'rss=', '-p', `${pid}`], { encoding: 'utf8' })) * 1024 || null;
  } catch {
    return null;
  }
}
