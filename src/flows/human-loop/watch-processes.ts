import type { Context } from '../../context.ts';
import { listAlerts } from '../../state/alerts.ts';
import { liveRoles, type MissingWorker, noteMissingWorkers } from '../../state/stage-runs.ts';
import { alertPeople, clearPeopleAlert } from './alert.ts';

type WatchContext = Pick<Context, 'state' | 'actor' | 'log' | 'now'>;

const kindPrefix = 'process:';
/** Until then the all-clear waits: a chat that is just being connected to hears of the alarm too. */
const shownAtLeastMs = 10 * 60_000;

/**
 * At the start: a process that ended without a word (killed, power cut) left a heartbeat that nobody stopped. People
 * are told; the work goes on by itself.
 * @param input.isAlone this process holds the database alone, so every other is dead
 * @returns how many had ended so, each told of once
 */
export async function noticeCrashes(
  ctx: WatchContext,
  input: { workerId: string; isAlone: boolean; staleSeconds: number },
): Promise<number> {
  const missing = await noteMissingWorkers(ctx.state, input);
  for (const worker of missing) await tellOf(ctx, worker, input.isAlone);
  return missing.length;
}

/** Every minute: processes of whatever role that fell silent, and the all-clear where a role is played again. */
export async function watchProcesses(ctx: WatchContext, input: { staleSeconds: number }): Promise<void> {
  const missing = await noteMissingWorkers(ctx.state, { workerId: null, isAlone: false, ...input });
  for (const worker of missing) await tellOf(ctx, worker, false);
  const lasting = (await listAlerts(ctx.state)).filter(
    ({ kind, lastAt }) =>
      kind.startsWith(kindPrefix) && ctx.now().getTime() - lastAt.getTime() >= shownAtLeastMs,
  );
  if (lasting.length === 0) return;
  const roles = await liveRoles(ctx.state, input.staleSeconds);
  for (const { kind } of lasting) {
    if (roles.includes(kind.slice(kindPrefix.length))) await clearPeopleAlert(ctx, kind);
  }
}

async function tellOf(ctx: WatchContext, worker: MissingWorker, isRestart: boolean): Promise<void> {
  const { role, host, pid, heartbeatAt } = worker;
  const since = `${heartbeatAt.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
  ctx.log.error({ role, host, pid, heartbeatAt }, 'a process ended without a word');
  await alertPeople(ctx, {
    kind: `${kindPrefix}${role}`,
    severity: 'critical',
    code: isRestart ? 'process.crashed' : 'process.silent',
    message: isRestart
      ? `The agent had stopped without a word (last heard of ${since}). It runs again and goes on where it was; nothing is lost.`
      : `A process of the agent (${role} on ${host}) has not been heard of since ${since}. What it was at is taken up by the others; start it again if it does not come back.`,
  });
}
