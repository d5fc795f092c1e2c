import {
  type BackendFactory,
  type ConnectionOptions,
  createPostgresBackend,
  createRedisBackend,
  type FlowJob,
  type IQueueBackend,
  type Job,
  type JobsOptions,
  type PostgresConnectionOptions,
  type WorkerOptions,
  withBackend,
} from 'bullmq';
import type { Pool } from 'pg';
import { type QueueName, queueNames } from './catalog.ts';

/** The datastore of the queues; both behave the same. The connection's lifecycle is the caller's. */
export type QueueBackend =
  | { kind: 'postgres'; connection: Pool }
  | { kind: 'redis'; connection: ConnectionOptions; workerConnection: ConnectionOptions };

export type JobProcessor = (
  job: Job,
  token: string | undefined,
  signal: AbortSignal | undefined,
) => Promise<unknown>;

export type QueueWorker = {
  close(force?: boolean): Promise<void>;
  cancelAllJobs(reason?: string): void;
};

/** What the rest of `jobs` needs of BullMQ. */
export type Queues = {
  add(queue: QueueName, name: string, data: object, options: JobsOptions): Promise<void>;
  addFlow(flow: FlowJob): Promise<void>;
  upsertSchedule(id: string, everyMs: number, name: string, data: object): Promise<void>;
  listSchedules(): Promise<{ id: string; everyMs: number | null }[]>;
  removeSchedule(id: string): Promise<void>;
  counts(): Promise<Record<QueueName, Record<string, number>>>;
  work(
    queue: QueueName,
    processor: JobProcessor,
    options: { concurrency: number; onError: (error: Error) => void },
  ): QueueWorker;
  /** The library's own queue objects, for the dashboard. */
  raw(): unknown[];
  close(): Promise<void>;
};

/** Finished jobs are kept for the dashboard only; what is done is known from Postgres. */
const keepDone = { age: 3_600, count: 200 };
const keepFailed = { age: 24 * 3_600, count: 500 };

/**
 * A crashed worker's job is taken over by the stage-run counters in Postgres, not by BullMQ's: its own limit
 * would end a job for good after two crashes of anybody.
 */
const maxStalledCount = 1_000;

/** Longer than any pause of the event loop; on Postgres its expiry goes by the client's clock. */
const lockDurationMs = 60_000;
const stalledIntervalMs = 15_000;

export type QueueTuning = { lockDurationMs?: number; stalledIntervalMs?: number; prefix?: string };

function build<B extends IQueueBackend, C>(
  factory: BackendFactory<B, C>,
  connections: { queue: C; worker: C },
  tuning: QueueTuning,
  onError: (error: Error) => void,
): Queues {
  const { Queue, Worker, FlowProducer } = withBackend(factory);
  const prefix = tuning.prefix ?? '{kaggle-agent}';
  const queueOf = new Map(
    queueNames.map((name) => [name, new Queue(name, { connection: connections.queue, prefix })] as const),
  );
  const flows = new FlowProducer({ connection: connections.queue, prefix });
  for (const queue of queueOf.values()) queue.on('error', onError);
  flows.on('error', onError);
  const get = (name: QueueName) => {
    const queue = queueOf.get(name);
    if (queue === undefined) throw new Error(`unreachable: no queue ${name}`);
    return queue;
  };
  return {
    async add(queue, name, data, options) {
      await get(queue).add(name, data, { removeOnComplete: keepDone, removeOnFail: keepFailed, ...options });
    },
    async addFlow(flow) {
      await flows.add(withRetention(flow));
    },
    async upsertSchedule(id, everyMs, name, data) {
      await get('schedule').upsertJobScheduler(
        id,
        { every: everyMs },
        { name, data, opts: { removeOnComplete: keepDone, removeOnFail: keepFailed } },
      );
    },
    async listSchedules() {
      const schedulers = await get('schedule').getJobSchedulers();
      return schedulers.map(({ key, every }) => ({ id: key, everyMs: every ?? null }));
    },
    async removeSchedule(id) {
      await get('schedule').removeJobScheduler(id);
    },
    async counts() {
      const entries = await Promise.all(
        [...queueOf].map(async ([name, queue]) => [name, await queue.getJobCounts()] as const),
      );
      // Every queue name is a key, because the map was built from all of them.
      return Object.fromEntries(entries) as Record<QueueName, Record<string, number>>;
    },
    work(queue, processor, options) {
      const workerOptions: WorkerOptions<C> = {
        connection: connections.worker,
        prefix,
        concurrency: options.concurrency,
        lockDuration: tuning.lockDurationMs ?? lockDurationMs,
        stalledInterval: tuning.stalledIntervalMs ?? stalledIntervalMs,
        maxStalledCount,
      };
      const worker = new Worker(queue, processor, workerOptions);
      worker.on('error', options.onError);
      // A lost lock does not stop a processor by itself; another worker has the job by now.
      worker.on('lockRenewalFailed', (ids: string[]) => {
        for (const id of ids) worker.cancelJob(id, 'the lock was lost');
      });
      return {
        async close(force) {
          await worker.close(force);
        },
        cancelAllJobs(reason) {
          worker.cancelAllJobs(reason);
        },
      };
    },
    raw: () => [...queueOf.values()],
    async close() {
      await Promise.all([...queueOf.values()].map((queue) => queue.close()));
      await flows.close();
    },
  };
}

/** A flow whose jobs are kept no longer than any other. */
function withRetention(flow: FlowJob): FlowJob {
  return {
    ...flow,
    opts: { removeOnComplete: keepDone, removeOnFail: keepFailed, ...flow.opts },
    ...(flow.children === undefined ? {} : { children: flow.children.map(withRetention) }),
  };
}

/** Opens all queues on the backend. */
export function createQueues(
  backend: QueueBackend,
  options: QueueTuning & { onError: (error: Error) => void },
): Queues {
  if (backend.kind === 'postgres') {
    // A pg pool is what the backend takes; only its own narrower idea of pg's types says otherwise.
    const connection = backend.connection as unknown as PostgresConnectionOptions;
    const connections = { queue: connection, worker: connection };
    return build(createPostgresBackend, connections, options, options.onError);
  }
  const connections = { queue: backend.connection, worker: backend.workerConnection };
  return build(createRedisBackend, connections, options, options.onError);
}
