import type { Context } from '../../context.ts';
import type { ResumedFrom } from '../../domain/checkpoint-contract.ts';
import { heartbeatSchema, type RunMetric } from '../../domain/run-contract.ts';
import { reportTrainingProgress, type TrainingJob } from '../../state/training.ts';
import { readObjectJson } from '../support/objects.ts';
import { recordReport } from '../tracking/record-report.ts';
import { outputPrefix } from './judge-run.ts';

export type Heartbeat = {
  /** When the store took it. */
  at: Date;
  /** What the script told in numbers. */
  metrics: readonly RunMetric[];
  /** Null: it began anew, or has not said yet. */
  resumedFrom: ResumedFrom | null;
  /** This start has saved one: the next start has less to do. */
  hasCheckpoint: boolean;
};

/**
 * Takes up what this start of a run last said of itself. A run is judged by its heartbeat alone, so a dead machine looks
 * the same on every provider.
 * @returns null before its first word
 */
export async function readHeartbeat(
  ctx: Pick<Context, 'objects' | 'state'>,
  job: TrainingJob,
): Promise<Heartbeat | null> {
  const key = `${outputPrefix(job, job.token)}/heartbeat.json`;
  const info = await ctx.objects.head(key);
  if (info === null) return null;
  const parsed = heartbeatSchema.safeParse(await readObjectJson(ctx, key));
  if (!parsed.success || parsed.data.token !== String(job.token)) {
    return { at: info.modifiedAt, metrics: [], resumedFrom: null, hasCheckpoint: false };
  }
  const { phase, progress, seconds, logTail, metrics, memoryBytes, resumedFrom, checkpoint } = parsed.data;
  await reportTrainingProgress(ctx.state, {
    id: job.id,
    token: job.token,
    progress: { phase, progress, seconds, logTail, ...(resumedFrom === null ? {} : { resumedFrom }) },
  });
  await recordReport(ctx, job, { metrics, seconds, memoryBytes, progress });
  return { at: info.modifiedAt, metrics, resumedFrom, hasCheckpoint: checkpoint !== null };
}

/** True while a run says something, or has just been started. A run that fell silent is anybody's. */
export async function isHeard(
  ctx: Pick<Context, 'objects' | 'state' | 'policy' | 'now'>,
  job: TrainingJob,
  session: { createdAt: Date },
): Promise<boolean> {
  const heartbeat = await readHeartbeat(ctx, job);
  const lastSign = heartbeat?.at ?? session.createdAt;
  return ctx.now().getTime() - lastSign.getTime() <= ctx.policy.heartbeatTimeoutSeconds * 1000;
}
