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
 * @param input.crash what the last process of this data folder wrote down when an error of its own ended it
 * @returns how many had ended so, each told of once
 */
export async function noticeCrashes(
  ctx: WatchContext,
  input: {
    workerId: string;
    isAlone: boolean;
    staleSeconds: number;
    crash?: { pid: number; message: string } | null;
  },
): Promise<number> {
  const { crash = null, ...look } = input;
  const missing = await noteMissingWorkers(ctx.state, look);
  for (const worker of missing) await tellOf(ctx, worker, { isRestart: input.isAlone, crash });
  return missing.length;
}

/** Every minute: processes of whatever role that fell silent, and the all-clear where a role is played again. */
export async function watchProcesses(ctx: WatchContext, input: { staleSeconds: number }): Promise<void> {
  const missing = await noteMissingWorkers(ctx.state, { workerId: null, isAlone: false, ...input });
  for (const worker of missing) await tellOf(ctx, worker, { isRestart: false, crash: null });
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

async function tellOf(
  ctx: WatchContext,
  worker: MissingWorker,
  input: { isRestart: boolean; crash: { pid: number; message: string } | null },
): Promise<void> {
  const { role, host, pid, heartbeatAt } = worker;
  const crash = input.crash?.pid === pid ? input.crash : null;
  ctx.log.error({ role, host, pid, heartbeatAt, crash: crash?.message }, 'a process ended without a word');
  await alertPeople(ctx, {
    kind: `${kindPrefix}${role}`,
    severity: 'critical',
    ...wordsFor(worker, input.isRestart, crash),
  });
}

function wordsFor(
  { role, host, heartbeatAt }: MissingWorker,
  isRestart: boolean,
  crash: { message: string } | null,
): { code: string; message: string } {
  const since = `${heartbeatAt.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
  if (crash !== null) {
    const what = crash.message.replace(/[.\s]*$/, '');
    return {
      code: 'process.failed',
      message: `The agent was ended by an error of its own (last heard of ${since}): ${what}. It runs again and goes on where it was; after three of these within an hour it would stop.`,
    };
  }
  if (isRestart) {
    return {
      code: 'process.crashed',
      message: `The agent had stopped without a word (last heard of ${since}). It runs again and goes on where it was; nothing is lost.`,
    };
  }
  return {
    code: 'process.silent',
    message: `A process of the agent (${role} on ${host}) has not been heard of since ${since}. What it was at is taken up by the others; start it again if it does not come back.`,
  };
}
