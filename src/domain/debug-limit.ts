const leastSeconds = 120;
const mostSeconds = 600;
/** Of the rows that a debug run trains on. */
const debugShare = 0.1;

/**
 * One run of a script on the debug share takes no longer: as long as the same share of a whole training, so that what
 * would fit into its limit is not stopped here, between two and ten minutes.
 * @param trainingLimitSeconds wall time of a whole training
 */
export function debugLimitSeconds(trainingLimitSeconds: number): number {
  return Math.min(mostSeconds, Math.max(leastSeconds, Math.round(debugShare * trainingLimitSeconds)));
}
