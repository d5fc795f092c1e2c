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
  /** Still free beside everything that is reserved; null: no cap. */
  freeMicroUsd: number | null;
  maxMachines: number;
};

export type CostlyEnd = { key: string; reason: string };

const secondsPerHour = 3_600;

/**
 * The machines that have to end, so that no cap is crossed: the youngest of too many; the dearest while all together cost
 * more an hour than they may; and each that would cost more than was reserved for it and is free beside, until it is looked
 * at again.
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
  let free = Math.max(0, caps.freeMicroUsd ?? Number.POSITIVE_INFINITY);
  for (const machine of [...kept]) {
    const soon = machine.soFarMicroUsd + (machine.microUsdPerHour * periodSeconds) / secondsPerHour;
    const beyond = Math.max(0, soon - machine.reservedMicroUsd);
    if (beyond > free) end(machine, 'It would have cost more than the budget allows.');
    else free -= beyond;
  }
  return ends;
}

function rateOf(machines: readonly CostlyMachine[]): number {
  return machines.reduce((sum, { microUsdPerHour }) => sum + microUsdPerHour, 0);
}
