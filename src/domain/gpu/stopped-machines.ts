type NamedMachine = { provider: string; id: string; pricePerHourUsd: number };

/** What an emergency stop of all rented machines came to. */
export type StoppedMachines = {
  stopped: NamedMachine[];
  /** Still there, and why. */
  left: (NamedMachine & { reason: string })[];
  /** Vendors that gave no list: nobody knows what is there. */
  unknown: { provider: string; reason: string }[];
};
