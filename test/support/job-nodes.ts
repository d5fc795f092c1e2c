import { runMigrations } from 'bullmq';
import type pg from 'pg';
import { onTestFinished } from 'vitest';
import type { Context } from '../../src/context.ts';
import type { Log } from '../../src/domain/log.ts';
import { type QueueName, queueNames } from '../../src/jobs/catalog.ts';
import type { ModuleGates } from '../../src/jobs/module-gates.ts';
import type { Queues, QueueTuning, QueueWorker } from '../../src/jobs/queues.ts';
import type { ItemEndings, JobHandlers } from '../../src/jobs/registry.ts';
import { type Relay, startRelay } from '../../src/jobs/relay.ts';
import { createProcessor, type WorkerOptions } from '../../src/jobs/worker.ts';
import type { StatePort } from '../../src/state/port.ts';
import { heartbeatWorker } from '../../src/state/stage-runs.ts';
import { aContext } from './context.ts';
import { freshState } from './database.ts';
import { idleEndings, idleHandlers } from './idle-handlers.ts';
import { openQueues, type QueuePlace } from './queue-place.ts';
import { findRedisServer, startRedis } from './redis.ts';
import { silentLog } from './silent-log.ts';

export const backendNames = ['postgres', 'redis'] as const;
export type BackendName = (typeof backendNames)[number];

/** True where this machine lacks what the backend needs. */
export function isMissing(backend: BackendName): boolean {
  return backend === 'redis' && findRedisServer() === null;
}

export async function migrateQueues(pool: pg.Pool): Promise<void> {
  const client = await pool.connect();
  try {
    await runMigrations(client, 'bullmq');
  } finally {
    client.release();
  }
}

export type JobWorld = QueuePlace & { state: StatePort; pool: pg.Pool };

/** A database of the test's own, and its queues on the backend. */
export async function aJobWorld(backend: BackendName): Promise<JobWorld> {
  const { state, pool, connectionString } = await freshState();
  if (backend === 'postgres') {
    await migrateQueues(pool);
    return { state, pool, connectionString, redisUrl: null };
  }
  const binary = findRedisServer();
  if (binary === null) throw new Error('there is no redis-server');
  const { url } = await startRedis(binary);
  return { state, pool, connectionString, redisUrl: url };
}

export type NodeOptions = {
  handlers?: Partial<JobHandlers> | undefined;
  endings?: Partial<ItemEndings> | undefined;
  id?: string;
  log?: Log;
  /** Queues that the node works on; all but the schedules' by default. */
  works?: readonly QueueName[];
  concurrency?: number;
  tuning?: QueueTuning;
  staleSeconds?: number;
  hasRelay?: boolean;
  canBeMended?: boolean;
  /** The node's workers follow them. */
  gates?: ModuleGates;
  context?: Partial<Context>;
  onProcessFailure?: WorkerOptions['onProcessFailure'];
  onEnd?: WorkerOptions['onEnd'];
};

export type JobNode = {
  id: string;
  queues: Queues;
  workers: QueueWorker[];
  /** Stops as the agent does: the signal, the relay, the workers, the queues. */
  close(): Promise<void>;
  /** As after a kill: nobody says goodbye, no job is given back. */
  crash(): Promise<void>;
};

const relayPollMs = 20;
let nodes = 0;

/** A process of the agent within this one: workers, and a relay that looks often. */
export async function startNode(world: JobWorld, options: NodeOptions = {}): Promise<JobNode> {
  nodes += 1;
  const { state } = world;
  const id = options.id ?? `node-${nodes}`;
  const log = options.log ?? silentLog;
  const { queues, close: closeQueues } = await openQueues(world, options.tuning);
  const stopping = new AbortController();
  await heartbeatWorker(state, { id, role: 'all', host: 'test', pid: process.pid });
  const base = await aContext({ state, log, ...options.context });
  const process_ = createProcessor({
    state,
    log,
    workerId: id,
    contextOf: ({ signal }) => ({ ...base, signal }),
    stopping: stopping.signal,
    canBeMended: () => options.canBeMended ?? false,
    staleSeconds: options.staleSeconds ?? 30,
    onProcessFailure: options.onProcessFailure ?? (() => undefined),
    handlers: idleHandlers(options.handlers),
    endings: { ...idleEndings, ...options.endings },
    ...(options.onEnd === undefined ? {} : { onEnd: options.onEnd }),
    ...(options.gates === undefined ? {} : { gates: options.gates }),
  });
  const works = options.works ?? queueNames.filter((name) => name !== 'schedule');
  const workers = works.map((name) => {
    const worker = queues.work(name, process_, {
      concurrency: options.concurrency ?? 4,
      onError: () => undefined,
    });
    if (name !== 'schedule') options.gates?.attach(name, worker);
    return worker;
  });
  const relay: Relay | null = options.hasRelay === false ? null : aRelay(state, queues, id, log);
  let isClosed = false;
  const end = async (force: boolean) => {
    if (isClosed) return;
    isClosed = true;
    options.gates?.stop();
    if (!force) stopping.abort(new Error('the node stops'));
    await relay?.stop();
    await Promise.all(workers.map((worker) => worker.close(force)));
    await closeQueues();
  };
  onTestFinished(() => end(true));
  return { id, queues, workers, close: () => end(false), crash: () => end(true) };
}

export function aRelay(state: StatePort, queues: Queues, worker: string, log: Log = silentLog): Relay {
  return startRelay({ state, queues, log, worker, pollMs: relayPollMs, subscribe: () => () => undefined });
}

export type RunRow = {
  event_id: number;
  delivery: number;
  job: string;
  item: string;
  attempt: number;
  status: string;
  worker_id: string;
  outcome: string | null;
  error_code: string | null;
};

export async function runRows(pool: pg.Pool): Promise<RunRow[]> {
  const { rows } = await pool.query<RunRow>(
    `select event_id::int, delivery, job, item, attempt, status, worker_id, outcome, error_code
     from stage_runs order by started_at, id`,
  );
  return rows;
}
