import type { Job } from 'bullmq';
import type { Context, Deps } from '../context.ts';
import type { Actor } from '../domain/actor.ts';
import { asFailure, type SystemFailure } from '../domain/errors.ts';
import { noticeCrashes } from '../flows/human-loop/watch-processes.ts';
import type { Closers } from '../infra/closers.ts';
import type { Logging } from '../infra/logger.ts';
import { startCardSender } from '../jobs/card-sender.ts';
import { type QueueName, queueNames, type TickName, tickSchema } from '../jobs/catalog.ts';
import { tickHandlers } from '../jobs/handlers.ts';
import type { Queues, QueueWorker } from '../jobs/queues.ts';
import { startRelay } from '../jobs/relay.ts';
import { keepSchedules, type ScheduleSeconds } from '../jobs/schedules.ts';
import { createProcessor, type WorkerOptions } from '../jobs/worker.ts';
import type { ChangeFeed } from '../state/change-feed.ts';
import { heartbeatWorker, stopOtherWorkers, stopWorker } from '../state/stage-runs.ts';

const relayPollMs = 1_000;
const cardPollMs = 2_000;
const heartbeatMs = 5_000;
const staleSeconds = 30;
const sweepGraceSeconds = 30;
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

export type WorkOptions = {
  deps: Deps;
  queues: Queues;
  feed: ChangeFeed;
  logging: Logging;
  closers: Closers;
  workerId: string;
  /** This process holds the database alone. */
  isSingleProcess: boolean;
  schedules: ScheduleSeconds;
  stopping: AbortSignal;
  canBeMended: () => boolean;
  onProcessFailure: (failure: SystemFailure) => void;
  onEnd?: WorkerOptions['onEnd'];
};

/** Starts everything that works by itself: heartbeat, relay, workers, schedules. */
export async function startWork(options: WorkOptions): Promise<void> {
  const { deps, queues, closers, logging, workerId } = options;
  const { log } = logging;
  const worker = { id: workerId, role: 'all', host: 'local', pid: process.pid };
  await heartbeatWorker(deps.state, worker);
  const contextOf = (actor: Actor, fields: object, signal: AbortSignal): Context => {
    return { ...deps, actor, log: log.child(fields), signal };
  };
  // What a killed worker left is taken up at once where nobody else can be at it.
  const first = contextOf({ type: 'schedule', name: 'start' }, { task: 'start' }, options.stopping);
  await noticeCrashes(first, { workerId, isAlone: options.isSingleProcess, staleSeconds });
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

  const ticks = tickHandlers({ graceSeconds: sweepGraceSeconds, staleSeconds });
  if (options.isSingleProcess) await tickHandlers({ graceSeconds: 0, staleSeconds }).sweep(first);
  await ticks['watch-costs'](first);

  startWorkers(options, contextOf, ticks);
  const relay = startRelay({
    state: deps.state,
    queues,
    log,
    worker: workerId,
    pollMs: relayPollMs,
    subscribe: (wake) => options.feed.subscribe(wake),
  });
  closers.add('relay', () => relay.stop());
  const sender = startCardSender({
    chats: deps.chats,
    contextOf: (signal) =>
      contextOf({ type: 'job', name: 'card-sender', runId: workerId }, { task: 'cards' }, signal),
    log,
    worker: workerId,
    isSingleProcess: options.isSingleProcess,
    pollMs: cardPollMs,
    subscribe: (wake) => options.feed.subscribe(wake),
  });
  closers.add('card sender', () => sender.stop());
  const schedules = await keepSchedules({
    queues,
    seconds: options.schedules,
    lookEveryMs: lookAtSchedulesMs,
    log,
  });
  closers.add('schedules', () => schedules.stop());
}

type ContextOf = (actor: Actor, fields: object, signal: AbortSignal) => Context;

function startWorkers(
  options: WorkOptions,
  contextOf: ContextOf,
  ticks: ReturnType<typeof tickHandlers>,
): void {
  const { queues, closers, logging, stopping } = options;
  const { log } = logging;
  const process = createProcessor({
    state: options.deps.state,
    log,
    workerId: options.workerId,
    contextOf: ({ job, runId, signal, competitionId }) =>
      contextOf({ type: 'job', name: job, runId }, { job, runId, competitionId }, signal),
    stopping,
    canBeMended: options.canBeMended,
    staleSeconds,
    onProcessFailure: options.onProcessFailure,
    ...(options.onEnd === undefined ? {} : { onEnd: options.onEnd }),
  });
  const tick = async (job: Job): Promise<void> => {
    const name: TickName = tickSchema.parse(job.data).tick;
    const ctx = contextOf({ type: 'schedule', name }, { tick: name }, stopping);
    await ticks[name](ctx).catch((error: unknown) => {
      log.warn({ err: asFailure(error), tick: name }, 'periodic task failed; it comes again');
    });
  };
  const onError = ({ message }: Error) => log.debug({ reason: message }, 'worker connection failed');
  const workers = queueNames.map((name) =>
    queues.work(name, name === 'schedule' ? tick : process, { concurrency: concurrency[name], onError }),
  );
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
