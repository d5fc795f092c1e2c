import { expect, test, vi } from 'vitest';
import { ConfigurationFailure, SystemFailure } from '../../src/domain/errors.ts';
import type { Health } from '../../src/domain/health.ts';
import { workQueues } from '../../src/domain/roles.ts';
import { type TickName, tickNames } from '../../src/jobs/catalog.ts';
import { createMendAlerts } from '../../src/jobs/mend-alerts.ts';
import { createModuleGates, type ModuleGates } from '../../src/jobs/module-gates.ts';
import type { TickHandlers } from '../../src/jobs/registry.ts';
import { createTicks } from '../../src/jobs/worker-ticks.ts';
import { aCompetition, anEvent } from '../support/builders.ts';
import { aContext } from '../support/context.ts';
import { freshState } from '../support/database.ts';
import {
  aJobWorld,
  backendNames,
  isMissing,
  type JobWorld,
  runRows,
  startNode,
} from '../support/job-nodes.ts';
import { silentLog } from '../support/silent-log.ts';

const waiting = { timeout: 20_000, interval: 20 };
const badKey = new ConfigurationFailure('Kaggle refuses the key. Set KAGGLE_API_TOKEN anew.', {
  code: 'kaggle.unauthorized',
});

function someGates(options: { probeEveryMs?: number; canBeMended?: boolean } = {}): ModuleGates {
  return createModuleGates({
    modules: workQueues,
    log: silentLog,
    probeEveryMs: options.probeEveryMs ?? 100,
    canBeMended: () => options.canBeMended ?? true,
  });
}

/** An event that leads to one job of a stage: of research, or of code generation. */
async function aStageEvent(world: JobWorld, state: 'researching' | 'code_generating' = 'researching') {
  const competition = await aCompetition(world, { state, version: 1 });
  const payload = { version: 1, toState: state };
  await anEvent(world.pool, { type: 'resumed', competitionId: competition.id, payload });
}

/** Periodic tasks that only say that they ran. */
function idleTicks(onRun: (name: TickName) => void): TickHandlers {
  const handlers = Object.fromEntries(tickNames.map((name) => [name, async () => onRun(name)]));
  // Every task of the table has its key.
  return handlers as Record<TickName, () => Promise<void>>;
}

const runsOf = async (world: JobWorld, job: string) =>
  (await runRows(world.pool)).filter((run) => run.job === job);

async function alertsOf(pool: JobWorld['pool']) {
  const { rows } = await pool.query(
    'select kind, severity, message, cleared_at is not null as is_over from alerts order by since',
  );
  return rows;
}

const closedOf = (gates: ModuleGates, module: string) =>
  gates.snapshot().find(({ name }) => name === module)?.closed ?? null;

test.each(backendNames)(
  'on %s a refused setting stops one module alone, and costs no attempt: the jobs go on once it is mended',
  async (backend) => {
    if (isMissing(backend)) return;
    const world = await aJobWorld(backend);
    for (let count = 0; count < 4; count++) await aStageEvent(world);
    await aStageEvent(world, 'code_generating');
    const gates = someGates();
    let isMended = false;
    let tries = 0;
    await startNode(world, {
      gates,
      canBeMended: true,
      concurrency: 1,
      handlers: {
        'research.plan': async () => {
          tries += 1;
          if (!isMended) throw badKey;
        },
      },
    });

    await vi.waitFor(() => expect(tries).toBeGreaterThan(2), waiting);
    await vi.waitFor(async () => {
      expect(await runsOf(world, 'codegen.plan')).toMatchObject([{ status: 'done' }]);
    }, waiting);
    expect(closedOf(gates, 'research')).toEqual({ reason: 'safe_mode', message: badKey.message });
    expect(closedOf(gates, 'codegen')).toBeNull();
    await vi.waitFor(async () => {
      expect(await alertsOf(world.pool)).toEqual([
        { kind: 'configuration:research', severity: 'warning', message: badKey.message, is_over: false },
      ]);
    }, waiting);
    isMended = true;
    await vi.waitFor(async () => {
      const runs = await runsOf(world, 'research.plan');
      expect(runs.map(({ attempt, status }) => `${attempt} ${status}`)).toEqual(Array(4).fill('1 done'));
    }, waiting);

    await vi.waitFor(
      async () => expect(await alertsOf(world.pool)).toMatchObject([{ is_over: true }]),
      waiting,
    );
    expect(closedOf(gates, 'research')).toBeNull();
    const { rows } = await world.pool.query(
      "select content ->> 'kind' as kind from cards where subject like 'alert:%'",
    );
    expect(rows).toEqual([{ kind: 'alert' }]);
  },
);

test('another process, whose setting is right, does the jobs of one in safe mode', async () => {
  const world = await aJobWorld('postgres');
  let tries = 0;
  const gates = someGates({ probeEveryMs: 60_000 });
  await startNode(world, {
    id: 'wrong',
    gates,
    canBeMended: true,
    hasRelay: false,
    concurrency: 1,
    handlers: {
      'research.plan': async () => {
        tries += 1;
        throw badKey;
      },
    },
  });
  await aStageEvent(world);
  const relay = await startNode(world, { works: [] });
  await vi.waitFor(() => expect(closedOf(gates, 'research')).not.toBeNull(), waiting);
  await relay.close();

  await startNode(world, { id: 'right', works: ['research'] });
  for (let count = 0; count < 5; count++) await aStageEvent(world);

  await vi.waitFor(async () => {
    const runs = await runsOf(world, 'research.plan');
    expect(
      runs.filter(({ status, worker_id }) => status === 'done' && worker_id === 'right').length,
    ).toBeGreaterThan(3);
  }, waiting);
  expect(tries).toBe(1);
});

test('a module that keeps failing by itself is isolated: the rest of its jobs waits, and the others go on', async () => {
  const world = await aJobWorld('postgres');
  for (let count = 0; count < 6; count++) await aStageEvent(world);
  const gates = someGates({ probeEveryMs: 150 });
  const changes: string[] = [];
  gates.onChange(({ name, status, closed }) => changes.push(`${name} ${status} ${closed?.reason ?? 'open'}`));
  let isMended = false;
  let tries = 0;
  await startNode(world, {
    works: ['research'],
    gates,
    canBeMended: true,
    concurrency: 1,
    handlers: {
      'research.plan': async () => {
        tries += 1;
        if (tries === 4) isMended = true;
        if (!isMended) throw new TypeError('undefined is not a function');
      },
    },
  });

  // It is over after two probes, which may be between two looks of ours.
  await vi.waitFor(() => expect(changes).toContain('research unhealthy isolated'), waiting);
  expect(closedOf(gates, 'human')).toBeNull();
  await vi.waitFor(async () => {
    const runs = await runsOf(world, 'research.plan');
    expect(runs.map(({ status }) => status).sort()).toEqual(['dead', 'dead', 'dead', 'done', 'done', 'done']);
  }, waiting);

  expect([...new Set(changes)]).toEqual(['research unhealthy isolated', 'research healthy open']);
});

test('where nobody can mend a setting the job ends with what is wrong, and its module stays open', async () => {
  const world = await aJobWorld('postgres');
  for (let count = 0; count < 2; count++) await aStageEvent(world);
  const gates = someGates({ canBeMended: false });
  await startNode(world, {
    works: ['research'],
    gates,
    handlers: {
      'research.plan': async () => {
        throw badKey;
      },
    },
  });

  await vi.waitFor(async () => {
    expect(await runsOf(world, 'research.plan')).toMatchObject([
      { status: 'dead', error_code: 'kaggle.unauthorized' },
      { status: 'dead', error_code: 'kaggle.unauthorized' },
    ]);
  }, waiting);
  expect(closedOf(gates, 'research')).toBeNull();
  expect(await alertsOf(world.pool)).toEqual([]);
});

test('where the ground gives way the process is told, and the job is no failure of its stage', async () => {
  const world = await aJobWorld('postgres');
  await aStageEvent(world);
  const full = new SystemFailure('The disk is full.', { code: 'disk.full', scope: 'process' });
  const told: string[] = [];
  const gates = someGates();
  await startNode(world, {
    works: ['research'],
    gates,
    onProcessFailure: (failure) => {
      told.push(failure.code);
      gates.closeForEmergency(failure.message);
    },
    handlers: {
      'research.plan': async () => {
        throw full;
      },
    },
  });

  await vi.waitFor(async () => {
    expect(await runsOf(world, 'research.plan')).toMatchObject([{ status: 'waiting', attempt: 1 }]);
    expect(told).toEqual(['disk.full']);
  }, waiting);
  const { rows } = await world.pool.query('select state from competitions');
  expect(rows).toEqual([{ state: 'researching' }]);
});

test('a held module writes nothing, and begins as soon as it is let go', async () => {
  const world = await aJobWorld('postgres');
  await aStageEvent(world);
  const gates = someGates();
  gates.hold('research', 'order', { message: 'It waits until state can be used again.', mayWorkOn: false });
  const node = await startNode(world, { works: ['research', 'human'], gates });
  await vi.waitFor(async () => {
    expect((await runsOf(world, 'human.status')).map(({ status }) => status)).toEqual(['done']);
  }, waiting);

  // The two jobs of the event are added one after the other.
  await vi.waitFor(async () => {
    const {
      waiting: inQueue = 0,
      delayed = 0,
      prioritized = 0,
      active = 0,
    } = (await node.queues.counts()).research;
    expect(inQueue + delayed + prioritized + active).toBe(1);
  }, waiting);
  expect(await runsOf(world, 'research.plan')).toEqual([]);
  gates.letGo('research', 'order');

  await vi.waitFor(async () => {
    expect(await runsOf(world, 'research.plan')).toMatchObject([{ status: 'done', attempt: 1 }]);
  }, waiting);
});

test('a worker is paused while its module is closed, and is asked for no more than it can do', () => {
  const gates = someGates({ probeEveryMs: 0 });
  const turns: string[] = [];
  const worker = {
    close: async () => undefined,
    pause: async () => void turns.push('pause'),
    resume: async () => void turns.push('resume'),
  };
  gates.attach('gpu', worker);
  expect(turns).toEqual([]);

  gates.hold('gpu', 'order', { message: 'wait', mayWorkOn: false });
  gates.hold('gpu', 'order', { message: 'wait longer', mayWorkOn: false });
  gates.letGo('gpu', 'order');
  gates.closeForEmergency('over');
  gates.stop();

  expect(turns).toEqual(['pause', 'resume', 'pause']);
});

test('a periodic task that meets a refused setting closes its module, tries by itself, and says when it works', async () => {
  const { state, pool } = await freshState();
  const ctx = await aContext({ state });
  const gates = someGates({ probeEveryMs: 0 });
  let isMended = false;
  const runs: string[] = [];
  const idle = idleTicks((name) => runs.push(name));
  const ticks = createTicks({
    handlers: {
      ...idle,
      async discover() {
        runs.push('discover');
        if (!isMended) throw badKey;
      },
    },
    gates,
    alerts: createMendAlerts(),
    contextOf: () => ctx,
    stopping: new AbortController().signal,
    log: silentLog,
  });
  const reasons: (string | null)[] = [];
  gates.onChange(({ closed }: Health) => reasons.push(closed?.reason ?? null));
  const tick = (name: string) => ticks.process({ data: { tick: name } });

  await tick('discover');
  await ticks.probe();
  await tick('sweep');
  expect(await alertsOf(pool)).toEqual([
    { kind: 'configuration:discovery', severity: 'warning', message: badKey.message, is_over: false },
  ]);
  isMended = true;
  await ticks.probe();
  await ticks.probe();

  expect(runs).toEqual(['discover', 'discover', 'sweep', 'discover']);
  expect(reasons).toEqual(['safe_mode', null]);
  expect(await alertsOf(pool)).toMatchObject([{ is_over: true }]);
});

test('the watch over the machines is tried again at the next check where it failed, and only there', async () => {
  const { state } = await freshState();
  const ctx = await aContext({ state });
  let looks = 0;
  let isAway = true;
  const idle = idleTicks(() => undefined);
  const { costWatch, process } = createTicks({
    handlers: {
      ...idle,
      async 'watch-costs'() {
        looks += 1;
        if (isAway) throw new Error('no list');
      },
    },
    gates: someGates(),
    alerts: createMendAlerts(),
    contextOf: () => ctx,
    stopping: new AbortController().signal,
    log: silentLog,
  });
  const signal = new AbortController().signal;

  await costWatch.check(signal);
  expect(looks).toBe(0);
  await process({ data: { tick: 'watch-costs' } });
  await expect(costWatch.check(signal)).rejects.toThrow('no list');
  isAway = false;
  await costWatch.check(signal);
  await costWatch.check(signal);
  expect(looks).toBe(3);
  costWatch.doubt();
  await costWatch.check(signal);

  expect(looks).toBe(4);
});
