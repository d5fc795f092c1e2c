import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { expect, onTestFinished, test, vi } from 'vitest';
import { type TickName, tickNames, tickSchema } from '../../src/jobs/catalog.ts';
import { tickHandlers } from '../../src/jobs/handlers.ts';
import { keepSchedules, type ScheduleSeconds } from '../../src/jobs/schedules.ts';
import { violationsOf } from '../e2e/invariants.ts';
import { readHistory } from '../e2e/read-history.ts';
import { aContext } from '../support/context.ts';
import { freshState } from '../support/database.ts';
import { fanOutEnd, fanOutHandlers, startChain } from '../support/fan-out-handlers.ts';
import { type JobNode, type JobWorld, startNode } from '../support/job-nodes.ts';
import { findRedisServer, startRedis, type TestRedis } from '../support/redis.ts';
import { recordingLog, silentLog } from '../support/silent-log.ts';
import { tempFolder } from '../support/temp-folder.ts';

const binary = findRedisServer();
if (binary === null) console.warn('no redis-server 6.2 or newer here: its loss is not tested');
const waiting = { timeout: 25_000, interval: 30 };
const chains = 4;

type Lossy = JobWorld & { redis: TestRedis };

async function aLossyWorld(): Promise<Lossy> {
  const redis = await startRedis(binary ?? '');
  return { ...(await freshState()), redis, redisUrl: redis.url };
}

/** A process that keeps the schedules and sweeps as soon as it may. */
async function startSweepingNode(
  world: Lossy,
  handlers: ReturnType<typeof fanOutHandlers>,
): Promise<JobNode> {
  const node = await startNode(world, { handlers });
  const ticks = tickHandlers({ graceSeconds: 0.3, staleSeconds: 30 });
  const ctx = await aContext({ state: world.state });
  const worker = node.queues.work(
    'schedule',
    async (job) => {
      if (tickSchema.parse(job.data).tick === 'sweep') await ticks.sweep(ctx);
    },
    { concurrency: 1, onError: () => undefined },
  );
  onTestFinished(() => worker.close(true));
  const hourly = tickNames.map((name) => [name, 3_600] as const);
  const seconds = { ...(Object.fromEntries(hourly) as Record<TickName, number>), sweep: 0.3 };
  await keepHeld(node, seconds);
  return node;
}

async function keepHeld({ queues }: JobNode, seconds: ScheduleSeconds): Promise<void> {
  // The periodic sweep has to find everything by itself here.
  const onEmptied = async () => undefined;
  const keeper = await keepSchedules({ queues, seconds, lookEveryMs: 200, log: silentLog, onEmptied });
  onTestFinished(() => keeper.stop());
}

async function flush({ redisUrl }: Lossy): Promise<void> {
  const client = new Redis(redisUrl ?? '');
  await client.flushall();
  client.disconnect();
}

const losses: Record<string, (world: Lossy) => Promise<void>> = {
  'is emptied': flush,
  'is killed and starts again with nothing': async ({ redis }) => {
    await redis.stop();
    await startRedis(binary ?? '', redis.port);
  },
  'is away for a while': async ({ redis }) => {
    await redis.stop();
    await sleep(1_000);
    await startRedis(binary ?? '', redis.port);
  },
  'hangs for a while': async ({ redis }) => {
    const pid = redis.pid ?? 0;
    process.kill(pid, 'SIGSTOP');
    await sleep(1_000);
    process.kill(pid, 'SIGCONT');
  },
};

test.skipIf(binary === null).each(Object.keys(losses))(
  'Redis %s in the middle of a run: it ends as if nothing had happened',
  async (name) => {
    const world = await aLossyWorld();
    let lost: Promise<void> | null = null;
    const lose = async () => {
      lost ??= losses[name]?.(world) ?? expect.unreachable();
      await lost;
    };
    let queries = 0;
    const handlers = {
      ...fanOutHandlers(world.pool),
      // with jobs at work, waiting, held by a join, and events on their way
      'research.query': async () => {
        queries += 1;
        if (queries === 4) await lose();
      },
    };
    await startSweepingNode(world, handlers);
    await startSweepingNode(world, handlers);
    const ids = await Promise.all(Array.from({ length: chains }, () => startChain(world)));

    await vi.waitFor(async () => {
      const { rows } = await world.pool.query('select id, state, version from competitions');
      expect(rows.toSorted((a, b) => ids.indexOf(a.id) - ids.indexOf(b.id))).toEqual(
        ids.map((id) => ({ id, ...fanOutEnd })),
      );
    }, waiting);
    expect(lost).not.toBeNull();
    const { connectionString } = world;
    const dataFolder = await tempFolder();
    await vi.waitFor(async () => {
      expect(violationsOf(await readHistory({ connectionString, dataFolder }))).toEqual([]);
    }, waiting);
    const { rows } = await world.pool.query("select from stage_runs where status in ('dead', 'failed')");
    expect(rows).toEqual([]);
  },
);

test.skipIf(binary === null)(
  'an event that comes while Redis is away waits for it, and is told once',
  async () => {
    const world = await aLossyWorld();
    const { log, lines } = recordingLog();
    const node = await startNode(world, { works: [], log });
    await node.queues.counts();
    await world.redis.stop();

    await Promise.all(Array.from({ length: 5 }, () => startChain(world)));
    await vi.waitFor(() => expect(lines.some(({ level }) => level === 'warn')).toBe(true), waiting);
    await startRedis(binary ?? '', world.redis.port);

    await vi.waitFor(async () => {
      const { rows } = await world.pool.query('select tries from events where dispatched_at is not null');
      // no lease had to run out
      expect(rows).toEqual(Array.from({ length: 5 }, () => ({ tries: 1 })));
    }, waiting);
    const words = lines.filter(({ level }) => level !== 'debug').map(({ message }) => message);
    expect(words).toEqual(['the queues are away, events wait for them', 'the queues answer again']);
  },
);
