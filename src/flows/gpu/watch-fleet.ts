import type { Context } from '../../context.ts';
import { machinesToEnd } from '../../domain/gpu/cost-watch.ts';
import { providerTitle } from '../../domain/gpu/explain-choice.ts';
import { microUsd } from '../../domain/micro-usd.ts';
import type { Instance } from '../../providers/compute/contract.ts';
import { type FleetMachine, listGpuFleet, readGpuBudgets } from '../../state/gpu-life.ts';
import { readBudget } from '../../state/money.ts';
import { alertPeople, clearPeopleAlert } from '../human-loop/alert.ts';
import { tryEndMachine } from './end-machine.ts';

const alertKind = 'gpu_over_cap';

/**
 * Ends rented machines that would cross a cap: a price that rose, one machine too many, a bill beyond what was reserved.
 * Their runs begin anew where the budget allows it.
 * @returns how many were ended
 */
export async function watchFleet(ctx: Context, instances: readonly Instance[]): Promise<number> {
  const fleet = await listGpuFleet(ctx.state);
  if (fleet.length === 0) return 0;
  const ends = machinesToEnd(
    withVendorPrices(fleet, instances),
    await capsOf(ctx),
    ctx.policy.gpu.lookAgainSeconds,
  );
  for (const { key, reason } of ends) {
    const machine = fleet.find((one) => one.key === key);
    if (machine === undefined) continue;
    await tryEndMachine(ctx, { ...machine, isRented: true }, { reason: 'over_cap', start: 'counts' });
    await alertPeople(ctx, {
      kind: alertKind,
      severity: 'warning',
      code: 'gpu.over_cap',
      message: `${machine.title ?? 'A machine'} on ${providerTitle(machine.provider)} was ended. ${reason}`,
    });
  }
  if (ends.length === 0) await clearPeopleAlert(ctx, alertKind);
  return ends.length;
}

/** What the vendor says that a machine costs counts where it is more. */
function withVendorPrices(fleet: readonly FleetMachine[], instances: readonly Instance[]): FleetMachine[] {
  return fleet.map((machine) => {
    const price = instances.find(({ key }) => key === machine.key)?.pricePerHourUsd ?? 0;
    return { ...machine, microUsdPerHour: Math.max(machine.microUsdPerHour, Math.ceil(price * microUsd)) };
  });
}

async function capsOf(ctx: Context) {
  const { caps } = await readBudget(ctx.state, null);
  const budgets = await readGpuBudgets(ctx.state);
  return {
    fleetMicroUsdPerHour: caps.fleet_hour ?? null,
    maxMachines: ctx.policy.gpu.maxMachines,
    budgets: budgets.map(({ competitionId, capMicroUsd, usedMicroUsd }) => ({
      competitionId,
      freeMicroUsd: capMicroUsd - usedMicroUsd,
    })),
  };
}
