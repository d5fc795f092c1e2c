import { Redis } from 'ioredis';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { tickNames } from '../../src/jobs/catalog.ts';
import { keepSchedules, registerSchedules, type ScheduleSeconds } from '../../src/jobs/schedules.ts';
import { aJobWorld, backendNames, isMissing } from '../support/job-nodes.ts';
import { openQueues } from '../support/queue-place.ts';
import { findRedisServer, startRedis } from '../support/redis.ts';
import { recordingLog } from '../support/silent-log.ts';

const seconds: ScheduleSeconds = {
  discover: 3_600,
  'watch-costs': 300,
  'check-scores': 900,
  'check-gates': 180,
  'watch-timeouts': 60,
  'refresh-cards': 10,
  'track-runs': 15,
  digest: 60,
  sweep: 60,
  purge: 3_600,
};
const waiting = { timeout: 25_000, interval: 20 };

describe.each(backendNames)('on %s', (backend) => {
  const skip = isMissing(backend);

  async function opened() {
    const world = await aJobWorld(backend);
    const { queues, close } = await openQueues(world);
    onTestFinished(close);
    return { world, queues };
  }

  test.skipIf(skip)(
    'the periodic tasks are registered, and those that left the table are removed',
    async () => {
      const { queues } = await opened();
      await queues.upsertSchedule('of-an-older-version', 60_000, 'of-an-older-version', {});

      expect(await registerSchedules(queues, seconds)).toEqual([...tickNames]);

      const listed = await queues.listSchedules();
      expect(listed.toSorted((a, b) => a.id.localeCompare(b.id))).toEqual(
        [...tickNames].sort().map((id) => ({ id, everyMs: seconds[id] * 1000 })),
      );
    },
  );

  test.skipIf(skip)('what stands already is left alone, and a changed interval is taken up', async () => {
    const { queues } = await opened();
    await registerSchedules(queues, seconds);

    expect(await registerSchedules(queues, seconds)).toEqual([]);
    expect(await registerSchedules(queues, { ...seconds, discover: 7_200 })).toEqual(['discover']);

    expect(await queues.listSchedules()).toContainEqual({ id: 'discover', everyMs: 7_200_000 });
    expect(await queues.listSchedules()).toHaveLength(tickNames.length);
  });

  test.skipIf(skip)('each task comes again and again', async () => {
    const { queues } = await opened();
    const ticks: unknown[] = [];
    const worker = queues.work('schedule', async (job) => void ticks.push(job.data), {
      concurrency: 2,
      onError: () => undefined,
    });
    onTestFinished(() => worker.close());

    await registerSchedules(queues, { ...seconds, sweep: 0.2 });

    await vi.waitFor(() => expect(ticks.filter(isSweep).length).toBeGreaterThanOrEqual(3), waiting);
  });

  test.skipIf(skip)('two processes that register at once leave one of each', async () => {
    const { queues, world } = await opened();
    const other = await openQueues(world);
    onTestFinished(other.close);

    await Promise.all([registerSchedules(queues, seconds), registerSchedules(other.queues, seconds)]);

    expect(await queues.listSchedules()).toHaveLength(tickNames.length);
  });
});

function isSweep(data: unknown): boolean {
  return JSON.stringify(data) === '{"tick":"sweep"}';
}

test.skipIf(isMissing('redis'))(
  'after Redis was emptied the tasks are registered again and go on',
  async () => {
    const world = await aJobWorld('redis');
    const { queues, close } = await openQueues(world);
    onTestFinished(close);
    const { log, lines } = recordingLog();
    const onEmptied = vi.fn(async () => undefined);
    const keeper = await keepSchedules({
      queues,
      seconds: { ...seconds, sweep: 0.2 },
      lookEveryMs: 100,
      log,
      onEmptied,
    });
    onTestFinished(() => keeper.stop());
    let sweeps = 0;
    const worker = queues.work(
      'schedule',
      async (job) => {
        if (isSweep(job.data)) sweeps += 1;
      },
      {
        concurrency: 2,
        onError: () => undefined,
      },
    );
    onTestFinished(() => worker.close());
    await vi.waitFor(() => expect(sweeps).toBeGreaterThan(0), waiting);

    const client = new Redis(world.redisUrl ?? '');
    await client.flushall();
    client.disconnect();
    await vi.waitFor(
      () =>
        expect(lines.map(({ message }) => message)).toContain(
          'periodic tasks were gone and are registered again',
        ),
      waiting,
    );
    const before = sweeps;

    await vi.waitFor(() => expect(sweeps).toBeGreaterThan(before + 1), waiting);
    expect(await queues.listSchedules()).toHaveLength(tickNames.length);
    expect(onEmptied).toHaveBeenCalled();
  },
);

test.skipIf(isMissing('redis'))(
  'a keeper goes on looking while Redis is away, and no longer than it is wanted',
  async () => {
    const binary = findRedisServer();
    if (binary === null) throw new Error('there is no redis-server');
    const redis = await startRedis(binary);
    const place = { connectionString: '', redisUrl: redis.url };
    const { queues, close } = await openQueues(place);
    const { log, lines } = recordingLog();
    const keeper = await keepSchedules({
      queues,
      seconds,
      lookEveryMs: 20,
      log,
      onEmptied: async () => undefined,
    });
    const port = Number(new URL(redis.url).port);

    await redis.stop();
    await vi.waitFor(() => expect(lines.length).toBeGreaterThan(0), waiting);
    expect(lines[0]).toMatchObject({ level: 'warn', message: 'periodic tasks could not be looked at' });
    await startRedis(binary, port);
    await vi.waitFor(
      () => expect(lines.at(-1)?.message).toBe('periodic tasks were gone and are registered again'),
      waiting,
    );
    keeper.stop();

    expect(await queues.listSchedules()).toHaveLength(tickNames.length);
    await close();
  },
);
