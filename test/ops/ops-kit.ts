import { onTestFinished } from 'vitest';
import { afterCheck, type Health, unknownHealth } from '../../src/domain/health.ts';
import { createPools } from '../../src/infra/postgres.ts';
import { createQueues, type Queues } from '../../src/jobs/queues.ts';
import { createMetrics, type Metrics, type MetricsOptions } from '../../src/ops/metrics.ts';
import { type OpsOptions, type OpsServer, startOpsServer } from '../../src/ops/server.ts';
import { readFigures } from '../../src/state/metrics.ts';
import type { StatePort } from '../../src/state/port.ts';
import { freshState } from '../support/database.ts';
import { migrateQueues } from '../support/job-nodes.ts';
import { silentLog } from '../support/silent-log.ts';

export const opsKey = 'a-key-of-the-tests-that-nobody-guesses';

/** As patient as a slow machine needs. */
export function someMetrics(options: Partial<MetricsOptions> = {}): Metrics {
  return createMetrics({ version: '1.2.3', roles: ['bot', 'worker'], deadlineMs: 20_000, ...options });
}

export function figuresOf(state: StatePort) {
  return readFigures(state, { staleSeconds: 30, mostCompetitions: 50 });
}

/** A server of pages and probes, gone when the test ends. */
export async function anOpsServer(
  options: Partial<Omit<OpsOptions, 'queues'>> & { queues?: Pick<Queues, 'counts' | 'raw'> } = {},
): Promise<OpsServer> {
  const { queues = null, metrics = someMetrics() } = options;
  if (queues !== null) metrics.watchQueues(() => queues.counts());
  const server = await startOpsServer({
    host: '127.0.0.1',
    port: 0,
    key: opsKey,
    password: null,
    objects: null,
    health: () => [],
    version: '1.2.3',
    roles: ['bot', 'worker'],
    log: silentLog,
    ...options,
    metrics,
    queues,
  });
  onTestFinished(() => server.close());
  return server;
}

/** The queues of a database of the test's own. */
export async function someQueues(): Promise<{
  db: Awaited<ReturnType<typeof freshState>>;
  queues: Queues;
}> {
  const db = await freshState();
  await migrateQueues(db.pool);
  const pools = createPools({ connectionString: db.connectionString, log: silentLog });
  const queues = createQueues({ kind: 'postgres', connection: pools.queue }, { onError: () => undefined });
  onTestFinished(async () => {
    await queues.close();
    await pools.close();
  });
  return { db, queues };
}

/** After so many checks that failed, or one that did not. */
export function aHealth(
  name: string,
  options: Partial<Pick<Health, 'kind' | 'priority' | 'closed'>> & { failures?: number } = {},
): Health {
  const { failures = 0, kind = 'service', priority = 'critical', closed = null } = options;
  const at = new Date(Date.now() - 60_000);
  const failure = { code: `${name}.unreachable`, message: `The ${name} <does> not answer.` };
  let health = unknownHealth({ name, kind, priority }, at);
  for (let count = 0; count < failures; count += 1) health = afterCheck(health, failure, new Date());
  if (failures === 0) health = afterCheck(health, null, at);
  return { ...health, closed };
}

export type ScrapedSample = { name: string; labels: Record<string, string>; value: number };

/** The samples of a scrape. Understands what the exposition format allows, and throws at everything else. */
export function parseScrape(text: string): { samples: ScrapedSample[]; types: Map<string, string> } {
  const types = new Map<string, string>();
  const samples: ScrapedSample[] = [];
  for (const line of text.split('\n')) {
    if (line === '' || line.startsWith('# HELP ')) continue;
    const type = /^# TYPE (\S+) (\w+)$/.exec(line);
    if (type !== null) {
      types.set(type[1] ?? '', type[2] ?? '');
      continue;
    }
    const sample = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)$/.exec(line);
    if (sample === null) throw new Error(`no line of a scrape: ${line}`);
    const [, name = '', labels = '', value = ''] = sample;
    const pairs = [...labels.matchAll(/([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)",?/g)];
    if (pairs.map(([pair]) => pair).join('') !== labels) throw new Error(`bad labels: ${line}`);
    samples.push({
      name,
      labels: Object.fromEntries(pairs.map(([, label = '', text_ = '']) => [label, text_])),
      value: value === '+Inf' ? Number.POSITIVE_INFINITY : Number(value),
    });
  }
  return { samples, types };
}

/** One sample's value by name and labels; undefined where it is not told. */
export function sampleOf(
  text: string,
  name: string,
  labels: Record<string, string> = {},
): number | undefined {
  return parseScrape(text).samples.find(
    (sample) =>
      sample.name === name &&
      Object.keys(sample.labels).length === Object.keys(labels).length &&
      Object.entries(labels).every(([label, value]) => sample.labels[label] === value),
  )?.value;
}
