import type { Context } from '../context.ts';
import { asFailure, type Failure } from '../domain/errors.ts';
import { alertConfiguration, clearConfigurationAlert } from '../flows/human-loop/alert.ts';
import { type JobName, jobCatalog, type QueueName } from './catalog.ts';

type Run = { name: JobName; ctx: Context };

export type MendAlerts = {
  /** A setting keeps this run's module waiting. */
  raise(run: Run, failure: Failure): Promise<void>;
  /** A run of the module came through. */
  clear(run: Run): Promise<void>;
};

/** One alert per module while a setting keeps it waiting, and the all-clear. An alert never fails a run. */
export function createMendAlerts(): MendAlerts {
  // Modules known to have no open alert; after a start none is known, since an earlier process may have raised one.
  const clean = new Set<QueueName>();
  const quietly = async ({ ctx }: Run, told: () => Promise<void>) => {
    await told().catch((error: unknown) =>
      ctx.log.warn({ err: asFailure(error) }, 'an alert could not be written'),
    );
  };
  return {
    async raise(run, failure) {
      const module = jobCatalog[run.name].queue;
      clean.delete(module);
      const { code, message } = failure;
      await quietly(run, () => alertConfiguration(run.ctx, { module, code, message }));
    },
    async clear(run) {
      const module = jobCatalog[run.name].queue;
      if (clean.has(module)) return;
      clean.add(module);
      await quietly(run, () => clearConfigurationAlert(run.ctx, module));
    },
  };
}
