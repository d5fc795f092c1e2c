/**
 * A campaign against Redis while events flow: killed and started again with nothing, emptied, away, or hanging, at
 * moments that a seed decides. Two processes' worth of relays and workers go on meanwhile. At the end the database
 * says what was lost (invariant E1: each job of every event has ended) and what was doubled (E2 and E3: no run is
 * done twice, and each competition's moves are dense and have one event each).
 *
 * `node bench/redis-kills.ts --seed 7 --kills 50` replays a plan; the moments are counts of events, so they survive
 * timing, but the interleaving around them does not replay.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { Redis } from 'ioredis';
import { createRandom } from '../src/domain/random.ts';
import { type TickName, tickNames, tickSchema } from '../src/jobs/catalog.ts';
import { tickHandlers } from '../src/jobs/handlers.ts';
import { createQueues } from '../src/jobs/queues.ts';
import { keepSchedules } from '../src/jobs/schedules.ts';
import { heartbeatWorker } from '../src/state/stage-runs.ts';
import { type Violation, violationsOf } from '../test/e2e/invariants.ts';
import { readHistory } from '../test/e2e/read-history.ts';
import { fanOutEnd, fanOutHandlers, startChain } from '../test/support/fan-out-handlers.ts';
import { type Benchmark, type Figure, quantile } from './figure.ts';
import { startAgentNode } from './support/agent-node.ts';
import {
  type Bench,
  findRedisServer,
  freePort,
  openBench,
  openRedisQueues,
  type RedisServer,
  startRedisServer,
} from './support/backend.ts';
import { idleContext, quietLog } from './support/context.ts';

const kinds = ['restart', 'flush', 'away', 'hang'] as const;
type Kill = { afterEvents: number; kind: (typeof kinds)[number]; downMs: number };

/** Version of the plan's generator: a seed is quoted with it. */
const planVersion = 1;
const fewestEventsBetween = 5;
const mostEventsBetween = 40;
const longestDownMs = 1_500;

/** What happens to Redis, and after how many events. The same for the same seed. */
export function planKills(seed: string, count: number): Kill[] {
  const random = createRandom(`${planVersion}:${seed}`);
  let afterEvents = 0;
  return Array.from({ length: count }, () => {
    afterEvents += fewestEventsBetween + Math.floor(random() * (mostEventsBetween - fewestEventsBetween));
    const kind = kinds[Math.floor(random() * kinds.length)] ?? 'flush';
    return { afterEvents, kind, downMs: Math.floor(random() * longestDownMs) };
  });
}

const chainsAtOnce = 8;
const nodeCount = 2;
const convergeMs = 60_000;
const sweepEverySeconds = 0.5;
/** The agent's own are 30 s, a sweep each minute and a look at the schedules each minute; the ratios are kept. */
const timing = { graceSeconds: 0.5, staleSeconds: 600 };
const lookEveryMs = 500;

type Outcome = {
  fired: number;
  events: number;
  runs: number;
  resent: number;
  chains: number;
  stuck: number;
  violations: readonly Violation[];
  healSeconds: readonly number[];
};

async function campaign(plan: readonly Kill[], bench: Bench, signal: AbortSignal): Promise<Outcome> {
  const binary = findRedisServer() ?? '';
  const place = { folder: bench.folder, port: await freePort() };
  let server: RedisServer = await startRedisServer(binary, place);
  const nodes = [];
  for (let index = 0; index < nodeCount; index++)
    nodes.push(await startSweepingNode(bench, server.url, index));
  let fired = 0;
  // Measured beside it: the next kill may come before this one has healed.
  const healing: Promise<number>[] = [];
  try {
    while (fired < plan.length) {
      signal.throwIfAborted();
      await feed(bench);
      const kill = plan[fired];
      if (kill !== undefined && (await countOf(bench, 'events')) >= kill.afterEvents) {
        fired += 1;
        server = await strike(kill, server, () => startRedisServer(binary, place));
        healing.push(secondsUntilHealed(bench, signal));
        continue;
      }
      await sleep(10, undefined, { signal });
    }
    const violations = await converge(bench, signal);
    return { ...(await counted(bench)), fired, violations, healSeconds: await Promise.all(healing) };
  } finally {
    for (const node of nodes) await node.close();
    await server.kill();
  }
}

async function strike(
  { kind, downMs }: Kill,
  server: RedisServer,
  start: () => Promise<RedisServer>,
): Promise<RedisServer> {
  if (kind === 'flush') {
    const client = new Redis(server.url);
    await client.flushall();
    client.disconnect();
    return server;
  }
  if (kind === 'hang') {
    process.kill(server.pid, 'SIGSTOP');
    await sleep(downMs);
    process.kill(server.pid, 'SIGCONT');
    return server;
  }
  await server.kill();
  if (kind === 'away') await sleep(downMs);
  return await start();
}

/** One process' worth: relay, workers, schedules with their sweep. */
async function startSweepingNode(bench: Bench, url: string, index: number) {
  const opened = openRedisQueues(url);
  const queues = createQueues(opened.place, { onError: () => undefined });
  const id = `node-${index}`;
  const handlers = fanOutHandlers(bench.pool);
  const node = await startAgentNode({ ...bench, queues }, handlers, {}, id);
  const beat = setInterval(() => {
    heartbeatWorker(bench.state, { id, role: 'all', host: 'local', pid: process.pid }).catch(() => undefined);
  }, 10_000);
  const ticks = tickHandlers(timing);
  const context = idleContext(bench.state, bench.folder);
  const worker = queues.work(
    'schedule',
    async (job) => {
      if (tickSchema.parse(job.data).tick === 'sweep') await ticks.sweep(context);
    },
    { concurrency: 1, onError: () => undefined },
  );
  const hourly = Object.fromEntries(tickNames.map((name) => [name, 3_600])) as Record<TickName, number>;
  const seconds = { ...hourly, sweep: sweepEverySeconds };
  const onEmptied = () => ticks.sweep(context);
  const schedules = await keepSchedules({ queues, seconds, lookEveryMs, log: quietLog, onEmptied });
  return {
    async close() {
      clearInterval(beat);
      schedules.stop();
      await node.close();
      await worker.close();
      await queues.close();
      await opened.close();
    },
  };
}

/** Keeps so many competitions on their way. */
async function feed(bench: Bench): Promise<void> {
  const { rows } = await bench.pool.query<{ open: number }>(
    'select count(*)::int as open from competitions where state <> $1',
    [fanOutEnd.state],
  );
  for (let open = rows[0]?.open ?? 0; open < chainsAtOnce; open++) await startChain(bench);
}

/** Until every competition that was on its way at the kill has moved on. */
async function secondsUntilHealed(bench: Bench, signal: AbortSignal): Promise<number> {
  const startedAt = performance.now();
  const { rows } = await bench.pool.query<{ id: string; version: number }>(
    'select id, version from competitions where state <> $1',
    [fanOutEnd.state],
  );
  for (;;) {
    signal.throwIfAborted();
    const { rows: same } = await bench.pool.query(
      `select from competitions c join jsonb_to_recordset($1) as was (id uuid, version integer) using (id)
       where c.version = was.version and c.state <> $2`,
      [JSON.stringify(rows), fanOutEnd.state],
    );
    const seconds = (performance.now() - startedAt) / 1_000;
    if (same.length === 0 || seconds * 1_000 > convergeMs) return seconds;
    await sleep(20, undefined, { signal });
  }
}

/** No new work: everything must come to its end. @returns what then is still wrong */
async function converge(bench: Bench, signal: AbortSignal): Promise<readonly Violation[]> {
  const givenUpAt = performance.now() + convergeMs;
  for (;;) {
    signal.throwIfAborted();
    const violations = violationsOf(
      await readHistory({ connectionString: bench.connectionString, dataFolder: `${bench.folder}/none` }),
    );
    const stuck = await stuckChains(bench);
    if ((violations.length === 0 && stuck === 0) || performance.now() > givenUpAt) return violations;
    await sleep(500, undefined, { signal });
  }
}

async function stuckChains(bench: Bench): Promise<number> {
  const { rows } = await bench.pool.query<{ stuck: number }>(
    'select count(*)::int as stuck from competitions where state <> $1 or version <> $2',
    [fanOutEnd.state, fanOutEnd.version],
  );
  return rows[0]?.stuck ?? 0;
}

async function countOf(bench: Bench, table: 'events' | 'stage_runs' | 'competitions'): Promise<number> {
  const { rows } = await bench.pool.query<{ count: number }>(`select count(*)::int as count from ${table}`);
  return rows[0]?.count ?? 0;
}

async function counted(bench: Bench) {
  const { rows } = await bench.pool.query<{ resent: number }>(
    'select sum(delivery)::int as resent from events',
  );
  return {
    events: await countOf(bench, 'events'),
    runs: await countOf(bench, 'stage_runs'),
    chains: await countOf(bench, 'competitions'),
    resent: rows[0]?.resent ?? 0,
    stuck: await stuckChains(bench),
  };
}

const defaultKills = 50;
const defaultSeed = '1';

export const redisKillsBenchmark: Benchmark = {
  name: 'redis-kills',
  measure: (signal) => measure(defaultSeed, defaultKills, signal),
};

async function measure(seed: string, kills: number, signal: AbortSignal) {
  if (findRedisServer() === null) {
    return { figures: [], notes: ['redis-kills: there is no redis-server on this machine'] };
  }
  // Postgres carries the state alone; its own queues stay empty.
  const bench = await openBench('postgres', signal);
  if (bench === null) throw new Error('unreachable: Postgres is everywhere');
  try {
    const outcome = await campaign(planKills(seed, kills), bench, signal);
    const notes = outcome.violations.map(({ invariant, what }) => `${invariant}: ${what}`);
    return { figures: figuresOf(outcome), notes: [`redis-kills: seed ${planVersion}:${seed}`, ...notes] };
  } finally {
    await bench.close();
  }
}

function figuresOf(outcome: Outcome): Figure[] {
  const { fired, events, runs, resent, chains, stuck, violations, healSeconds } = outcome;
  const lost = violations.filter(({ invariant }) => invariant === 'E1').length;
  const count = (name: string, value: number): Figure => ({
    name: `redisKills.${name}`,
    variant: 'redis',
    value,
    unit: 'count',
    samples: fired,
    statistic: 'value',
  });
  const healed = { ...count('toNextMove', 0), unit: 's', samples: healSeconds.length } as const;
  return [
    count('lost', lost),
    count('doubled', violations.length - lost),
    count('competitionsStuck', stuck),
    count('killsFired', fired),
    count('events', events),
    count('runs', runs),
    count('eventsSentAgain', resent),
    count('competitions', chains),
    { ...healed, value: quantile(healSeconds, 0.5), statistic: 'median' },
    { ...healed, value: quantile(healSeconds, 1), statistic: 'max' },
  ];
}

if (import.meta.main) {
  const { values } = parseArgs({ options: { seed: { type: 'string' }, kills: { type: 'string' } } });
  const { seed = defaultSeed } = values;
  const kills = Number(values.kills ?? defaultKills);
  process.stdout.write(`${JSON.stringify({ version: planVersion, seed, plan: planKills(seed, kills) })}\n`);
  const measured = await measure(seed, kills, AbortSignal.timeout(20 * 60_000));
  process.stdout.write(`${JSON.stringify(measured, null, 2)}\n`);
}
