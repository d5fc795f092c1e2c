import { hostname } from 'node:os';
import type { Context, Deps } from '../context.ts';
import type { Actor } from '../domain/actor.ts';
import type { Chat } from '../domain/chat.ts';
import { asFailure } from '../domain/errors.ts';
import type { WorkQueue } from '../domain/roles.ts';
import { noticeCrashes } from '../flows/human-loop/watch-processes.ts';
import type { Closers } from '../infra/closers.ts';
import type { Logging } from '../infra/logger.ts';
import { startCardSender } from '../jobs/card-sender.ts';
import type { QueueName } from '../jobs/catalog.ts';
import { jobHandlers, tickHandlers } from '../jobs/handlers.ts';
import { createMendAlerts, type MendAlerts } from '../jobs/mend-alerts.ts';
import { createModuleGates, type ModuleGates } from '../jobs/module-gates.ts';
import type { JobProcessor, Queues, QueueWorker } from '../jobs/queues.ts';
import { startRelay } from '../jobs/relay.ts';
import { keepSchedules, type ScheduleSeconds } from '../jobs/schedules.ts';
import { createProcessor, type WorkerOptions } from '../jobs/worker.ts';
import { createTicks, type Ticks } from '../jobs/worker-ticks.ts';
import type { ChangeFeed } from '../state/change-feed.ts';
import { heartbeatWorker, stopOtherWorkers, stopWorker } from '../state/stage-runs.ts';
import type { Crashes } from './crashes.ts';
import type { Emergency } from './emergency.ts';
import { type AgentHealth, openHealth, type ServiceCheck } from './health.ts';
import { createPatientState } from './patient-state.ts';
import type { Roles } from './roles.ts';

const relayPollMs = 1_000;
const cardPollMs = 2_000;
const heartbeatMs = 5_000;
const staleSeconds = 30;
const sweepGraceSeconds = 30;
/** After an emptied queue nothing can be merely waiting in it; what was sent since then is spared. */
const emptiedGraceSeconds = 5;
const lookAtSchedulesMs = 60_000;
const closeTimeoutMs = 25_000;

/** Jobs of one queue side by side. Training runs only poll; the machines' own slots limit them. */
const concurrency: Record<QueueName, number> = {
  discovery: 1,
  research: 4,
  codegen: 2,
  gpu: 16,
  submission: 3,
  human: 4,
  schedule: 2,
};

/** A service that takes many minutes holds its job meanwhile, and must not keep others from theirs. */
const placesForDeepResearch = 8;

function placesOf(name: QueueName, { research }: Pick<Deps, 'research'>): number {
  const isHeld = name === 'research' && research.some(({ isDeep }) => isDeep === true);
  return concurrency[name] + (isHeld ? placesForDeepResearch : 0);
}

export type WorkOptions = {
  deps: Deps;
  queues: Queues;
  feed: ChangeFeed;
  logging: Logging;
  closers: Closers;
  workerId: string;
  roles: Roles;
  /** Queues that a worker takes jobs from. */
  workQueues: readonly WorkQueue[];
  /** This process holds the database alone. */
  isSingleProcess: boolean;
  schedules: ScheduleSeconds;
  stopping: AbortSignal;
  chats: readonly Chat[];
  /** Besides the database and the queues, what is checked. */
  services: readonly ServiceCheck[];
  healthEveryMs: number;
  crashes: Crashes;
  emergency: Emergency;
  onEnd?: WorkerOptions['onEnd'];
};

/** Starts everything that works by itself: heartbeat, health checks, relay, workers, schedules. */
export async function startWork(options: WorkOptions): Promise<AgentHealth> {
  const { deps, queues, closers, logging, workerId, roles } = options;
  const { log } = logging;
  const worker = { id: workerId, role: roles.name, host: hostname(), pid: process.pid };
  await heartbeatWorker(deps.state, worker);
  const contextOf = (actor: Actor, fields: object, signal: AbortSignal): Context => {
    return { ...deps, actor, log: log.child(fields), signal };
  };
  // What a killed worker left is taken up at once where nobody else can be at it.
  const first = contextOf({ type: 'schedule', name: 'start' }, { task: 'start' }, options.stopping);
  await noticeCrashes(first, {
    workerId,
    isAlone: options.isSingleProcess,
    staleSeconds,
    crash: options.crashes.last,
  });
  await options.crashes.countRuns(deps.state);
  if (options.isSingleProcess) await stopOtherWorkers(deps.state, workerId);
  const beat = setInterval(() => {
    heartbeatWorker(deps.state, worker).catch((error: unknown) => {
      log.warn({ err: asFailure(error) }, 'heartbeat could not be written');
    });
  }, heartbeatMs);
  closers.add('heartbeat', async () => {
    clearInterval(beat);
    await stopWorker(deps.state, workerId);
  });

  if (options.isSingleProcess) await tickHandlers({ graceSeconds: 0, staleSeconds }).sweep(first);
  const modules = createModules(options, contextOf);
  // Before the workers: the modules begin held, until the ground has been looked at.
  const health = openHealth({
    state: deps.state,
    queues,
    gates: modules.gates,
    ticks: roles.plays('worker') ? modules.ticks : null,
    services: options.services,
    ctx: contextOf({ type: 'schedule', name: 'health' }, { task: 'health' }, options.stopping),
    closers,
    onProcessFailure: (failure) => options.emergency.stop(failure),
    everyMs: options.healthEveryMs,
  });
  if (roles.plays('worker')) {
    await tickHandlers({ graceSeconds: sweepGraceSeconds, staleSeconds })['watch-costs'](first);
    startWorkers(options, contextOf, modules);
  }
  if (roles.plays('worker') || roles.plays('scheduler')) {
    const relay = startRelay({
      state: deps.state,
      queues,
      log,
      worker: workerId,
      pollMs: relayPollMs,
      subscribe: (wake) => options.feed.subscribe(wake),
    });
    closers.add('relay', () => relay.stop());
  }
  if (roles.plays('bot')) startSender(options, contextOf);
  if (roles.plays('scheduler')) {
    const schedules = await keepSchedules({
      queues,
      seconds: options.schedules,
      lookEveryMs: lookAtSchedulesMs,
      log,
      onEmptied: () => tickHandlers({ graceSeconds: emptiedGraceSeconds, staleSeconds }).sweep(first),
    });
    closers.add('schedules', () => schedules.stop());
  }
  return health;
}

type Modules = { gates: ModuleGates; alerts: MendAlerts; ticks: Ticks };

/** The modules whose work this process takes, each behind its gate, and the periodic tasks. */
function createModules(options: WorkOptions, contextOf: ContextOf): Modules {
  const { deps, logging, roles, stopping, emergency } = options;
  const { log } = logging;
  const gates = createModuleGates({
    modules: roles.plays('worker') ? options.workQueues : [],
    log,
    canBeMended: deps.canBeAsked,
    probeEveryMs: options.healthEveryMs,
  });
  emergency.signal.addEventListener('abort', () => gates.closeForEmergency('emergency stop'), { once: true });
  const alerts = createMendAlerts();
  const ticks = createTicks({
    handlers: tickHandlers({ graceSeconds: sweepGraceSeconds, staleSeconds }),
    gates,
    alerts,
    contextOf: (name, signal) => contextOf({ type: 'schedule', name }, { tick: name }, signal),
    stopping,
    log,
  });
  return { gates, alerts, ticks };
}

function startSender(options: WorkOptions, contextOf: ContextOf): void {
  const { closers, logging, workerId } = options;
  const sender = startCardSender({
    chats: options.chats,
    contextOf: (signal) =>
      contextOf({ type: 'job', name: 'card-sender', runId: workerId }, { task: 'cards' }, signal),
    log: logging.log,
    worker: workerId,
    isSingleProcess: options.isSingleProcess,
    pollMs: cardPollMs,
    subscribe: (wake) => options.feed.subscribe(wake),
  });
  closers.add('card sender', () => sender.stop());
  // The chats stay open for the words of the emergency itself.
  options.emergency.signal.addEventListener('abort', () => void sender.stop(), { once: true });
}

type ContextOf = (actor: Actor, fields: object, signal: AbortSignal) => Context;

function startWorkers(options: WorkOptions, contextOf: ContextOf, { gates, alerts, ticks }: Modules): void {
  const { queues, closers, logging, stopping } = options;
  const { log } = logging;
  const process = createProcessor({
    // How a run has ended is written whenever the database is back, so that nobody takes it for lost.
    state: createPatientState(options.deps.state, { signal: stopping, log }),
    log,
    workerId: options.workerId,
    contextOf: ({ job, runId, signal, competitionId }) =>
      contextOf({ type: 'job', name: job, runId }, { job, runId, competitionId }, signal),
    stopping,
    canBeMended: options.deps.canBeAsked,
    staleSeconds,
    onProcessFailure: (failure) => options.emergency.stop(failure),
    gates,
    alerts,
    handlers: options.crashes.track(jobHandlers),
    onEnd(end) {
      options.emergency.consider(end.failure);
      options.onEnd?.(end);
    },
  });
  const onError = ({ message }: Error) => log.debug({ reason: message }, 'worker connection failed');
  const work = (name: QueueName, processor: JobProcessor) =>
    queues.work(name, processor, { concurrency: placesOf(name, options.deps), onError });
  // Whoever takes jobs takes the periodic tasks too: what they look at is what jobs need.
  const workers = [work('schedule', (job) => ticks.process(job))];
  for (const name of gates.modules) {
    const worker = work(name, process);
    gates.attach(name, worker);
    workers.push(worker);
  }
  // Together: a worker that waits for its turn to close would go on taking jobs.
  closers.add('workers', async () => {
    await Promise.all(workers.map(closeWorker));
  });
}

/** Waits for what is at work, which the stopping signal has told; a job that does not listen is left behind. */
async function closeWorker(worker: QueueWorker): Promise<void> {
  const closed = worker.close();
  const late = new Promise<'late'>((resolve) => setTimeout(resolve, closeTimeoutMs, 'late').unref());
  if ((await Promise.race([closed, late])) === 'late') await worker.close(true);
}
