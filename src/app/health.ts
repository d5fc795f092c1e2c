import type { Context } from '../context.ts';
import { SystemFailure } from '../domain/errors.ts';
import { type Health, healthPriorities } from '../domain/health.ts';
import type { WorkQueue } from '../domain/roles.ts';
import type { Closers } from '../infra/closers.ts';
import {
  createHealthMonitor,
  type HealthCheck,
  type HealthListener,
  type HealthMonitor,
} from '../infra/health-monitor.ts';
import { createHealthAlerts } from '../jobs/health-alerts.ts';
import { costWatchName, createRecoveryOrder } from '../jobs/health-order.ts';
import type { ModuleGates } from '../jobs/module-gates.ts';
import type { Ticks } from '../jobs/worker-ticks.ts';
import type { StatePort } from '../state/port.ts';

/** It lists machines at every vendor. */
const costWatchTimeoutMs = 60_000;

/** One service besides the database and the queues, which are always checked. */
export type ServiceCheck = Omit<HealthCheck, 'kind'> & {
  /** People hear of its trouble in another way, so that no alert is raised here. */
  isToldElsewhere?: boolean;
};

export type HealthOptions = {
  state: Pick<StatePort, 'ping'>;
  queues: { counts(): Promise<Readonly<Record<string, Readonly<Record<string, number>>>>> };
  gates: ModuleGates;
  /** Null where this process runs no periodic tasks. */
  ticks: Pick<Ticks, 'probe' | 'costWatch'> | null;
  /** Feed, objects, secrets, Kaggle, chats: what this process uses. */
  services: readonly ServiceCheck[];
  /** What alerts are written with. */
  ctx: Pick<Context, 'state' | 'actor' | 'log'>;
  closers: Closers;
  /** The database has failed three checks in a row: `state.lost`. */
  onProcessFailure: (failure: SystemFailure) => void;
  now?: () => Date;
  everyMs?: number;
  timeoutMs?: number;
  /** How long a module that begins nothing, though it has work, holds up those that come back after it. */
  patienceMs?: number;
};

export type AgentHealth = {
  /** Services and modules, critical ones first. */
  snapshot(): readonly Health[];
  /** Told whenever a service or a module changes. @returns ends this subscription */
  onChange(listener: HealthListener): () => void;
  /** Looks at one service now. @throws RangeError where there is no such name */
  probe(name: string): Promise<Health>;
};

/**
 * Checks everything that this process stands on, now and every 30 s, holds the modules until it is their turn, and
 * tells people of what is unhealthy. The modules begin held: the first round, at once, lets them in.
 */
export function openHealth(options: HealthOptions): AgentHealth {
  const { gates, ticks, ctx, closers, now = () => new Date() } = options;
  const { log } = ctx;
  const queue = watchQueue(options.queues);
  const monitor = createHealthMonitor({
    checks: checksOf(options, queue.check),
    log,
    now,
    ...(options.everyMs === undefined ? {} : { everyMs: options.everyMs }),
    ...(options.timeoutMs === undefined ? {} : { timeoutMs: options.timeoutMs }),
  });
  closers.add('health checks', () => {
    monitor.stop();
    gates.stop();
  });
  const order = createRecoveryOrder({
    gates,
    services: monitor.snapshot,
    hasWork: queue.hasWork,
    onGroundLost: () => ticks?.costWatch.doubt(),
    now,
    log,
    ...(options.patienceMs === undefined ? {} : { patienceMs: options.patienceMs }),
  });
  const snapshot = (): readonly Health[] => inOrder([...monitor.snapshot(), ...gates.snapshot()]);
  const toldElsewhere = options.services.filter(({ isToldElsewhere }) => isToldElsewhere === true);
  const alerts = createHealthAlerts({
    ctx,
    isToldElsewhere: (name) => toldElsewhere.some((service) => service.name === name),
  });

  monitor.onChange((health) => {
    order.step();
    if (health.name === 'state' && health.status === 'unhealthy') {
      options.onProcessFailure(stateLost(health));
    }
  });
  monitor.onRound(() => {
    gates.lookedAt();
    order.step();
    void ticks?.probe();
    void alerts.update(snapshot());
  });
  gates.onBegin(() => order.step());
  gates.onChange(() => void alerts.update(snapshot()));
  return { snapshot, onChange: listenToBoth(monitor, gates), probe: monitor.probe };
}

function checksOf({ state, ticks, services }: HealthOptions, checkQueue: () => Promise<void>): HealthCheck[] {
  const costWatch: HealthCheck[] =
    ticks === null
      ? []
      : [
          {
            name: costWatchName,
            kind: 'module',
            priority: 'critical',
            timeoutMs: costWatchTimeoutMs,
            check: (signal) => ticks.costWatch.check(signal),
          },
        ];
  return [
    { name: 'state', kind: 'service', priority: 'critical', check: () => state.ping() },
    { name: 'queue', kind: 'service', priority: 'critical', check: checkQueue },
    ...costWatch,
    ...services.map((service) => ({ ...service, kind: 'service' as const })),
  ];
}

/** Whether the queues answer, and what lay in them when they last did. */
function watchQueue(queues: HealthOptions['queues']) {
  let counts: Awaited<ReturnType<HealthOptions['queues']['counts']>> = {};
  return {
    async check(): Promise<void> {
      counts = await queues.counts();
    },
    hasWork(module: WorkQueue, counted: 'ready' | 'all'): boolean {
      const { waiting = 0, prioritized = 0, delayed = 0, active = 0 } = counts[module] ?? {};
      return waiting + prioritized + (counted === 'all' ? delayed + active : 0) > 0;
    },
  };
}

function stateLost({ failure, since }: Health): SystemFailure {
  const reason = failure?.message ?? 'it does not answer';
  return new SystemFailure(
    `The database has failed its last checks (${reason}), and nothing can be recorded without it.`,
    { code: 'state.lost', scope: 'process', details: { code: failure?.code, since: since.toISOString() } },
  );
}

function inOrder(all: readonly Health[]): readonly Health[] {
  return healthPriorities.flatMap((priority) => all.filter((health) => health.priority === priority));
}

function listenToBoth(monitor: HealthMonitor, gates: ModuleGates): AgentHealth['onChange'] {
  return (listener) => {
    const ends = [monitor.onChange(listener), gates.onChange(listener)];
    return () => {
      for (const end of ends) end();
    };
  };
}
