import type { ArenaContext } from '../context.ts';

const secondMs = 1000;
const weekMs = 7 * 24 * 3600 * secondMs;
/** Saturday, 00:00 UTC, from which weeks are counted. */
const firstRefreshAt = Date.parse('2026-01-03T00:00:00Z');

export type Quota = {
  usedSeconds: number;
  /** By sessions that still run. */
  reservedSeconds: number;
  allowedSeconds: number;
  /** Sessions that run or wait. */
  running: number;
  refreshAt: Date;
};

const tpuSecondsPerWeek = 20 * 3600;

/** What the account used of an accelerator in the week that began last Saturday (UTC). */
export function quotaOf(
  { account, notebooks, behaviour, now }: Pick<ArenaContext, 'account' | 'notebooks' | 'behaviour' | 'now'>,
  accelerator: 'gpu' | 'tpu',
): Quota {
  const time = now().getTime();
  const weekStart = firstRefreshAt + Math.floor((time - firstRefreshAt) / weekMs) * weekMs;
  const isGpu = accelerator === 'gpu';
  let usedSeconds = isGpu ? behaviour.gpuSecondsUsed : 0;
  let reservedSeconds = 0;
  let running = 0;
  for (const session of account.kernels.sessions()) {
    if (session.accelerator !== accelerator) continue;
    const { end } = session;
    if (end === null) {
      running += 1;
      const startedAt = notebooks.live(session.sessionId)?.startedAt.getTime() ?? time;
      reservedSeconds += (time - startedAt) / secondMs;
    } else if (end.endedAt.getTime() >= weekStart) {
      usedSeconds += (end.endedAt.getTime() - end.startedAt.getTime()) / secondMs;
    }
  }
  const allowedSeconds = isGpu ? behaviour.gpuSecondsPerWeek : tpuSecondsPerWeek;
  return { usedSeconds, reservedSeconds, allowedSeconds, running, refreshAt: new Date(weekStart + weekMs) };
}
