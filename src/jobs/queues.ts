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
  type Worker,
  type WorkerOptions,
  withBackend,
} from 'bullmq';
import type { Pool } from 'pg';
import { TransientFailure } from '../domain/errors.ts';
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
  /** Takes no more jobs; what is at work goes on. */
  pause(): Promise<void>;
  resume(): Promise<void>;
  cancelAllJobs(reason?: string): void;
};

/** Jobs, and the last one, which waits for all of them. */
export type Flow = FlowJob & { queueName: QueueName; opts: { jobId: string } };

/**
 * What the rest of `jobs` needs of BullMQ. What is asked of the datastore fails with TransientFailure
 * `queue.unreachable` while that is away, within a bounded time; workers wait for it instead.
 */
export type Queues = {
  add(queue: QueueName, name: string, data: object, options: JobsOptions): Promise<void>;
  /**
   * Leaves a flow alone that is there, for it was added whole: added again on Redis, BullMQ (6.7) would have its last
   * job wait once more for those that have failed meanwhile, and so for ever.
   */
  addFlow(flow: Flow): Promise<void>;
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
type Kept = Required<Pick<JobsOptions, 'removeOnComplete' | 'removeOnFail'>>;

/**
 * A crashed worker's job is taken over by the stage-run counters in Postgres, not by BullMQ's: its own limit
 * would end a job for good after two crashes of anybody.
 */
const maxStalledCount = 1_000;

/** Longer than any pause of the event loop; on Postgres its expiry goes by the client's clock. */
const lockDurationMs = 60_000;
const stalledIntervalMs = 15_000;

/**
 * Before every key of the queues. The braces keep all of them in one slot of a Redis Cluster, which scripts that
 * touch several keys need, flows over several queues too.
 */
const prefix = '{kaggle-agent}';

/** BullMQ waits for its connection without end, and a Cluster keeps what it cannot send. */
const answerTimeoutMs = 10_000;

export type QueueTuning = {
  lockDurationMs?: number;
  stalledIntervalMs?: number;
  answerTimeoutMs?: number;
  /** How long finished jobs are kept at most, in seconds. */
  keepSeconds?: { done: number; failed: number };
};

function build<B extends IQueueBackend, C>(
  factory: BackendFactory<B, C>,
  connections: { queue: C; worker: C; isThere: () => boolean },
  tuning: QueueTuning,
  onError: (error: Error) => void,
): Queues {
  const { Queue, Worker, FlowProducer } = withBackend(factory);
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
  const kept: Kept = {
    removeOnComplete: { ...keepDone, age: tuning.keepSeconds?.done ?? keepDone.age },
    removeOnFail: { ...keepFailed, age: tuning.keepSeconds?.failed ?? keepFailed.age },
  };
  const answered = <T>(work: Promise<T>) => answeredWithin(tuning.answerTimeoutMs ?? answerTimeoutMs, work);
  return {
    async add(queue, name, data, options) {
      await answered(get(queue).add(name, data, { ...kept, ...options }));
    },
    async addFlow(flow) {
      const isThere = (await answered(get(flow.queueName).getJob(flow.opts.jobId))) !== undefined;
      if (!isThere) await answered(flows.add(withRetention(flow, kept)));
    },
    async upsertSchedule(id, everyMs, name, data) {
      const template = { name, data, opts: kept };
      await answered(get('schedule').upsertJobScheduler(id, { every: everyMs }, template));
    },
    async listSchedules() {
      const schedulers = await answered(get('schedule').getJobSchedulers());
      return schedulers.map(({ key, every }) => ({ id: key, everyMs: every ?? null }));
    },
    async removeSchedule(id) {
      await answered(get('schedule').removeJobScheduler(id));
    },
    async counts() {
      const entries = await answered(
        Promise.all([...queueOf].map(async ([name, queue]) => [name, await queue.getJobCounts()] as const)),
      );
      // Every queue name is a key, because the map was built from all of them.
      return Object.fromEntries(entries) as Record<QueueName, Record<string, number>>;
    },
    work(queue, processor, options) {
      const work = watched(processor);
      const workerOptions: WorkerOptions<C> = {
        connection: connections.worker,
        prefix,
        concurrency: options.concurrency,
        lockDuration: tuning.lockDurationMs ?? lockDurationMs,
        stalledInterval: tuning.stalledIntervalMs ?? stalledIntervalMs,
        maxStalledCount,
      };
      const worker = new Worker(queue, work.processor, workerOptions);
      worker.on('error', options.onError);
      // A lost lock does not stop a processor by itself; another worker has the job by now.
      worker.on('lockRenewalFailed', (ids: string[]) => {
        for (const id of ids) worker.cancelJob(id, 'the lock was lost');
      });
      return workerOf(worker, work.ended, connections.isThere);
    },
    raw: () => [...queueOf.values()],
    async close() {
      await Promise.all([...queueOf.values()].map((queue) => queue.close()));
      await flows.close();
    },
  };
}

type LibraryWorker = Pick<Worker, 'close' | 'pause' | 'resume' | 'cancelAllJobs'>;

function workerOf(worker: LibraryWorker, ended: () => Promise<unknown>, isThere: () => boolean): QueueWorker {
  return {
    async close(force = false) {
      if (force || isThere()) return await worker.close(force);
      // Without a server the library waits for ever: for the end of a connection that there is not.
      await ended();
      await worker.close(true);
    },
    // Without waiting: what is at work may take its time.
    pause: () => worker.pause(true),
    resume: () => worker.resume(),
    cancelAllJobs(reason) {
      worker.cancelAllJobs(reason);
    },
  };
}

/** The processor, and what waits for the end of what it is at. */
function watched(processor: JobProcessor): { processor: JobProcessor; ended: () => Promise<unknown> } {
  const atWork = new Set<Promise<unknown>>();
  return {
    processor(job, token, signal) {
      const work = processor(job, token, signal);
      atWork.add(work);
      const forget = () => atWork.delete(work);
      work.then(forget, forget);
      return work;
    },
    ended: () => Promise.allSettled(atWork),
  };
}

/** What Redis and its client say of a server that is away, starts, has no room or changes its master. */
const awayWords =
  /MaxRetries|Connection is closed|timed out|terminat|ECONN|EPIPE|ETIMEDOUT|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|^(LOADING|OOM|READONLY|CLUSTERDOWN|MASTERDOWN|MISCONF|TRYAGAIN|UNBLOCKED)\b|Cluster isn't ready|Cluster is ended|Failed to refresh slots/;

async function answeredWithin<T>(timeoutMs: number, work: Promise<T>): Promise<T> {
  const timer = new AbortController();
  const late = new Promise<never>((_, reject) => {
    const handle = setTimeout(() => reject(queueAway(new Error(`no answer in ${timeoutMs} ms`))), timeoutMs);
    timer.signal.addEventListener('abort', () => clearTimeout(handle));
  });
  try {
    return await Promise.race([work, late]);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    const words = error instanceof Error ? [error.name, error.message, code] : [];
    throw words.some((word) => awayWords.test(word)) ? queueAway(error) : error;
  } finally {
    timer.abort();
  }
}

function queueAway(cause: unknown): TransientFailure {
  return new TransientFailure(
    'The queues do not answer; what is to be done waits in the database until they do.',
    {
      code: 'queue.unreachable',
      cause,
    },
  );
}

/** A flow whose jobs are kept no longer than any other. */
function withRetention(flow: FlowJob, kept: Kept): FlowJob {
  const children = flow.children?.map((child) => withRetention(child, kept));
  return { ...flow, opts: { ...kept, ...flow.opts }, ...(children === undefined ? {} : { children }) };
}

/** Opens all queues on the backend. */
export function createQueues(
  backend: QueueBackend,
  options: QueueTuning & { onError: (error: Error) => void },
): Queues {
  if (backend.kind === 'postgres') {
    // A pg pool is what the backend takes; only its own narrower idea of pg's types says otherwise.
    const connection = backend.connection as unknown as PostgresConnectionOptions;
    const connections = { queue: connection, worker: connection, isThere: () => true };
    return build(createPostgresBackend, connections, options, options.onError);
  }
  const { connection: queue, workerConnection: worker } = backend;
  const isThere = () => !('status' in worker) || worker.status === 'ready';
  const connections = { queue, worker, isThere };
  return build(createRedisBackend, connections, options, options.onError);
}
