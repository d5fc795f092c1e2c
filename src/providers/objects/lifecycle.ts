/**
 * What a store lets go by itself, and when. The current state of an object outside `scratch/` is never among it:
 * the record of a competition is only ever removed by name.
 */
export type LifecycleRules = {
  /** An earlier state goes so long after it was replaced or removed … */
  olderVersionDays: number;
  /**
   * … and when so many newer ones of the same object are kept beside it. S3 looks once a day, so a heartbeat that is
   * written every two seconds has more of them until then.
   */
  olderVersionsKept: number;
  /** An upload that nobody finished: no upload lasts so long. */
  unfinishedUploadDays: number;
  /** Objects below this prefix … */
  scratchPrefix: string;
  /** … go after so long. */
  scratchDays: number;
};

export const lifecycleRules: LifecycleRules = {
  olderVersionDays: 30,
  olderVersionsKept: 3,
  unfinishedUploadDays: 1,
  scratchPrefix: 'scratch/',
  scratchDays: 1,
};

export const dayMs = 86_400_000;
