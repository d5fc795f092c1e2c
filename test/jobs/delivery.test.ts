import { describe, expect, test, vi } from 'vitest';
import { TransientFailure } from '../../src/domain/errors.ts';
import { Wait } from '../../src/flows/support/wait.ts';
import { deliver } from '../../src/jobs/deliver.ts';
import { claimEvents, replayEvents } from '../../src/state/outbox.ts';
import { aCompetition, anEvent, someActor } from '../support/builders.ts';
import { movingHandlers, sixStages } from '../support/idle-handlers.ts';
import {
  aJobWorld,
  aRelay,
  backendNames,
  isMissing,
  type JobWorld,
  runRows,
  startNode,
} from '../support/job-nodes.ts';

const item = (digit: number) => `00000000-0000-4000-8000-00000000000${digit}`;
const waiting = { timeout: 25_000, interval: 20 };

/** An event that a stage job listens to. */
async function aStageEvent(world: JobWorld, options: { priority?: number; type?: string } = {}) {
  const competition = await aCompetition(world, {
    state: 'researching',
    version: 1,
    priority: options.priority ?? 100,
  });
  const payload = { version: 1, toState: 'researching' };
  const eventId = await anEvent(world.pool, {
    type: options.type ?? 'next_round',
    competitionId: competition.id,
    payload,
  });
  return { competition, eventId };
}

async function aFanOut(world: JobWorld, items: readonly string[]) {
  const competition = await aCompetition(world, { state: 'researching', version: 1 });
  return await anEvent(world.pool, {
    type: 'research_planned',
    competitionId: competition.id,
    payload: { version: 1, items },
  });
}

async function isDelivered(world: JobWorld): Promise<boolean> {
  const { rows } = await world.pool.query('select from events where dispatched_at is null');
  return rows.length === 0;
}

describe.each(backendNames)('on %s', (backend) => {
  const skip = isMissing(backend);

  test.skipIf(skip)('every event is delivered once to each of its jobs, by however many relays', async () => {
    const world = await aJobWorld(backend);
    const ids: number[] = [];
    for (let count = 0; count < 12; count++) ids.push((await aStageEvent(world)).eventId);
    const seen: string[] = [];
    const plan = async (_: unknown, { competitionId }: { competitionId: string }) => {
      seen.push(competitionId);
    };
    await startNode(world, { handlers: { 'research.plan': plan } });
    await startNode(world, { handlers: { 'research.plan': plan } });
    const third = await startNode(world, { works: [], hasRelay: false });
    const extra = aRelay(world.state, third.queues, 'a third relay');

    await vi.waitFor(async () => {
      expect(await isDelivered(world)).toBe(true);
      expect(seen).toHaveLength(12);
      const done = (await runRows(world.pool)).filter(({ status }) => status === 'done');
      // next_round is told to people and shown as well
      expect(done).toHaveLength(36);
    }, waiting);
    await extra.stop();

    expect(new Set(seen).size).toBe(12);
    const runs = await runRows(world.pool);
    expect(runs.map((run) => `${run.event_id} ${run.job} ${run.delivery}`).sort()).toEqual(
      ids
        .flatMap((id) => ['human.status', 'human.tell', 'research.plan'].map((job) => `${id} ${job} 0`))
        .sort(),
    );
  });

  test.skipIf(skip)(
    'a relay that dies after adding and before marking: another one adds the same, which runs once',
    async () => {
      const world = await aJobWorld(backend);
      const { eventId } = await aStageEvent(world);
      const fanOut = await aFanOut(world, [item(1), item(2)]);
      const started: string[] = [];
      const record = (name: string) => async () => {
        started.push(name);
      };
      const handlers = {
        'research.plan': record('plan'),
        'research.query': record('query'),
        'research.rank': record('rank'),
      };
      const node = await startNode(world, { handlers, hasRelay: false });
      for (const event of await claimEvents(world.state, { worker: 'dies', limit: 10, leaseSeconds: 0.1 })) {
        await deliver(node.queues, event);
      }
      await vi.waitFor(() => expect(started.sort()).toEqual(['plan', 'query', 'query', 'rank']), waiting);
      expect(await isDelivered(world)).toBe(false);

      const second = aRelay(world.state, node.queues, 'lives');
      await vi.waitFor(async () => expect(await isDelivered(world)).toBe(true), waiting);
      await vi.waitFor(async () => {
        const counts = Object.values(await node.queues.counts());
        const open = counts.map(
          (of) =>
            (of.waiting ?? 0) + (of.active ?? 0) + (of.prioritized ?? 0) + (of['waiting-children'] ?? 0),
        );
        expect(open.reduce((sum, count) => sum + count, 0)).toBe(0);
      }, waiting);
      await second.stop();

      expect(started.sort()).toEqual(['plan', 'query', 'query', 'rank']);
      const runs = await runRows(world.pool);
      expect(
        runs
          .filter(({ event_id }) => event_id === eventId)
          .map(({ job, status }) => [job, status])
          .sort(),
      ).toEqual([
        ['human.status', 'done'],
        ['human.tell', 'done'],
        ['research.plan', 'done'],
      ]);
      expect(runs.filter(({ event_id }) => event_id === fanOut)).toHaveLength(3);
    },
  );

  test.skipIf(skip)(
    'a relay that dies in the middle of a fan-out: the rest is added by another, and the join still waits',
    async () => {
      const world = await aJobWorld(backend);
      await aFanOut(world, [item(1), item(2), item(3)]);
      const order: string[] = [];
      let release: () => void = () => undefined;
      const held = new Promise<void>((resolve) => {
        release = resolve;
      });
      const node = await startNode(world, {
        hasRelay: false,
        handlers: {
          'research.query': async (_, { itemId }) => {
            if (itemId === item(3)) await held;
            order.push(itemId);
          },
          'research.rank': async () => {
            order.push('join');
          },
        },
      });
      for (const event of await claimEvents(world.state, { worker: 'dies', limit: 10, leaseSeconds: 0.1 })) {
        await deliver(node.queues, event);
      }
      await vi.waitFor(() => expect(order).toHaveLength(2), waiting);
      const second = aRelay(world.state, node.queues, 'lives');
      await vi.waitFor(async () => expect(await isDelivered(world)).toBe(true), waiting);
      await second.stop();

      expect(order).toHaveLength(2);
      release();

      await vi.waitFor(() => expect(order).toHaveLength(4), waiting);
      expect(order.at(-1)).toBe('join');
    },
  );

  test.skipIf(skip)('the join runs after all of its rows, also after one that is dead', async () => {
    const world = await aJobWorld(backend);
    const items = [item(1), item(2), item(3)];
    const event = await aFanOut(world, items);
    const ended: string[] = [];
    const given: string[] = [];
    let joins = 0;
    await startNode(world, {
      handlers: {
        'research.query': async (_, { itemId }) => {
          ended.push(itemId);
          if (itemId === item(2)) throw new Error('this one is broken');
        },
        'research.rank': async () => {
          joins += 1;
          expect(ended.sort()).toEqual(items);
        },
      },
      endings: {
        'research.query': async (_, { itemId }, failure) => {
          given.push(`${itemId} ${failure.code}`);
        },
      },
    });

    await vi.waitFor(() => expect(joins).toBe(1), waiting);
    await vi.waitFor(
      async () =>
        expect((await runRows(world.pool)).map(({ status }) => status).sort()).toEqual([
          'dead',
          'done',
          'done',
          'done',
        ]),
      waiting,
    );
    expect(given).toEqual([`${item(2)} unexpected`]);
    const runs = await runRows(world.pool);
    expect(runs.map(({ event_id }) => event_id)).toEqual([event, event, event, event]);
    expect(runs.find(({ status }) => status === 'dead')).toMatchObject({
      item: item(2),
      error_code: 'unexpected',
    });
  });

  test.skipIf(skip)('a fan-out over nothing is its join alone', async () => {
    const world = await aJobWorld(backend);
    await aFanOut(world, []);
    let joins = 0;
    await startNode(world, {
      handlers: {
        'research.rank': async () => {
          joins += 1;
        },
      },
    });

    await vi.waitFor(() => expect(joins).toBe(1), waiting);
  });

  test.skipIf(skip)('a wait goes on after its time as the same run, and uses up no attempt', async () => {
    const world = await aJobWorld(backend);
    await aStageEvent(world);
    const at: number[] = [];
    await startNode(world, {
      handlers: {
        'research.plan': async () => {
          at.push(performance.now());
          // more often than the job may fail
          if (at.length <= 5) throw new Wait(100, 'not yet');
        },
      },
    });

    await vi.waitFor(() => expect(at).toHaveLength(6), waiting);
    await vi.waitFor(async () => {
      const run = (await runRows(world.pool)).filter(({ job }) => job === 'research.plan');
      expect(run).toMatchObject([{ status: 'done', attempt: 1 }]);
    }, waiting);
    const gaps = at.slice(1).map((time, index) => time - (at[index] ?? 0));
    expect(Math.min(...gaps)).toBeGreaterThan(80);
  });

  test.skipIf(skip)('what may work later is tried again as a new attempt, with time in between', async () => {
    const world = await aJobWorld(backend);
    await aStageEvent(world);
    let starts = 0;
    await startNode(world, {
      handlers: {
        'research.plan': async () => {
          starts += 1;
          if (starts === 1)
            throw new TransientFailure('Not now.', { code: 'objects.checksum', retryAfterMs: 50 });
        },
      },
    });

    await vi.waitFor(() => expect(starts).toBe(2), waiting);
    await vi.waitFor(async () => {
      const run = (await runRows(world.pool)).filter(({ job }) => job === 'research.plan');
      expect(run).toMatchObject([
        { status: 'failed', attempt: 1, error_code: 'objects.checksum' },
        { status: 'done', attempt: 2 },
      ]);
    }, waiting);
  });

  test.skipIf(skip)('a stage whose job is dead fails its competition, with the reason', async () => {
    const world = await aJobWorld(backend);
    const { competition } = await aStageEvent(world);
    await startNode(world, {
      handlers: {
        'research.plan': async () => {
          throw new Error('odd');
        },
      },
    });

    await vi.waitFor(async () => {
      const { rows } = await world.pool.query(
        'select state, resume_state, version from competitions where id = $1',
        [competition.id],
      );
      expect(rows).toEqual([{ state: 'recovering', resume_state: 'researching', version: 2 }]);
    }, waiting);
    const { rows } = await world.pool.query(
      `select payload ->> 'code' as code, payload ->> 'reason' as reason from events where type = 'research_failed'`,
    );
    expect(rows).toEqual([{ code: 'unexpected', reason: 'odd' }]);
  });

  test.skipIf(skip)(
    'jobs of the competition with the lowest priority number go first, in their order',
    async () => {
      const world = await aJobWorld(backend);
      const slugs = new Map<string, string>();
      for (const [name, priority] of [
        ['late', 300],
        ['second', 100],
        ['first', 1],
        ['third', 100],
        ['last', 1_000],
      ] as const) {
        const { competition } = await aStageEvent(world, { priority, type: 'resumed' });
        slugs.set(competition.id, name);
      }
      const feeder = await startNode(world, { works: [] });
      await vi.waitFor(async () => expect(await isDelivered(world)).toBe(true), waiting);
      await feeder.close();
      const order: string[] = [];
      await startNode(world, {
        works: ['research'],
        concurrency: 1,
        handlers: {
          'research.plan': async (_, { competitionId }) => {
            order.push(slugs.get(competitionId) ?? '');
          },
        },
      });

      await vi.waitFor(() => expect(order).toHaveLength(5), waiting);
      expect(order).toEqual(['first', 'second', 'third', 'late', 'last']);
    },
  );

  test.skipIf(skip)(
    'an id that is added twice runs once, and a replay runs again under an id of its own',
    async () => {
      const world = await aJobWorld(backend);
      const { eventId } = await aStageEvent(world, { type: 'resumed' });
      let starts = 0;
      const node = await startNode(world, {
        handlers: {
          'research.plan': async () => {
            starts += 1;
          },
        },
      });
      await vi.waitFor(() => expect(starts).toBe(1), waiting);
      const { rows } = await world.pool.query<{ competition_id: string }>(
        'select competition_id from events',
      );
      const envelope = {
        eventId,
        delivery: 0,
        item: '',
        competitionId: rows[0]?.competition_id ?? '',
        payload: { competitionId: rows[0]?.competition_id ?? '', version: 1 },
      };
      await node.queues.add('research', 'research.plan', envelope, { jobId: `e-${eventId}-research-plan-0` });

      expect(await replayEvents(world.state, eventId, eventId, someActor)).toBe(1);
      await vi.waitFor(() => expect(starts).toBe(2), waiting);

      await vi.waitFor(async () => {
        const runs = (await runRows(world.pool)).filter(({ job }) => job === 'research.plan');
        expect(runs.map(({ delivery, status }) => [delivery, status])).toEqual([
          [0, 'done'],
          [1, 'done'],
        ]);
      }, waiting);
    },
  );

  test.skipIf(skip)(
    'a whole chain of stages: each event once, each run done once, versions without a gap',
    async () => {
      const world = await aJobWorld(backend);
      for (let count = 0; count < 3; count++) await aStageEvent(world, { type: 'research_started' });
      await startNode(world, { handlers: movingHandlers() });
      await startNode(world, { handlers: movingHandlers() });

      await vi.waitFor(async () => {
        const { rows } = await world.pool.query('select state, version from competitions');
        expect(rows).toEqual(Array.from({ length: 3 }, () => ({ state: 'submitted', version: 7 })));
        expect((await runRows(world.pool)).filter(({ status }) => status !== 'done')).toEqual([]);
      }, waiting);

      const jobs = sixStages.map(([job]) => job);
      const runs = (await runRows(world.pool)).filter(({ job }) => jobs.some((name) => name === job));
      expect(runs).toHaveLength(3 * jobs.length);
      const keys = runs.map((run) => `${run.event_id} ${run.job} ${run.item} ${run.delivery}`);
      expect(new Set(keys).size).toBe(keys.length);
      const { rows } = await world.pool.query(
        'select version from transitions where not refused order by competition_id, version',
      );
      expect(rows.map(({ version }) => version)).toEqual([
        2, 3, 4, 5, 6, 7, 2, 3, 4, 5, 6, 7, 2, 3, 4, 5, 6, 7,
      ]);
    },
  );

  test.skipIf(skip)('finished jobs of a fan-out are kept no longer than any other', async () => {
    const world = await aJobWorld(backend);
    await aFanOut(world, [item(1)]);
    const node = await startNode(world, { works: [] });
    await vi.waitFor(async () => expect(await isDelivered(world)).toBe(true), waiting);

    const [queue] = node.queues.raw().flatMap((each) => {
      const named = each as { name: string; getJobs: () => Promise<{ name: string; opts: object }[]> };
      return named.name === 'research' ? [named] : [];
    });
    const jobs = (await queue?.getJobs()) ?? [];

    expect(jobs.map(({ name }) => name).sort()).toEqual(['research.query', 'research.rank']);
    for (const { opts } of jobs) expect(opts).toMatchObject({ removeOnComplete: { count: 200 } });
  });
});
