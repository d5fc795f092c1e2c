/** How long what is no competition's record is kept, in whole days; the keys are those of the settings. */
export type Lifetimes = {
  /** Dispatched events of what is over, and the runs that they caused. */
  eventDays: number;
  /** Events that say only that a message changed. */
  cardChangeDays: number;
  auditDays: number;
  /** Processes that ended. */
  processDays: number;
  /** Afterwards one leaderboard of each day stays. */
  snapshotDays: number;
  /** Alerts that are over. */
  alertDays: number;
  /** Messages that belong to no competition. */
  messageDays: number;
  /** Replaced and removed objects, in the folder of the local object store. */
  objectVersionDays: number;
  logDays: number;
  scratchDays: number;
  diagnosticsDays: number;
};

/** Files of our own in one folder that go by age; what is called otherwise is not ours. */
export type OwnFiles = {
  folder: string;
  names: RegExp;
  days: number;
  /** The newest ones stay, whatever their age. */
  keepNewest: number;
};

export type RetentionPolicy = {
  /** What is not named is kept for good. */
  lifetimes: Partial<Lifetimes>;
  files: readonly OwnFiles[];
};
