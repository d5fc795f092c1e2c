import type { Context } from '../../context.ts';
import { watchModelCosts } from '../models/watch-model-costs.ts';
import { reapMachines } from './reap-machines.ts';
import { settleBills } from './settle-bills.ts';
import { watchAccounts } from './watch-accounts.ts';
import { watchFleet } from './watch-fleet.ts';
import { watchGpuBudgets } from './watch-gpu-budgets.ts';

/**
 * Every few minutes and at each start: ends machines that carry our label and have no live job or outlived their time,
 * and those that would cross a cap; closes rows whose machine is gone; settles bills; tells people how much of the caps is
 * used. It starts from the providers' own lists, whatever our rows say. Then what language models cost is looked after.
 * @throws what the list of a provider threw, once everything else is done: what it has is not known
 */
export async function watchCosts(ctx: Context): Promise<{ stopped: number; closed: number }> {
  const reaped = await reapMachines(ctx);
  const ended = await watchFleet(ctx, reaped.instances);
  await settleBills(ctx, reaped.instances);
  await watchAccounts(ctx);
  await watchGpuBudgets(ctx);
  await watchModelCosts(ctx);
  if (reaped.failure !== null) throw reaped.failure;
  return { stopped: reaped.stopped + ended, closed: reaped.closed };
}
