import type { WorkQueue } from './roles.ts';

/** Order of recovery, probes and restarts alike, where several are down at once: critical first. */
export const healthPriorities = ['critical', 'high', 'medium'] as const;
export type HealthPriority = (typeof healthPriorities)[number];

/**
 * What watches the money is critical and no module of its own here; the rest of `gpu` is high, since a machine that
 * nobody polls costs all the same.
 */
export const modulePriorities: Readonly<Record<WorkQueue, HealthPriority>> = {
  submission: 'high',
  human: 'high',
  gpu: 'high',
  discovery: 'medium',
  research: 'medium',
  codegen: 'medium',
};

/** `unknown` until the first check has ended. */
export type HealthStatus = 'unknown' | 'healthy' | 'unhealthy';

/** One module of ours (`research`, `submission`, …) or one service that we stand on (`state`, `queue`, `kaggle`, …). */
export type Health = {
  name: string;
  kind: 'module' | 'service';
  priority: HealthPriority;
  status: HealthStatus;
  /** When the status last changed. */
  since: Date;
  /** Why the last check failed; null where it did not. */
  failure: { code: string; message: string } | null;
  /** Checks in a row that ended like the last one. */
  inARow: number;
  lastCheckedAt: Date | null;
  /** A module that takes no work now, and why. */
  closed: { reason: ClosedReason; message: string } | null;
};

/**
 * `safe_mode`: a setting must be mended. `isolated`: it kept failing. `waiting`: its turn in the order of recovery
 * has not come. `emergency`: the process is about to end.
 */
export type ClosedReason = 'safe_mode' | 'isolated' | 'waiting' | 'emergency';

/** Before the first check. */
export function unknownHealth(subject: Pick<Health, 'name' | 'kind' | 'priority'>, at: Date): Health {
  return {
    ...subject,
    status: 'unknown',
    since: at,
    failure: null,
    inARow: 0,
    lastCheckedAt: null,
    closed: null,
  };
}

/** Checks in a row that make something unhealthy, and healthy again. Source: architecture, "Health". */
export const failuresToUnhealthy = 3;
export const successesToHealthy = 2;

/** The next state after one check. */
export function afterCheck(previous: Health, failure: Health['failure'], at: Date): Health {
  const isSameOutcome = previous.lastCheckedAt !== null && (previous.failure === null) === (failure === null);
  const inARow = isSameOutcome ? previous.inARow + 1 : 1;
  const status = nextStatus(previous.status, failure !== null, inARow);
  return {
    ...previous,
    status,
    since: status === previous.status ? previous.since : at,
    failure,
    inARow,
    lastCheckedAt: at,
  };
}

function nextStatus(status: HealthStatus, isFailed: boolean, inARow: number): HealthStatus {
  if (isFailed) return inARow >= failuresToUnhealthy ? 'unhealthy' : status;
  // What was never unhealthy needs no proof.
  return status === 'unhealthy' && inARow < successesToHealthy ? status : 'healthy';
}
