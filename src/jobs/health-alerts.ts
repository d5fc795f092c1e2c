import type { Context } from '../context.ts';
import { asFailure } from '../domain/errors.ts';
import type { Health } from '../domain/health.ts';
import { alertUnhealthy, clearUnhealthy } from '../flows/human-loop/alert.ts';

export type HealthAlertsOptions = {
  ctx: Pick<Context, 'state' | 'actor' | 'log'>;
  /** People hear of it in another way. */
  isToldElsewhere: (name: string) => boolean;
};

export type HealthAlerts = {
  /** Brings the alerts up to the health of everything. What cannot be written is tried again at the next call. */
  update(all: readonly Health[]): Promise<void>;
};

/** One warning for each thing that is unhealthy, as long as it is, and the all-clear. */
export function createHealthAlerts({ ctx, isToldElsewhere }: HealthAlertsOptions): HealthAlerts {
  // What people were last told of each; after a start nothing is known, since an earlier process may have told them.
  const told = new Map<string, Health['status']>();
  let latest: readonly Health[] | null = null;
  let updating: Promise<void> | null = null;

  const bringUp = async (health: Health): Promise<void> => {
    const { name, status } = health;
    if (status === 'unknown' || told.get(name) === status || isToldElsewhere(name)) return;
    if (status === 'unhealthy') await alertUnhealthy(ctx, health);
    else await clearUnhealthy(ctx, health);
    told.set(name, status);
  };
  const updateAll = async (all: readonly Health[]): Promise<void> => {
    for (const health of all) {
      try {
        await bringUp(health);
      } catch (error) {
        // Without the database nobody is told of it this way, nor of the rest.
        ctx.log.warn({ err: asFailure(error), subject: health.name }, 'an alert could not be written');
        return;
      }
    }
  };
  const updateToLatest = async (): Promise<void> => {
    for (let all = latest; all !== null; all = latest) {
      latest = null;
      await updateAll(all);
    }
    updating = null;
  };
  return {
    async update(all) {
      latest = all;
      updating ??= updateToLatest();
      await updating;
    },
  };
}
