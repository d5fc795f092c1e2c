import type { Context } from '../../context.ts';
import { retireGpuSession } from '../../state/gpu-life.ts';
import { getTrainingJob, listOpenGpuSessions } from '../../state/training.ts';
import { readResult } from './watch-run.ts';

/**
 * Gives runs their start back that ended because the agent on their machine stops: however often it is stopped, none of
 * them counts as lost. What has delivered before is judged when the agent is there again.
 * @param keys of sessions
 */
export async function returnStarts(
  ctx: Pick<Context, 'state' | 'objects'>,
  keys: readonly string[],
): Promise<void> {
  if (keys.length === 0) return;
  for (const { key, jobId, token } of await listOpenGpuSessions(ctx.state)) {
    if (!keys.includes(key)) continue;
    const job = await getTrainingJob(ctx.state, jobId);
    if (job === null || job.token !== token || (await readResult(ctx, job)) !== null) continue;
    await retireGpuSession(ctx.state, { key, reason: 'agent_stopped', billSeconds: 0, start: 'returned' });
  }
}
