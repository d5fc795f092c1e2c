import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { Redis } from 'ioredis';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { Wait } from '../../src/flows/support/wait.ts';
import { tickHandlers } from '../../src/jobs/handlers.ts';
import { heartbeatWorker, stopOtherWorkers, stopWorker } from '../../src/state/stage-runs.ts';
import { aCompetition, anEvent } from '../support/builders.ts';
import { aContext } from '../support/context.ts';
import { movingHandlers } from '../support/idle-handlers.ts';
import {
  aJobWorld,
  backendNames,
  isMissing,
  type JobNode,
  type JobWorld,
  runRows,
  startNode,
} from '../support/job-nodes.ts';

const waiting = { timeout: 20_000, interval: 30 };
/** A crashed worker's jobs are given to others after about two seconds. */
const soon = { lockDurationMs: 1_500, stalledIntervalMs: 500 };

async function aStageEvent(world: JobWorld, type = 'resumed') {
  const competition = await aCompetition(world, { state: 'researching', version: 1 });
  const payload = { version: 1, toState: 'researching' };
  const eventId = await anEvent(world.pool, { type, competitionId: competition.id, payload });
  return { competition, eventId };
}

const planRuns = async (world: JobWorld) =>
  (await runRows(world.pool)).filter(({ job }) => job === 'research.plan');

/** What the minute's sweep does, without its patience. */
async function sweep(world: JobWorld, staleSeconds = 30): Promise<void> {
  const ctx = await aContext({ state: world.state });
  await tickHandlers({ graceSeconds: 0, staleSeconds }).sweep(ctx);
}

function startProcess(world: JobWorld, mode: 'hang' | 'stop', id: string): ChildProcess {
  const script = resolve(import.meta.dirname, '../support/job-process.ts');
  const args = [
    script,
    mode,
    world.connectionString,
    id,
    ...(world.redisUrl === null ? [] : [world.redisUrl]),
  ];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  return child;
}

async function saysBegun(child: ChildProcess): Promise<void> {
  if (child.stdout === null) throw new Error('its output is not read');
  for await (const chunk of child.stdout) {
    if (String(chunk).includes('begun')) return;
  }
  throw new Error('it ended before it began');
}

describe.each(backendNames)('on %s', (backend) => {
  const skip = isMissing(backend);

  test.skipIf(skip)('the job of a process that was killed is done by another', async () => {
    const world = await aJobWorld(backend);
    const { eventId } = await aStageEvent(world);
    const child = startProcess(world, 'hang', 'killed');
    await saysBegun(child);
    child.kill('SIGKILL');
    await once(child, 'exit');
    let starts = 0;

    await startNode(world, {
      id: 'survivor',
      works: ['research', 'human', 'discovery'],
      tuning: soon,
      staleSeconds: 1,
      handlers: {
        'research.plan': async () => {
          starts += 1;
        },
      },
    });

    await vi.waitFor(async () => {
      expect(await planRuns(world)).toMatchObject([
        { event_id: eventId, delivery: 0, attempt: 1, status: 'interrupted', worker_id: 'killed' },
        { event_id: eventId, delivery: 0, attempt: 2, status: 'done', worker_id: 'survivor' },
      ]);
    }, waiting);
    expect(starts).toBe(1);
  });

  test.skipIf(skip)(
    'where one process holds the database, its start takes up at once what a killed one left',
    async () => {
      const world = await aJobWorld(backend);
      await aStageEvent(world);
      const child = startProcess(world, 'hang', 'killed');
      await saysBegun(child);
      child.kill('SIGKILL');
      await once(child, 'exit');

      await heartbeatWorker(world.state, { id: 'next', role: 'all', host: 'test', pid: 1 });
      await stopOtherWorkers(world.state, 'next');
      await sweep(world);
      // the usual lock, which nobody waits for
      await startNode(world, { id: 'next', works: ['research', 'human', 'discovery'] });

      await vi.waitFor(async () => {
        expect(await planRuns(world)).toMatchObject([
          { delivery: 0, status: 'interrupted', worker_id: 'killed' },
          { delivery: 1, status: 'done', worker_id: 'next' },
        ]);
      }, waiting);
    },
  );

  test.skipIf(skip)(
    'a job that is interrupted by a stop goes on at the next start, as the same run',
    async () => {
      const world = await aJobWorld(backend);
      await aStageEvent(world);
      let begun = 0;
      const interrupted = await startNode(world, {
        handlers: {
          'research.plan': async ({ signal }) => {
            begun += 1;
            await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
          },
        },
      });
      await vi.waitFor(() => expect(begun).toBe(1), waiting);

      await interrupted.close();

      expect(await planRuns(world)).toMatchObject([{ attempt: 1, status: 'waiting', outcome: 'stopped' }]);
      await startNode(world, { id: 'next' });
      await vi.waitFor(async () => {
        expect(await planRuns(world)).toMatchObject([{ attempt: 1, status: 'done', worker_id: 'next' }]);
      }, waiting);
    },
  );

  test.skipIf(skip)('a stop leaves no job behind that looks as if somebody were at it', async () => {
    const world = await aJobWorld(backend);
    for (let count = 0; count < 6; count++) await aStageEvent(world);
    let starts = 0;
    const node = await startNode(world, {
      concurrency: 2,
      handlers: {
        'research.plan': async ({ signal }) => {
          starts += 1;
          await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
        },
      },
    });
    await vi.waitFor(() => expect(starts).toBe(2), waiting);

    await node.close();

    const looker = await startNode(world, { works: [], hasRelay: false });
    expect(await looker.queues.counts()).toMatchObject({ research: { active: 0 }, human: { active: 0 } });
    // what was not begun yet was not begun while stopping either
    expect(starts).toBe(2);
    expect((await runRows(world.pool)).filter(({ status }) => status === 'running')).toEqual([]);
  });

  test.skipIf(skip)('a process that closes everything ends by itself', async () => {
    const world = await aJobWorld(backend);
    await aStageEvent(world);

    const child = startProcess(world, 'stop', 'polite');
    const [code] = await once(child, 'exit');

    expect(code).toBe(0);
    expect(await planRuns(world)).toMatchObject([{ status: 'done' }]);
  });

  test.skipIf(skip)('a worker whose job was taken over writes nothing more', async () => {
    const world = await aJobWorld(backend);
    await aStageEvent(world);
    let release: () => void = () => undefined;
    const held = new Promise<void>((done) => {
      release = done;
    });
    const moved: string[] = [];
    const slow = await startNode(world, {
      id: 'slow',
      concurrency: 1,
      handlers: {
        'research.plan': async () => {
          await held;
          throw new Wait(50, 'the slow one wants to wait');
        },
      },
    });
    await vi.waitFor(async () => expect(await planRuns(world)).toHaveLength(1), waiting);
    // as if it had not been heard of for long
    await stopWorker(world.state, 'slow');
    await sweep(world);
    await startNode(world, {
      id: 'fast',
      handlers: {
        'research.plan': async () => {
          moved.push('fast');
        },
      },
    });
    await vi.waitFor(() => expect(moved).toEqual(['fast']), waiting);

    release();
    await slow.close();

    await vi.waitFor(
      async () =>
        expect(await planRuns(world)).toMatchObject([
          { delivery: 0, status: 'interrupted', worker_id: 'slow' },
          { delivery: 1, status: 'done', worker_id: 'fast' },
        ]),
      waiting,
    );
  });

  test.skipIf(skip)('a job whose end cannot be written is neither lost nor failed', async () => {
    const world = await aJobWorld(backend);
    const { competition } = await aStageEvent(world);
    let starts = 0;
    await startNode(world, {
      works: ['research'],
      handlers: {
        'research.plan': async () => {
          starts += 1;
          // The run can begin, but its end cannot be written.
          if (starts === 1) {
            await world.pool.query('alter function end_stage_run rename to end_stage_run_away');
          }
        },
      },
    });

    await vi.waitFor(() => expect(starts).toBe(1), waiting);
    await vi.waitFor(async () => expect((await delayed(world)) > 0).toBe(true), waiting);
    await world.pool.query('alter function end_stage_run_away rename to end_stage_run');

    await vi.waitFor(async () => {
      const runs = await planRuns(world);
      expect(runs.at(-1)).toMatchObject({ status: 'done' });
    }, waiting);
    const { rows } = await world.pool.query('select state from competitions where id = $1', [competition.id]);
    expect(rows).toEqual([{ state: 'researching' }]);
  });
});

async function delayed(world: JobWorld): Promise<number> {
  const looker = await startNode(world, { works: [], hasRelay: false });
  const { research } = await looker.queues.counts();
  await looker.crash();
  return research.delayed ?? 0;
}

describe('an emptied Redis', () => {
  const skip = isMissing('redis');

  async function flush(world: JobWorld): Promise<void> {
    const client = new Redis(world.redisUrl ?? '');
    await client.flushall();
    client.disconnect();
  }

  test.skipIf(skip)('a chain of stages goes on after it, and ends with each run done once', async () => {
    const world = await aJobWorld('redis');
    for (let count = 0; count < 4; count++) await aStageEvent(world, 'research_started');
    let started = 0;
    let isFlushed = false;
    const node: JobNode = await startNode(world, {
      handlers: {
        ...movingHandlers(),
        'codegen.plan': async (ctx, input) => {
          started += 1;
          if (!isFlushed && started === 2) {
            isFlushed = true;
            await flush(world);
          }
          await movingHandlers()['codegen.plan'](ctx, input);
        },
      },
    });
    await vi.waitFor(() => expect(isFlushed).toBe(true), waiting);

    await vi.waitFor(
      async () => {
        await sweep(world);
        const { rows } = await world.pool.query('select distinct state from competitions');
        expect(rows).toEqual([{ state: 'submitted' }]);
      },
      { timeout: 25_000, interval: 300 },
    );
    await node.close();

    const done = (await runRows(world.pool)).filter(({ status }) => status === 'done');
    const keys = done.map((run) => `${run.event_id} ${run.job} ${run.item} ${run.delivery}`);
    expect(new Set(keys).size).toBe(keys.length);
    const { rows } = await world.pool.query(
      'select count(*)::int as moves from transitions where not refused',
    );
    expect(rows).toEqual([{ moves: 24 }]);
  });

  test.skipIf(skip)('a fan-out that was half done is done, and joined', async () => {
    const world = await aJobWorld('redis');
    const items = [1, 2, 3].map((digit) => `00000000-0000-4000-8000-00000000000${digit}`);
    const competition = await aCompetition(world, { state: 'researching', version: 1 });
    await anEvent(world.pool, {
      type: 'research_planned',
      competitionId: competition.id,
      payload: { version: 1, items },
    });
    const ended = new Set<string>();
    let joins = 0;
    await startNode(world, {
      concurrency: 1,
      handlers: {
        'research.query': async (_, { itemId }) => {
          if (ended.size === 1) await flush(world);
          ended.add(itemId);
        },
        'research.rank': async () => {
          joins += 1;
        },
      },
    });
    await vi.waitFor(() => expect(ended.size).toBe(2), waiting);

    await vi.waitFor(
      async () => {
        await sweep(world);
        expect(joins).toBeGreaterThan(0);
      },
      { timeout: 25_000, interval: 300 },
    );
    expect([...ended].sort()).toEqual(items);
  });

  test.skipIf(skip)('a question that was about to be shown is shown', async () => {
    const world = await aJobWorld('redis');
    const competition = await aCompetition(world, { state: 'awaiting_decision', version: 4 });
    const payload = { decisionId: '00000000-0000-4000-8000-000000000001' };
    await anEvent(world.pool, { type: 'human_decision_made', competitionId: competition.id, payload });
    const feeder = await startNode(world, { works: [] });
    await vi.waitFor(async () => {
      const { rows } = await world.pool.query('select from events where dispatched_at is null');
      expect(rows).toEqual([]);
    }, waiting);
    await flush(world);
    let shown = 0;
    await startNode(world, {
      handlers: {
        'human.present': async () => {
          shown += 1;
        },
      },
    });

    await sweep(world);

    await vi.waitFor(() => expect(shown).toBe(1), waiting);
    await feeder.close();
  });

  test.skipIf(skip)('a long job that loses its lock to it is no failure of its stage', async () => {
    const world = await aJobWorld('redis');
    const { competition } = await aStageEvent(world);
    let aborts = 0;
    let starts = 0;
    await startNode(world, {
      tuning: soon,
      handlers: {
        'research.plan': async ({ signal }) => {
          starts += 1;
          if (starts > 1) return;
          await flush(world);
          await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
        },
      },
      onEnd: ({ job, outcome }) => {
        if (job === 'research.plan' && outcome !== 'done') aborts += 1;
      },
    });
    await vi.waitFor(() => expect(aborts).toBe(1), waiting);
    await vi.waitFor(
      async () => expect(await planRuns(world)).toMatchObject([{ status: 'waiting' }]),
      waiting,
    );
    await sweep(world);

    await vi.waitFor(
      async () => {
        expect((await planRuns(world)).map(({ status }) => status)).toEqual(['interrupted', 'done']);
      },
      { timeout: 20_000, interval: 300 },
    );
    const { rows } = await world.pool.query('select state from competitions where id = $1', [competition.id]);
    expect(rows).toEqual([{ state: 'researching' }]);
  });
});
