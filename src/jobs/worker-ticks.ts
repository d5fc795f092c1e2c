import type { Job } from 'bullmq';
import type { Context } from '../context.ts';
import { asFailure } from '../domain/errors.ts';
import type { Log } from '../domain/log.ts';
import type { WorkQueue } from '../domain/roles.ts';
import { type TickName, tickNames, tickSchema } from './catalog.ts';
import { type CostWatch, createCostWatch } from './health-cost-watch.ts';
import type { MendAlerts } from './mend-alerts.ts';
import type { ModuleGates } from './module-gates.ts';
import type { TickHandlers } from './registry.ts';

/**
 * Periodic tasks that do a module's work at a vendor: they rest while it is closed, and a setting that they meet
 * closes it. The others are safety nets, which never rest.
 */
export const tickModules: Readonly<Partial<Record<TickName, WorkQueue>>> = {
  discover: 'discovery',
  'check-scores': 'submission',
  'check-gates': 'discovery',
};

export type TicksOptions = {
  handlers: TickHandlers;
  gates: ModuleGates;
  alerts: MendAlerts;
  contextOf: (name: TickName, signal: AbortSignal) => Context;
  /** Aborted when the process stops. */
  stopping: AbortSignal;
  log: Log;
};

export type Ticks = {
  /** The processor of the schedules' queue. */
  process(job: Pick<Job, 'data'>): Promise<void>;
  /** Tries the tasks again that show whether their module works again. To be called after each round of checks. */
  probe(): Promise<void>;
  costWatch: CostWatch;
};

/** Runs the periodic tasks. A task that fails is logged and comes again; it fails nothing else. */
export function createTicks(options: TicksOptions): Ticks {
  const { handlers, contextOf, stopping, log } = options;
  const costWatch = createCostWatch((signal) =>
    handlers['watch-costs'](contextOf('watch-costs', AbortSignal.any([stopping, signal]))),
  );
  const run = async (name: TickName): Promise<void> => {
    try {
      const module = tickModules[name];
      if (name === 'watch-costs') await costWatch.run(stopping);
      else if (module === undefined) await handlers[name](contextOf(name, stopping));
      else await runGated(options, name, module);
    } catch (error) {
      log.warn({ err: asFailure(error), tick: name }, 'periodic task failed; it comes again');
    }
  };
  return {
    process: (job) => run(tickSchema.parse(job.data).tick),
    async probe() {
      const due = options.gates.dueTicks();
      await Promise.all(tickNames.filter((name) => due.includes(name)).map(run));
    },
    costWatch,
  };
}

async function runGated(options: TicksOptions, name: TickName, module: WorkQueue): Promise<void> {
  const { handlers, gates, alerts, contextOf, stopping, log } = options;
  const ctx = contextOf(name, stopping);
  if (!gates.modules.includes(module)) return void (await handlers[name](ctx));
  const tick = { name, id: `tick-${name}`, isTick: true };
  const admission = gates.admit(module, tick);
  if (!admission.isAdmitted) {
    log.debug({ tick: name, module }, 'periodic task rests while its module is closed');
    return;
  }
  gates.began(module);
  try {
    await handlers[name](ctx);
  } catch (error) {
    const failure = asFailure(error);
    if (!stopping.aborted) gates.ended(module, tick, admission, { outcome: 'failed', failure });
    if (failure.kind === 'configuration' && gates.isInSafeMode(module)) {
      await alerts.raise(ctx, module, failure);
    }
    throw failure;
  }
  gates.ended(module, tick, admission, { outcome: 'done' });
  if (!gates.isInSafeMode(module)) await alerts.clear(ctx, module);
}
