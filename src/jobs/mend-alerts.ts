import type { Context } from '../context.ts';
import { asFailure, type Failure } from '../domain/errors.ts';
import type { WorkQueue } from '../domain/roles.ts';
import { alertConfiguration, clearConfigurationAlert } from '../flows/human-loop/alert.ts';

export type MendAlerts = {
  /** A setting keeps the module waiting. */
  raise(ctx: Context, module: WorkQueue, failure: Failure): Promise<void>;
  /** A run of the module came through. */
  clear(ctx: Context, module: WorkQueue): Promise<void>;
};

/** One alert per module while a setting keeps it waiting, and the all-clear. An alert never fails a run. */
export function createMendAlerts(): MendAlerts {
  // Modules known to have no open alert; after a start none is known, since an earlier process may have raised one.
  const clean = new Set<WorkQueue>();
  return {
    async raise(ctx, module, { code, message }) {
      clean.delete(module);
      await isTold(ctx, alertConfiguration(ctx, { module, code, message }));
    },
    async clear(ctx, module) {
      if (clean.has(module)) return;
      if (await isTold(ctx, clearConfigurationAlert(ctx, module))) clean.add(module);
    },
  };
}

async function isTold({ log }: Context, told: Promise<void>): Promise<boolean> {
  try {
    await told;
    return true;
  } catch (error) {
    log.warn({ err: asFailure(error) }, 'an alert could not be written');
    return false;
  }
}
