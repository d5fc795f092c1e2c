import type { Lifetimes } from '../../src/domain/retention.ts';

/** As the settings say it. */
export const someLifetimes: Lifetimes = {
  eventDays: 90,
  cardChangeDays: 7,
  auditDays: 365,
  processDays: 7,
  snapshotDays: 30,
  alertDays: 90,
  messageDays: 365,
  objectVersionDays: 30,
  logDays: 30,
  scratchDays: 2,
  diagnosticsDays: 90,
};
