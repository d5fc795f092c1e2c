/**
 * Whole pipelines per minute, from the start of research to the end, with nothing in them but the state calls, the
 * events and the queues: one worker process on Postgres, and one, two and four on Redis, in turns on one database.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fanOutEnd, startChain } from '../test/support/fan-out-handlers.ts';
import { type Benchmark, type Figure, median } from './figure.ts';
import { type Bench, findRedisServer, freePort, openBench, startRedisServer } from './support/backend.ts';

const turns = 3;
const warmUps = 5;
const pipelines = 50;
const minuteMs = 60_000;

type Variant = { name: string; processes: number; onRedis: boolean };
const variants: readonly Variant[] = [
  { name: 'postgres, 1 process', processes: 1, onRedis: false },
  { name: 'redis, 1 process', processes: 1, onRedis: true },
  { name: 'redis, 2 processes', processes: 2, onRedis: true },
  { name: 'redis, 4 processes', processes: 4, onRedis: true },
];

export const workersBenchmark: Benchmark = {
  name: 'workers',
  async measure(signal) {
    const binary = findRedisServer();
    if (binary === null) {
      return { figures: [], notes: ['workers: there is no redis-server on this machine'] };
    }
    const bench = await openBench('postgres', signal);
    if (bench === null) throw new Error('unreachable: Postgres is everywhere');
    const redis = await startRedisServer(binary, { folder: bench.folder, port: await freePort() });
    const perMinute = new Map<Variant, number[]>(variants.map((variant) => [variant, []]));
    try {
      for (let turn = 0; turn < turns; turn++) {
        for (const variant of variants) {
          perMinute.get(variant)?.push(await measureOne(variant, bench, redis.url, signal));
        }
      }
    } finally {
      await redis.kill();
      await bench.close();
    }
    return { figures: figuresOf(perMinute), notes: [] };
  },
};

async function measureOne(
  { processes, onRedis }: Variant,
  bench: Bench,
  redisUrl: string,
  signal: AbortSignal,
): Promise<number> {
  const workers = await Promise.all(
    Array.from({ length: processes }, (_, index) => startWorker(bench, index, onRedis ? redisUrl : null)),
  );
  try {
    await runPipelines(bench, warmUps, signal);
    const startedAt = performance.now();
    await runPipelines(bench, pipelines, signal);
    return pipelines / ((performance.now() - startedAt) / minuteMs);
  } finally {
    await Promise.all(workers.map(stopWorker));
  }
}

async function startWorker(bench: Bench, index: number, redisUrl: string | null): Promise<ChildProcess> {
  const script = join(import.meta.dirname, 'support', 'worker-process.ts');
  const words = [script, bench.connectionString, `worker-${index}`, ...(redisUrl === null ? [] : [redisUrl])];
  const child = spawn(process.execPath, words, { stdio: ['pipe', 'pipe', 'inherit'] });
  await Promise.race([
    once(child.stdout, 'data'),
    once(child, 'exit').then(() => {
      throw new Error('a worker process ended before it began');
    }),
  ]);
  return child;
}

async function stopWorker(child: ChildProcess): Promise<void> {
  const ended = once(child, 'exit');
  child.stdin?.end();
  await ended;
}

/** Starts so many at once and waits until all of them have ended. */
async function runPipelines(bench: Bench, count: number, signal: AbortSignal): Promise<void> {
  await Promise.all(Array.from({ length: count }, () => startChain(bench)));
  for (;;) {
    signal.throwIfAborted();
    const { rows } = await bench.pool.query<{ open: number }>(
      'select count(*)::int as open from competitions where state <> $1',
      [fanOutEnd.state],
    );
    if (rows[0]?.open === 0) return;
    await sleep(20, undefined, { signal });
  }
}

function figuresOf(perMinute: ReadonlyMap<Variant, readonly number[]>): Figure[] {
  const [[, baseline] = [null, []]] = perMinute;
  return [...perMinute].flatMap(([{ name }, values]): Figure[] => {
    const base = { variant: name, samples: values.length, statistic: 'median' } as const;
    return [
      { ...base, name: 'workers.pipelines', value: median(values), unit: 'per min' },
      { ...base, name: 'workers.toPostgresRatio', value: median(values) / median(baseline), unit: 'ratio' },
    ];
  });
}

if (import.meta.main) {
  const measured = await workersBenchmark.measure(AbortSignal.timeout(20 * minuteMs));
  process.stdout.write(`${JSON.stringify(measured, null, 2)}\n`);
}
