import type { Context } from '../../context.ts';
import { heartbeatSchema } from '../../domain/run-contract.ts';
import { type OpenGpuSession, reportTrainingProgress, type TrainingJob } from '../../state/training.ts';
import { readObjectJson } from '../support/objects.ts';
import { recordReport } from '../tracking/record-report.ts';
import { outputPrefix } from './judge-run.ts';

/**
 * Takes up what a run last said of itself. A run is judged by its heartbeat alone, so a dead machine looks the
 * same on every provider.
 */
export async function readHeartbeat(
  ctx: Pick<Context, 'objects' | 'state' | 'policy' | 'now'>,
  job: TrainingJob,
  session: Pick<OpenGpuSession, 'createdAt'>,
): Promise<'alive' | 'lost'> {
  const key = `${outputPrefix(job, job.token)}/heartbeat.json`;
  const info = await ctx.objects.head(key);
  const lastSign = info?.modifiedAt ?? session.createdAt;
  const silentSeconds = (ctx.now().getTime() - lastSign.getTime()) / 1000;
  if (silentSeconds > ctx.policy.heartbeatTimeoutSeconds) return 'lost';
  if (info === null) return 'alive';
  const parsed = heartbeatSchema.safeParse(await readObjectJson(ctx, key));
  if (parsed.success && parsed.data.token === String(job.token)) {
    const { phase, progress, seconds, logTail, metrics, memoryBytes } = parsed.data;
    await reportTrainingProgress(ctx.state, {
      id: job.id,
      token: job.token,
      progress: { phase, progress, seconds, logTail },
    });
    await recordReport(ctx, job, { metrics, seconds, memoryBytes, progress });
  }
  return 'alive';
}
