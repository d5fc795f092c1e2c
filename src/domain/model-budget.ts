/** Shares of a cap at which people are told, in percent. */
const budgetThresholds = [50, 80, 95] as const;

/** The shares that are reached, in percent. A cap of nothing is somebody's wish, and no news. */
export function reachedThresholds(usedMicroUsd: number, capMicroUsd: number): number[] {
  if (capMicroUsd <= 0) return [];
  return budgetThresholds.filter((percent) => usedMicroUsd * 100 >= capMicroUsd * percent);
}
