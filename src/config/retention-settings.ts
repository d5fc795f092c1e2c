import { setting } from './setting.ts';
import { integer } from './value-schemas.ts';

const mostDays = 3_650;
const mostHours = 720;

type Lifetime = {
  env: string;
  default: string;
  example: string;
  description: string;
  /** Shorter would take what is still looked at. */
  min?: number;
};

function days({ min = 1, ...row }: Lifetime) {
  return setting({ ...row, unit: 'days', schema: integer({ min, max: mostDays }) });
}

function hours({ min = 1, ...row }: Lifetime) {
  return setting({ ...row, unit: 'hours', schema: integer({ min, max: mostHours }) });
}

/** Lifetimes of what is no competition's record; see docs/explain/retention.md. */
export const retention = {
  eventDays: days({
    env: 'KAGGLE_AGENT_KEEP_EVENTS_DAYS',
    default: '90',
    example: '30',
    // The sweep looks back a week for what was lost.
    min: 8,
    description:
      'How long dispatched events and the runs that they caused are kept once their competition is over; at least 8.',
  }),
  cardChangeDays: days({
    env: 'KAGGLE_AGENT_KEEP_CARD_CHANGES_DAYS',
    default: '7',
    example: '2',
    description: 'How long events are kept that say only that a message in the chats changed.',
  }),
  auditDays: days({
    env: 'KAGGLE_AGENT_KEEP_AUDIT_DAYS',
    default: '365',
    example: '730',
    description:
      'How long lines of the audit log are kept. What was done about a competition or a budget stays for good.',
  }),
  processDays: days({
    env: 'KAGGLE_AGENT_KEEP_PROCESSES_DAYS',
    default: '7',
    example: '30',
    description: 'How long the last heartbeats of processes that ended are kept.',
  }),
  snapshotDays: days({
    env: 'KAGGLE_AGENT_KEEP_SNAPSHOTS_DAYS',
    default: '30',
    example: '90',
    description:
      'How long every leaderboard that was read is kept; afterwards the last one of each day, and always the newest hundred.',
  }),
  alertDays: days({
    env: 'KAGGLE_AGENT_KEEP_ALERTS_DAYS',
    default: '90',
    example: '30',
    // The digest tells of the day before.
    min: 3,
    description: 'How long alerts are kept that are over; at least 3.',
  }),
  messageDays: days({
    env: 'KAGGLE_AGENT_KEEP_MESSAGES_DAYS',
    default: '365',
    example: '90',
    min: 8,
    description:
      'How long the agent remembers its messages that belong to no competition: digests, new competitions, alerts that are over; at least 8. The chats keep them.',
  }),
  doneJobHours: hours({
    env: 'KAGGLE_AGENT_KEEP_DONE_JOBS_HOURS',
    default: '1',
    example: '6',
    description: "How long jobs that ended well stay on the queues' page, two hundred of each queue at most.",
  }),
  failedJobHours: hours({
    env: 'KAGGLE_AGENT_KEEP_FAILED_JOBS_HOURS',
    default: '24',
    example: '72',
    description: "How long jobs that failed stay on the queues' page, five hundred of each queue at most.",
  }),
  objectVersionDays: days({
    env: 'KAGGLE_AGENT_KEEP_OBJECT_VERSIONS_DAYS',
    default: '30',
    example: '7',
    description: 'How long an object that was replaced or removed can still be brought back.',
  }),
  logDays: days({
    env: 'KAGGLE_AGENT_KEEP_LOGS_DAYS',
    default: '30',
    example: '7',
    description: 'How long log files are kept that were set aside; there are never more than three.',
  }),
  scratchDays: days({
    env: 'KAGGLE_AGENT_KEEP_SCRATCH_DAYS',
    default: '2',
    example: '1',
    description:
      'How long files are kept that a call left behind while the agent ran on; a start removes all of them.',
  }),
  diagnosticsDays: days({
    env: 'KAGGLE_AGENT_KEEP_DIAGNOSTICS_DAYS',
    default: '90',
    example: '365',
    description: 'How long the diagnostics of emergency stops and crashes are kept; the newest one stays.',
  }),
};
