import type { Failure } from '../domain/errors.ts';
import { groundLoss } from '../domain/ground.ts';
import { afterCheck, type Health, modulePriorities, unknownHealth } from '../domain/health.ts';
import type { WorkQueue } from '../domain/roles.ts';

/** How one run of a module's job, or one of its periodic tasks, came out. */
export type RunEnd =
  | { outcome: 'done' }
  /** The flow's own wait: it works on, and is looked at again. */
  | { outcome: 'works_on' }
  | { outcome: 'failed'; failure: Failure }
  /** It was stopped, or another worker has it: that says nothing about the module. */
  | { outcome: 'given_up' };

/** A job, or a periodic task. */
export type Runnable = { name: string; isTick: boolean };

export type ModuleTrouble = {
  /** Only probes are let in. */
  isClosed(): boolean;
  /** Takes the turn of the next probe, if this may be it. */
  mayProbe(run: Runnable): boolean;
  isProbeDue(): boolean;
  /** The periodic task that met the trouble, when it is time to try it again; null where jobs will show. */
  dueTick(): string | null;
  ended(run: Runnable, end: RunEnd, isProbe: boolean): void;
  isInSafeMode(): boolean;
  /** A round of health checks: a module that had no trouble lately is well. */
  lookedAt(): void;
  health(): Health;
  closed(): Health['closed'];
};

export type ModuleTroubleOptions = {
  module: WorkQueue;
  probeEveryMs: number;
  now: () => Date;
  /** Somebody can mend a setting. Where nobody can, jobs end with what is wrong, and the module stays open. */
  canBeMended: () => boolean;
};

/**
 * What is wrong with one module. A refused setting is safe mode until a probe comes through; three failures of its
 * own in a row isolate it, and two successes end that. One run per interval is the probe.
 */
export function createModuleTrouble(options: ModuleTroubleOptions): ModuleTrouble {
  const { module, probeEveryMs, now, canBeMended } = options;
  const subject = { name: module, kind: 'module', priority: modulePriorities[module] } as const;
  let health = unknownHealth(subject, now());
  /** What must be mended, in words. */
  let safeMode: string | null = null;
  let lastFailed: Runnable | null = null;
  let probeAtMs = 0;

  const nowMs = (): number => now().getTime();
  const isClosed = (): boolean => (safeMode !== null || health.status === 'unhealthy') && canBeMended();
  const judge = (failure: Failure | null): void => {
    health = afterCheck(health, failure, now());
  };
  const failed = (run: Runnable, failure: Failure): void => {
    const isSetting = failure.kind === 'configuration' && canBeMended();
    // What a vendor, a rule or the whole process is to blame for says nothing about the module.
    const isOwn = failure.kind === 'system' && groundLoss(failure) === null;
    if (isSetting) safeMode = failure.message;
    if (isOwn) judge(failure);
    if (!isSetting && !isOwn) return;
    lastFailed = run;
    probeAtMs = nowMs() + probeEveryMs;
  };

  return {
    isClosed,
    mayProbe(run) {
      if (lastFailed?.isTick === true && !run.isTick) return false;
      // The kind of job that failed tells most; where none of its kind comes, another one has to do.
      const isBest = run.name === lastFailed?.name;
      if (nowMs() < probeAtMs + (isBest ? 0 : probeEveryMs)) return false;
      probeAtMs = nowMs() + probeEveryMs;
      return true;
    },
    isProbeDue: () => lastFailed?.isTick !== true && nowMs() >= probeAtMs,
    dueTick: () =>
      isClosed() && lastFailed?.isTick === true && nowMs() >= probeAtMs ? lastFailed.name : null,
    ended(run, end, isProbe) {
      if (end.outcome === 'given_up') return;
      if (end.outcome === 'failed') return failed(run, end.failure);
      // A training that is only polled says little about the others; as a probe it got past what was wrong.
      if (end.outcome === 'done' || isProbe) judge(null);
      if (isProbe) safeMode = null;
    },
    isInSafeMode: () => safeMode !== null,
    lookedAt() {
      if (health.failure === null) judge(null);
    },
    health: () => health,
    closed() {
      if (!isClosed()) return null;
      if (safeMode !== null) return { reason: 'safe_mode', message: safeMode };
      const message = health.failure?.message ?? 'It came through again, and is watched once more.';
      return { reason: 'isolated', message };
    },
  };
}
