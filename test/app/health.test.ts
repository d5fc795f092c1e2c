import { expect, onTestFinished, test, vi } from 'vitest';
import { type HealthOptions, openHealth, type ServiceCheck } from '../../src/app/health.ts';
import { breakerCheck, objectsCheck, reportedService } from '../../src/app/health-services.ts';
import type { CompetitionState } from '../../src/domain/competition-machine.ts';
import { type SystemFailure, TransientFailure } from '../../src/domain/errors.ts';
import { workQueues } from '../../src/domain/roles.ts';
import { startEmbeddedPostgres } from '../../src/embedded/postgres.ts';
import { createClosers } from '../../src/infra/closers.ts';
import { migrate } from '../../src/infra/migrate.ts';
import { createLocalSemaphore } from '../../src/infra/semaphore.ts';
import { type TickName, tickNames } from '../../src/jobs/catalog.ts';
import { createMendAlerts } from '../../src/jobs/mend-alerts.ts';
import { createModuleGates } from '../../src/jobs/module-gates.ts';
import type { TickHandlers } from '../../src/jobs/registry.ts';
import { createTicks } from '../../src/jobs/worker-ticks.ts';
import { createFolderStore } from '../../src/providers/objects/folder.ts';
import { createPolicy } from '../../src/providers/policy.ts';
import { createPgPort } from '../../src/state/pg-port.ts';
import { aCompetition, anEvent, someActor } from '../support/builders.ts';
import { aContext } from '../support/context.ts';
import { freshState, testPool } from '../support/database.ts';
import { type JobWorld, migrateQueues, startNode } from '../support/job-nodes.ts';
import { silentLog } from '../support/silent-log.ts';
import { databaseFolder, tempFolder } from '../support/temp-folder.ts';

const waiting = { timeout: 25_000, interval: 20 };
const everyMs = 50;

function idleTicks(onRun: (name: TickName) => void): TickHandlers {
  const handlers = Object.fromEntries(tickNames.map((name) => [name, async () => onRun(name)]));
  // Every task of the table has its key.
  return handlers as Record<TickName, () => Promise<void>>;
}

/** Kaggle, away or not, behind a breaker that opens and closes fast. */
function aKaggle() {
  let isAway = false;
  const policy = createPolicy({
    vendor: 'kaggle',
    limit: createLocalSemaphore(3),
    timeoutMs: 1_000,
    now: () => new Date(),
    random: () => 0.5,
    maxAttempts: 1,
    breaker: { failureShare: 0.5, windowMs: 60_000, minimumCalls: 1, halfOpenAfterMs: 50, retryEveryMs: 50 },
  });
  return {
    policy,
    turn(to: 'away' | 'back') {
      isAway = to === 'away';
    },
    call: (signal: AbortSignal) =>
      policy.run({ name: 'submit', idempotent: true, signal }, async () => {
        if (isAway) throw new TransientFailure('Kaggle does not answer.', { code: 'kaggle.unreachable' });
      }),
  };
}

type Given = Partial<HealthOptions> & Pick<HealthOptions, 'state' | 'gates'>;

async function someHealth(options: Given) {
  const closers = createClosers({ log: silentLog });
  onTestFinished(() => closers.close());
  const ctx = await aContext({ state: options.ctx?.state ?? anyState(options) });
  return openHealth({
    queues: { counts: async () => ({}) },
    ticks: null,
    services: [],
    ctx: { state: ctx.state, log: silentLog, actor: someActor },
    closers,
    onProcessFailure: () => undefined,
    everyMs,
    ...options,
  });
}

/** Alerts need the whole port. */
function anyState({ state }: Given): JobWorld['state'] {
  if ('call' in state) return state as JobWorld['state'];
  throw new Error('this test needs a whole state port');
}

const noGates = () => createModuleGates({ modules: [], log: silentLog, canBeMended: () => true });

/** A database of the test's own, that can go away and come back at the same address. */
async function aServer() {
  const dataFolder = await databaseFolder();
  const signal = AbortSignal.timeout(60_000);
  let server = await startEmbeddedPostgres({ dataFolder, log: silentLog, signal });
  onTestFinished(() => server.stop());
  const { connectionString, port } = server;
  const pool = testPool(connectionString);
  await migrate({ pool, folder: 'supabase/migrations', log: silentLog });
  await migrateQueues(pool);
  const world: JobWorld = { state: createPgPort(pool), pool, connectionString, redisUrl: null };
  return {
    world,
    stop: () => server.stop(),
    async start() {
      server = await startEmbeddedPostgres({ dataFolder, log: silentLog, signal, port });
    },
  };
}

async function aJobIn(world: JobWorld, state: CompetitionState): Promise<void> {
  const { id } = await aCompetition(world, { state, version: 1 });
  await anEvent(world.pool, { type: 'resumed', competitionId: id, payload: { version: 1, toState: state } });
}

test('after the database and a vendor were away, modules come back in order: cost watch, high, medium', async () => {
  const { world, stop, start } = await aServer();
  const kaggle = aKaggle();
  const journal: string[] = [];
  const log = (what: string) => {
    if (!journal.includes(what)) journal.push(what);
  };
  const gates = createModuleGates({
    modules: workQueues,
    log: silentLog,
    probeEveryMs: everyMs,
    canBeMended: () => true,
  });
  for (const module of workQueues) gates.hold(module, 'test', { message: 'not yet', mayWorkOn: false });
  const node = await startNode(world, {
    gates,
    canBeMended: true,
    handlers: {
      'submission.watch': async ({ signal }) => {
        log('submission');
        await kaggle.call(signal);
        log('submission done');
      },
      'gpu.plan': async () => log('gpu'),
      'human.status': async () => log('human'),
      'human.tell': async () => log('human'),
      'discovery.admit': async () => log('discovery'),
      'research.plan': async () => log('research'),
      'codegen.plan': async () => log('codegen'),
    },
  });
  for (const state of ['submitted', 'training', 'researching', 'code_generating', 'paused'] as const) {
    await aJobIn(world, state);
  }
  await vi.waitFor(async () => {
    const { rows } = await world.pool.query('select from events where dispatched_at is null');
    expect(rows).toEqual([]);
  }, waiting);
  const ctx = await aContext({ state: world.state });
  const ticks = createTicks({
    handlers: {
      ...idleTicks(() => undefined),
      async 'watch-costs'() {
        await world.state.ping();
        log('cost watch');
      },
    },
    gates,
    alerts: createMendAlerts(),
    contextOf: () => ctx,
    stopping: new AbortController().signal,
    log: silentLog,
  });
  const failures: SystemFailure[] = [];
  const health = await someHealth({
    state: world.state,
    queues: node.queues,
    gates,
    ticks,
    services: [breakerCheck('kaggle', kaggle.policy)],
    onProcessFailure: (failure) => failures.push(failure),
  });
  const statusOf = (name: string) => health.snapshot().find((one) => one.name === name)?.status;
  await vi.waitFor(
    () => expect([statusOf('state'), statusOf('queue')]).toEqual(['healthy', 'healthy']),
    waiting,
  );

  kaggle.turn('away');
  await kaggle.call(new AbortController().signal).catch(() => undefined);
  await stop();
  await vi.waitFor(() => {
    expect([statusOf('state'), statusOf('queue'), statusOf('kaggle')]).toEqual(Array(3).fill('unhealthy'));
  }, waiting);
  for (const module of workQueues) gates.letGo(module, 'test');
  expect(gates.snapshot().map(({ closed }) => closed?.reason)).toEqual(workQueues.map(() => 'waiting'));
  expect(failures).toMatchObject([{ code: 'state.lost', scope: 'process' }]);
  expect(journal).toEqual([]);
  await start();

  await vi.waitFor(() => expect(journal).toHaveLength(7), waiting);
  expect(journal[0]).toBe('cost watch');
  expect(journal.slice(1, 4).sort()).toEqual(['gpu', 'human', 'submission']);
  expect(journal.slice(4).sort()).toEqual(['codegen', 'discovery', 'research']);
  // The vendor held nobody else up.
  expect(statusOf('kaggle')).toBe('unhealthy');
  kaggle.turn('back');
  await vi.waitFor(async () => {
    await kaggle.call(new AbortController().signal).catch(() => undefined);
    expect(statusOf('kaggle')).toBe('healthy');
  }, waiting);
}, 60_000);

test('people hear of an unhealthy service once, and when it is over; a chat tells of itself', async () => {
  const { state, pool } = await freshState();
  const objects = reportedService('objects', { priority: 'high' });
  const slack = reportedService('chat-slack', { priority: 'high', isToldElsewhere: true });
  const health = await someHealth({ state, gates: noGates(), services: [objects.check, slack.check] });
  const statusOf = (name: string) => health.snapshot().find((one) => one.name === name)?.status;
  const alerts = async () =>
    (await pool.query('select kind, severity, message, count, cleared_at is not null as is_over from alerts'))
      .rows;
  const away = { code: 'objects.unreachable', message: 'The object store does not answer.' };

  objects.down(away);
  slack.down({ code: 'slack.not_reachable', message: 'Slack does not answer.' });
  await vi.waitFor(() => expect(statusOf('chat-slack')).toBe('unhealthy'), waiting);
  const told = { kind: 'service:objects', severity: 'warning', message: away.message, count: 1 };
  await vi.waitFor(async () => expect(await alerts()).toEqual([{ ...told, is_over: false }]), waiting);
  objects.up();

  await vi.waitFor(async () => expect(await alerts()).toEqual([{ ...told, is_over: true }]), waiting);
});

test('an alert that an earlier process left open is cleared by the first good check', async () => {
  const { state, pool } = await freshState();
  await pool.query("select raise_alert('service:state', 'warning', 'The database does not answer.', '{}')");

  await someHealth({ state, gates: noGates() });

  await vi.waitFor(async () => {
    const { rows } = await pool.query('select kind from alerts where cleared_at is null');
    expect(rows).toEqual([]);
  }, waiting);
});

test('a start lets every module in as soon as the database and the queues have answered', async () => {
  const { state } = await freshState();
  const gates = createModuleGates({ modules: workQueues, log: silentLog, canBeMended: () => true });
  const opened: string[] = [];
  gates.onChange(({ name, closed }) => {
    if (closed === null && !opened.includes(name)) opened.push(name);
  });

  const health = await someHealth({ state, gates, everyMs: 60_000 });

  expect(gates.snapshot().every(({ closed }) => closed?.reason === 'waiting')).toBe(true);
  await vi.waitFor(() => expect(opened).toHaveLength(workQueues.length), waiting);
  expect(opened.slice(0, 3).sort()).toEqual(['gpu', 'human', 'submission']);
  expect(
    health
      .snapshot()
      .map(({ name }) => name)
      .slice(0, 2),
  ).toEqual(['state', 'queue']);
  await vi.waitFor(() => {
    expect(health.snapshot().every(({ status }) => status === 'healthy')).toBe(true);
  }, waiting);
});

test('no machine is started while those that run cannot be watched', async () => {
  const { state } = await freshState();
  const ctx = await aContext({ state });
  const gates = createModuleGates({ modules: workQueues, log: silentLog, canBeMended: () => true });
  let isAway = true;
  const ticks = createTicks({
    handlers: {
      ...idleTicks(() => undefined),
      async 'watch-costs'() {
        if (isAway) throw new TransientFailure('SaladCloud does not answer.', { code: 'salad.unreachable' });
      },
    },
    gates,
    alerts: createMendAlerts(),
    contextOf: () => ctx,
    stopping: new AbortController().signal,
    log: silentLog,
  });
  ticks.costWatch.doubt();
  const closed = () => gates.snapshot().flatMap((one) => (one.closed === null ? [] : [one.name]));

  await someHealth({ state, gates, ticks });
  await vi.waitFor(() => expect(closed()).toEqual(['gpu']), waiting);
  expect(gates.snapshot().find(({ name }) => name === 'gpu')?.closed).toMatchObject({ reason: 'waiting' });
  isAway = false;

  await vi.waitFor(() => expect(closed()).toEqual([]), waiting);
});

test('the object store answers, whether the object is there or not', async () => {
  const store = createFolderStore({
    folder: await tempFolder(),
    ownUrl: () => 'http://127.0.0.1:9',
    linkSecret: 'a secret of the tests, long enough',
    now: () => new Date(),
  });
  const check: ServiceCheck = objectsCheck(store);

  await expect(check.check(new AbortController().signal)).resolves.toBeNull();
});
