import { Counter, Histogram, type Registry } from 'prom-client';
import type { Health } from '../domain/health.ts';
import type { GaugeSpec, MetricDescription, Sample } from './gauges.ts';

/** How one run of a job ended. Labels are names, never ids. */
export type ObservedRun = {
  job: string;
  /** `done`, or anything else for a run that was not. */
  outcome: string;
  seconds: number;
  /** null where it was done, or waits for something. */
  failure: { kind: string } | null;
};

/** One attempt at a vendor, as the policy tells it. */
export type ObservedCall = {
  vendor: string;
  /** The vendor's name of the method. */
  name: string;
  outcome: 'ok' | 'failed' | 'aborted';
  code: string | null;
  durationMs: number;
};

export type BreakerState = 'closed' | 'half_open' | 'open';
const breakerStates: readonly BreakerState[] = ['closed', 'half_open', 'open'];

/** What a pool of `pg` tells of itself. */
export type WatchedPool = {
  readonly totalCount: number;
  readonly idleCount: number;
  readonly waitingCount: number;
};

/** What is known about this process at the moment of the question. */
export type ProcessReading = {
  version: string;
  roles: readonly string[];
  breakers: ReadonlyMap<string, BreakerState>;
  pools: ReadonlyMap<string, WatchedPool>;
  health: readonly Health[];
  /** null where nobody asks for it, or it could not be had. */
  disk: { freeBytes: number; sizeBytes: number } | null;
  isDatabaseUp: boolean | null;
  isQueueUp: boolean | null;
};

const flag = (value: boolean): number => (value ? 1 : 0);
const known = (value: number | boolean | null | undefined): Sample[] =>
  value === null || value === undefined ? [] : [{ value: Number(value) }];

export const processSpecs: readonly GaugeSpec<ProcessReading>[] = [
  {
    name: 'kaggle_agent_build_info',
    help: 'Always 1; the labels say what runs.',
    labels: ['version', 'node_version'],
    samples: ({ version }) => [{ labels: { version, node_version: process.version }, value: 1 }],
  },
  {
    name: 'kaggle_agent_process_role',
    help: 'Always 1; what this process does.',
    labels: ['role'],
    samples: ({ roles }) => roles.map((role) => ({ labels: { role }, value: 1 })),
  },
  {
    name: 'kaggle_agent_database_up',
    help: '1 while the database answers this process, else 0.',
    samples: ({ isDatabaseUp }) => known(isDatabaseUp),
  },
  {
    name: 'kaggle_agent_queue_up',
    help: '1 while the queues answer this process, else 0.',
    samples: ({ isQueueUp }) => known(isQueueUp),
  },
  {
    name: 'kaggle_agent_vendor_breaker',
    help: "1 for the state that a vendor's circuit breaker is in, 0 for the others.",
    labels: ['vendor', 'state'],
    samples: ({ breakers }) =>
      [...breakers].flatMap(([vendor, is]) =>
        breakerStates.map((state) => ({ labels: { vendor, state }, value: flag(is === state) })),
      ),
  },
  {
    name: 'kaggle_agent_pool_connections',
    help: 'Connections of a database pool by state.',
    labels: ['pool', 'state'],
    samples: ({ pools }) =>
      [...pools].flatMap(([pool, { totalCount, idleCount }]) => [
        { labels: { pool, state: 'idle' }, value: idleCount },
        { labels: { pool, state: 'busy' }, value: totalCount - idleCount },
      ]),
  },
  {
    name: 'kaggle_agent_pool_waiting',
    help: 'Calls that wait for a connection of a database pool.',
    labels: ['pool'],
    samples: ({ pools }) =>
      [...pools].map(([pool, { waitingCount }]) => ({ labels: { pool }, value: waitingCount })),
  },
  {
    name: 'kaggle_agent_healthy',
    help: '1 for a healthy module or service, 0 for an unhealthy one; nothing before its first check.',
    labels: ['kind', 'name', 'priority'],
    samples: ({ health }) =>
      health
        .filter(({ status }) => status !== 'unknown')
        .map(({ kind, name, priority, status }) => {
          return { labels: { kind, name, priority }, value: flag(status === 'healthy') };
        }),
  },
  {
    name: 'kaggle_agent_module_closed',
    help: 'Always 1; a module that takes no work now, and why.',
    labels: ['name', 'reason'],
    samples: ({ health }) =>
      health.flatMap(({ name, closed }) =>
        closed === null ? [] : [{ labels: { name, reason: closed.reason }, value: 1 }],
      ),
  },
  {
    name: 'kaggle_agent_data_folder_free_bytes',
    help: 'Free space where the data folder is.',
    samples: ({ disk }) => known(disk?.freeBytes),
  },
  {
    name: 'kaggle_agent_data_folder_size_bytes',
    help: 'Size of the file system where the data folder is.',
    samples: ({ disk }) => known(disk?.sizeBytes),
  },
];

/** Jobs by queue and state. */
export type QueueCounts = Readonly<Record<string, Readonly<Record<string, number>>>>;

export const queueSpecs: readonly GaugeSpec<QueueCounts>[] = [
  {
    name: 'kaggle_agent_queue_jobs',
    help: 'Jobs in a queue by state.',
    labels: ['queue', 'state'],
    samples: (counts) =>
      Object.entries(counts).flatMap(([queue, byState]) =>
        Object.entries(byState).map(([state, value]) => ({ labels: { queue, state }, value })),
      ),
  },
];

const runBuckets = [0.05, 0.25, 1, 5, 15, 60, 300, 900, 3600];
const callBuckets = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300];

/** What this process counts as it happens. No label is called `job`: Prometheus names its targets by that. */
export function createCounters(registry: Registry) {
  const list: MetricDescription[] = [];
  const describe = <T extends string>(
    type: MetricDescription['type'],
    name: string,
    labels: T[],
    help: string,
  ) => {
    list.push({ name, type, help, labels });
    return { name, help, labelNames: labels, registers: [registry] };
  };
  const counter = <T extends string>(name: string, labels: T[], help: string) =>
    new Counter<T>(describe('counter', name, labels, help));
  const histogram = <T extends string>(name: string, labels: T[], buckets: number[], help: string) =>
    new Histogram<T>({ ...describe('histogram', name, labels, help), buckets });

  return {
    list,
    runs: counter(
      'kaggle_agent_stage_runs_total',
      ['stage', 'outcome'],
      'Runs of jobs in this process: done, waiting (it comes again by itself) or failed.',
    ),
    runFailures: counter(
      'kaggle_agent_stage_run_failures_total',
      ['stage', 'kind'],
      'Runs that failed, by the kind of failure.',
    ),
    runSeconds: histogram(
      'kaggle_agent_stage_run_duration_seconds',
      ['stage'],
      runBuckets,
      'Time of one run of a job.',
    ),
    calls: counter(
      'kaggle_agent_vendor_calls_total',
      ['vendor', 'method', 'outcome'],
      'Attempts at a vendor: ok, failed, aborted, or refused by the open breaker before they were made.',
    ),
    callFailures: counter(
      'kaggle_agent_vendor_call_failures_total',
      ['vendor', 'code'],
      'Attempts at a vendor that failed, by the code of the failure.',
    ),
    callSeconds: histogram(
      'kaggle_agent_vendor_call_duration_seconds',
      ['vendor', 'method'],
      callBuckets,
      'Time of one attempt at a vendor, those that the breaker refused left out.',
    ),
    refusedLogins: counter(
      'kaggle_agent_http_logins_refused_total',
      [],
      'Requests with a wrong key or password.',
    ),
  };
}

export type Counters = ReturnType<typeof createCounters>;

export function countRun(counters: Counters, { job: stage, outcome, seconds, failure }: ObservedRun): void {
  const ended = outcome === 'done' ? 'done' : failure === null ? 'waiting' : 'failed';
  counters.runs.inc({ stage, outcome: ended });
  counters.runSeconds.observe({ stage }, seconds);
  if (failure !== null) counters.runFailures.inc({ stage, kind: failure.kind });
}

export function countCall(counters: Counters, call: ObservedCall): void {
  const { vendor, name: method, outcome, code, durationMs } = call;
  const isRefused = code === `${vendor}.unavailable`;
  counters.calls.inc({ vendor, method, outcome: isRefused ? 'refused' : outcome });
  if (isRefused) return;
  counters.callSeconds.observe({ vendor, method }, durationMs / 1000);
  if (outcome === 'failed') counters.callFailures.inc({ vendor, code: code ?? 'unexpected' });
}
