import type { Context } from '../../context.ts';
import type { RunMetric } from '../../domain/run-contract.ts';
import { type ReportedMetric, recordRunMetrics } from '../../state/tracking.ts';
import type { TrainingJob } from '../../state/training.ts';

/** The machine is noted once in so long. */
const sampleSeconds = 10;

/** What a heartbeat or a result tells in numbers. */
export type RunReport = {
  metrics: readonly RunMetric[];
  seconds: number;
  memoryBytes: number | null;
  progress: { done: number; total: number } | null;
};

/** Keeps the numbers that a run has told, once each. They are for people: nothing is decided from them. */
export async function recordReport(
  ctx: Pick<Context, 'state'>,
  job: Pick<TrainingJob, 'id' | 'token'>,
  report: RunReport,
): Promise<void> {
  const rows = [
    ...systemRows(report),
    ...report.metrics.map((metric) => ({ ...metric, kind: 'metric' as const })),
  ];
  if (rows.length === 0) return;
  await recordRunMetrics(ctx.state, { jobId: job.id, token: job.token, rows });
}

function systemRows({ seconds, memoryBytes, progress }: RunReport): ReportedMetric[] {
  const seq = Math.floor(seconds / sampleSeconds);
  const row = (name: string, value: number): ReportedMetric => {
    return { kind: 'system', seq, name, step: seq, value, seconds };
  };
  return [
    ...(memoryBytes === null ? [] : [row('memory_bytes', memoryBytes)]),
    ...(progress === null ? [] : [row('progress', progress.done / progress.total)]),
  ];
}
