import { statfs } from 'node:fs/promises';
import { collectDefaultMetrics, Registry } from 'prom-client';
import type { Figures } from '../domain/figures.ts';
import type { Health } from '../domain/health.ts';
import { createGauges, type MetricDescription } from './gauges.ts';
import { installationSpecs } from './installation-metrics.ts';
import { countModelCall, createModelCounters, type ObservedModelCall } from './model-metrics.ts';
import {
  type BreakerState,
  countCall,
  countRun,
  createCounters,
  type ObservedCall,
  type ObservedRun,
  processSpecs,
  type QueueCounts,
  queueSpecs,
  type WatchedPool,
} from './process-metrics.ts';
import { createReading, type Reading } from './reading.ts';

/** Several scrapers, or the status page beside one, share a reading. */
const defaultFreshMs = 3_000;
/** Prometheus waits 10 s by default. */
const defaultDeadlineMs = 2_000;

export type Metrics = {
  observeRun(run: ObservedRun): void;
  observeCall(call: ObservedCall): void;
  observeRefusedLogin(): void;
  observeModelCall(call: ObservedModelCall): void;
  /** From here on these are shown; each may be set at any time, and once. */
  watchBreaker(vendor: string, read: () => BreakerState): void;
  watchPool(name: string, pool: WatchedPool): void;
  watchHealth(read: () => readonly Health[]): void;
  /** `queues.counts()`. */
  watchQueues(read: () => Promise<QueueCounts>): void;
  /** The database's figures of the whole installation. */
  watchFigures(read: () => Promise<Figures>): void;
  /** Free space is shown of the file system that it is on. */
  watchFolder(folder: string): void;
  /** As the metrics show them: kept for a few seconds; null where they cannot be had now. */
  readQueues: Reading<QueueCounts>;
  readFigures: Reading<Figures>;
  /** The text that Prometheus reads. It neither fails nor hangs where database or queues are away. */
  render(): Promise<string>;
  contentType: string;
  /** Our own ones, without those that the library makes of every Node process. */
  list: readonly MetricDescription[];
};

export type MetricsOptions = {
  version: string;
  roles: readonly string[];
  /** How long a reading of database and queues is kept. */
  freshMs?: number;
  /** How long a scrape waits for it. */
  deadlineMs?: number;
};

/** Numbers of this process, and of the whole installation where they are watched. One per process. */
export function createMetrics(options: MetricsOptions): Metrics {
  const { version, roles, freshMs = defaultFreshMs, deadlineMs = defaultDeadlineMs } = options;
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const counters = createCounters(registry);
  const modelCounters = createModelCounters(registry);
  const ofProcess = createGauges(registry, processSpecs);
  const ofQueues = createGauges(registry, queueSpecs);
  const ofInstallation = createGauges(registry, installationSpecs);
  const breakers = new Map<string, () => BreakerState>();
  const pools = new Map<string, WatchedPool>();
  let readHealth: () => readonly Health[] = () => [];
  let queues: Reading<QueueCounts> | null = null;
  let figures: Reading<Figures> | null = null;
  let disk: Reading<{ freeBytes: number; sizeBytes: number }> | null = null;
  const timely = <T>(read: () => Promise<T>) => createReading({ read, freshMs, deadlineMs });

  return {
    observeRun: (run) => countRun(counters, run),
    observeCall: (call) => countCall(counters, call),
    observeRefusedLogin: () => counters.refusedLogins.inc(),
    observeModelCall: (call) => countModelCall(modelCounters, call),
    watchBreaker: (vendor, read) => void breakers.set(vendor, read),
    watchPool: (name, pool) => void pools.set(name, pool),
    watchHealth(read) {
      readHealth = read;
    },
    watchQueues(read) {
      queues = timely(read);
    },
    watchFigures(read) {
      figures = timely(read);
    },
    watchFolder(folder) {
      disk = timely(async () => readDisk(folder));
    },
    readQueues: async () => (await queues?.()) ?? null,
    readFigures: async () => (await figures?.()) ?? null,
    async render() {
      const [counts, installation, space] = await Promise.all([queues?.(), figures?.(), disk?.()]);
      // From here to the last gauge nothing waits, so two scrapes at once do not mix.
      ofProcess.show({
        version,
        roles,
        breakers: new Map([...breakers].map(([vendor, read]) => [vendor, read()])),
        pools,
        health: readHealth(),
        disk: space ?? null,
        isQueueUp: counts === undefined ? null : counts !== null,
        isDatabaseUp: installation === undefined ? null : installation !== null,
      });
      ofQueues.show(counts ?? null);
      ofInstallation.show(installation ?? null);
      return await registry.metrics();
    },
    contentType: registry.contentType,
    list: [
      ...counters.list,
      ...modelCounters.list,
      ...ofProcess.list,
      ...ofQueues.list,
      ...ofInstallation.list,
    ],
  };
}

async function readDisk(folder: string) {
  const { bavail, blocks, bsize } = await statfs(folder);
  return { freeBytes: bavail * bsize, sizeBytes: blocks * bsize };
}
