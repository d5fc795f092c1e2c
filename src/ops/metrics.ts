import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

/** How one run of a job ended. Labels are names, never ids. */
export type ObservedRun = { job: string; outcome: string; seconds: number; failure: { kind: string } | null };

export type Metrics = {
  observeRun(run: ObservedRun): void;
  /** The text that Prometheus reads. */
  render(): Promise<string>;
  contentType: string;
};

const secondsBuckets = [0.01, 0.05, 0.1, 0.5, 1, 5, 15, 60, 300];

/** Numbers of this process; queue lengths are read when somebody asks. */
export function createMetrics(readCounts: () => Promise<Record<string, Record<string, number>>>): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const seconds = new Histogram({
    name: 'kaggle_agent_job_seconds',
    help: 'Time of one run of a job.',
    labelNames: ['job', 'outcome'],
    buckets: secondsBuckets,
    registers: [registry],
  });
  const failures = new Counter({
    name: 'kaggle_agent_job_failures_total',
    help: 'Runs that ended with an error, by its kind.',
    labelNames: ['job', 'kind'],
    registers: [registry],
  });
  new Gauge({
    name: 'kaggle_agent_queue_jobs',
    help: 'Jobs in a queue, by state.',
    labelNames: ['queue', 'state'],
    registers: [registry],
    async collect() {
      for (const [queue, counts] of Object.entries(await readCounts())) {
        for (const [state, count] of Object.entries(counts)) this.set({ queue, state }, count);
      }
    },
  });
  return {
    observeRun({ job, outcome, seconds: elapsed, failure }) {
      seconds.observe({ job, outcome }, elapsed);
      if (failure !== null) failures.inc({ job, kind: failure.kind });
    },
    render: () => registry.metrics(),
    contentType: registry.contentType,
  };
}
