/** What one machine has cost so far, by what for. */
export type Charges = { gpu: number; disk: number; bwd: number; bwu: number };

export type Meter = {
  /** Books the time since the last call at these rates, in $/h. */
  run(nowMs: number, rates: { gpu: number; disk: number }): void;
  /** Books bytes. */
  move(bytes: { download?: number; upload?: number }): void;
  charges(): Charges;
  totalUsd(): number;
};

const msPerHour = 3_600_000;
const bytesPerGb = 1e9;

/** Counts by the millisecond of the vendor's clock, and traffic by the byte. */
export function aMeter(startMs: number, costs: { download: number; upload: number }): Meter {
  const charges: Charges = { gpu: 0, disk: 0, bwd: 0, bwu: 0 };
  let bookedMs = startMs;
  return {
    run(nowMs, rates) {
      const hours = Math.max(0, nowMs - bookedMs) / msPerHour;
      bookedMs = Math.max(nowMs, bookedMs);
      charges.gpu += rates.gpu * hours;
      charges.disk += rates.disk * hours;
    },
    move({ download = 0, upload = 0 }) {
      charges.bwd += (download / bytesPerGb) * costs.download;
      charges.bwu += (upload / bytesPerGb) * costs.upload;
    },
    charges: () => ({ ...charges }),
    totalUsd: () => charges.gpu + charges.disk + charges.bwd + charges.bwu,
  };
}
