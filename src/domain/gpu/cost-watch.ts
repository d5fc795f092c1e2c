/** A rented machine as the cost watch sees it. Money in micro-dollars. */
export type CostlyMachine = {
  key: string;
  createdAt: Date;
  competitionId: string;
  /** By the vendor's word, where that is more than was reserved. */
  microUsdPerHour: number;
  reservedMicroUsd: number;
  soFarMicroUsd: number;
};

export type CostCaps = {
  /** Of all machines together; null: none. */
  fleetMicroUsdPerHour: number | null;
  maxMachines: number;
  /**
   * What is still free of each budget beside everything that is reserved; below 0 where it was lowered since.
   * competitionId null: of all machines.
   */
  budgets: readonly { competitionId: string | null; freeMicroUsd: number }[];
};

export type CostlyEnd = { key: string; reason: string };

const secondsPerHour = 3_600;

/**
 * The machines that have to end, so that no cap is crossed: the youngest of too many; the dearest while all together cost
 * more an hour than they may; each that would cost more than was reserved for it and is free beside, until it is looked at
 * again; and all of a budget that was lowered below what they would have cost by then.
 * @param periodSeconds until the next look
 */
export function machinesToEnd(
  machines: readonly CostlyMachine[],
  caps: CostCaps,
  periodSeconds: number,
): CostlyEnd[] {
  const ends: CostlyEnd[] = [];
  const kept = machines.toSorted((a, b) => a.createdAt.getTime() - b.createdAt.getTime());
  const end = (machine: CostlyMachine, reason: string): void => {
    ends.push({ key: machine.key, reason });
    kept.splice(kept.indexOf(machine), 1);
  };
  for (const machine of [...kept].slice(caps.maxMachines)) {
    end(machine, 'There were more rented machines than there may be.');
  }
  const cap = caps.fleetMicroUsdPerHour;
  while (cap !== null && rateOf(kept) > cap) {
    const dearest = kept.reduce((a, b) => (b.microUsdPerHour >= a.microUsdPerHour ? b : a));
    end(dearest, 'All machines together would have cost more an hour than they may.');
  }
  // In micro-dollars; below 0 where it stays within its reservation.
  const beyondReserved = ({ soFarMicroUsd, microUsdPerHour, reservedMicroUsd }: CostlyMachine) =>
    soFarMicroUsd + (microUsdPerHour * periodSeconds) / secondsPerHour - reservedMicroUsd;
  for (const { competitionId, freeMicroUsd } of caps.budgets) {
    const its = kept.filter((machine) => competitionId === null || machine.competitionId === competitionId);
    const unused = its.reduce((sum, machine) => sum + Math.max(0, -beyondReserved(machine)), 0);
    let free = freeMicroUsd < 0 ? Math.min(0, freeMicroUsd + unused) : freeMicroUsd;
    for (const machine of its) {
      const beyond = Math.max(0, beyondReserved(machine));
      if (beyond > free) end(machine, 'It would have cost more than the budget allows.');
      else free -= beyond;
    }
  }
  return ends;
}

function rateOf(machines: readonly CostlyMachine[]): number {
  return machines.reduce((sum, { microUsdPerHour }) => sum + microUsdPerHour, 0);
}
