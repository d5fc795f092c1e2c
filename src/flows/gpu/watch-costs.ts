import type { Context } from '../../context.ts';
import { closeGpuSession, listOpenGpuSessions, type OpenGpuSession } from '../../state/training.ts';
import { watchModelCosts } from '../models/watch-model-costs.ts';
import { trainingOverheadSeconds } from './overhead.ts';

/**
 * Every few minutes and at each start: ends machines that carry our label and have no live job, and closes rows
 * whose machine is gone. It starts from the providers' own lists, whatever our rows say. Then what language models
 * cost is looked after.
 */
export async function watchCosts(ctx: Context): Promise<{ stopped: number; closed: number }> {
  // The machines first, the rows after: every machine listed has had its row before it was started.
  const instances = (
    await Promise.all(ctx.compute.map((provider) => provider.list({ signal: ctx.signal })))
  ).flat();
  const sessions = await listOpenGpuSessions(ctx.state);
  const liveKeys = new Set(
    sessions
      .filter(({ jobStatus, jobToken, token }) => jobStatus === 'running' && jobToken === token)
      .map(({ key }) => key),
  );
  const strays = instances.filter(({ key }) => key !== null && !liveKeys.has(key));
  for (const stray of strays) {
    const provider = ctx.compute.find(({ name }) => name === stray.provider);
    await provider?.stop(stray.id, { signal: ctx.signal });
    ctx.log.warn(
      { provider: stray.provider, instance: stray.id, key: stray.key },
      'machine without a job ended',
    );
  }
  const isOurs = (name: string) => ctx.compute.some((provider) => provider.name === name);
  const longestMs = (ctx.policy.trainingTimeLimitSeconds + trainingOverheadSeconds) * 1000;
  // A machine that only another worker process reaches is closed there, or once it must have ended by itself.
  const isOver = ({ key, provider, createdAt }: OpenGpuSession) =>
    !liveKeys.has(key) && (isOurs(provider) || ctx.now().getTime() - createdAt.getTime() > longestMs);
  const over = sessions.filter(isOver);
  for (const session of over) await closeGpuSession(ctx.state, session.key, 0);
  await watchModelCosts(ctx);
  return { stopped: strays.length, closed: over.length };
}
