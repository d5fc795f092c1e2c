import type { Figures } from '../domain/figures.ts';
import type { Health } from '../domain/health.ts';
import type { QueueCounts } from './process-metrics.ts';

/** What `/ops/status` tells. */
export type Status = {
  status: 'healthy' | 'degraded' | 'unhealthy' | 'starting';
  at: Date;
  /** Of the process that answers. */
  version: string;
  roles: readonly string[];
  pid: number;
  startedAt: Date;
  modules: readonly Health[];
  services: readonly Health[];
  /** Jobs by queue and state; null while the queues do not answer. */
  queues: QueueCounts | null;
  /** Processes of the agent with a fresh heartbeat; null while the database does not answer. */
  processes: Figures['processes'] | null;
  outbox: Figures['outbox'] | null;
  /** The agent's own open alerts, by severity. */
  alerts: Figures['alerts'] | null;
};

export type Reason = { name: string; code: string };

/**
 * Why this process is not ready for work; empty where it is. Only what is critical counts, and an emergency stop.
 */
export function notReadyReasons(health: readonly Health[]): Reason[] {
  if (health.length === 0) return [{ name: 'health', code: 'starting' }];
  return health.flatMap(({ name, priority, status, failure, closed }) => {
    if (closed?.reason === 'emergency') return [{ name, code: 'emergency' }];
    if (priority !== 'critical' || status === 'healthy') return [];
    return [{ name, code: status === 'unknown' ? 'starting' : (failure?.code ?? 'unhealthy') }];
  });
}

/** The whole in one word: `unhealthy` where it cannot work, `degraded` where a part of it does not. */
export function overallStatus(health: readonly Health[]): Status['status'] {
  const reasons = notReadyReasons(health);
  if (reasons.some(({ code }) => code !== 'starting')) return 'unhealthy';
  if (reasons.length > 0) return 'starting';
  const isWhole = health.every(({ status, closed }) => status !== 'unhealthy' && closed === null);
  return isWhole ? 'healthy' : 'degraded';
}

/** What is told of one module or service; the checks may keep more beside it. */
export function told(health: Health): Health {
  const { name, kind, priority, status, since, failure, inARow, lastCheckedAt, closed } = health;
  return { name, kind, priority, status, since, failure, inARow, lastCheckedAt, closed };
}
