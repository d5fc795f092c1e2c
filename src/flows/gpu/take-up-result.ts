import type { Context } from '../../context.ts';
import { type RunResult, scriptMetaSchema } from '../../domain/run-contract.ts';
import { storeUsedParams } from '../../state/parameters.ts';
import type { TrainingJob } from '../../state/training.ts';
import { readObjectJson } from '../support/objects.ts';
import { recordReport } from '../tracking/record-report.ts';
import { outputPrefix } from './judge-run.ts';

/**
 * Keeps what a run that has ended tells of itself besides its predictions: its metrics, and the hyper-parameters that it
 * used. @returns the result without what is kept elsewhere
 */
export async function takeUpResult(
  ctx: Pick<Context, 'objects' | 'state'>,
  job: TrainingJob,
  result: RunResult,
): Promise<RunResult> {
  const { metrics, seconds, maxMemoryBytes } = result;
  await recordReport(ctx, job, { metrics, seconds, memoryBytes: maxMemoryBytes, progress: null });
  const key = `${outputPrefix(job, job.token)}/meta.json`;
  if ((await ctx.objects.head(key)) !== null) {
    const meta = scriptMetaSchema.safeParse(await readObjectJson(ctx, key));
    const params = meta.success ? meta.data.params : {};
    if (Object.keys(params).length > 0)
      await storeUsedParams(ctx.state, { jobId: job.id, token: job.token, params });
  }
  return { ...result, metrics: [] };
}
