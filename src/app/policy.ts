import type { Config } from '../config/load.ts';
import type { GpuPolicy, Policy } from '../context.ts';
import { broadcastKinds, type Preferences } from '../domain/preferences.ts';
import { retentionOf } from './retention.ts';

const foldCount = 5;
const pollTrainingMs = 1_000;
const checkpointSeconds = 60;
const pollRentedMs = 5_000;
const maxMisstarts = 5;
const billSeconds = 3_600;
/** One call, its repetitions, and a list that lags. */
const reconcileSeconds = 300;
const listLagSeconds = 60;
/** Each goes over the network, and to a store that may bill it. */
const rentedHeartbeatSeconds = 15;
/** Room for one attempt of the client and the waits before it. */
const createTimeoutMs = 60_000;
const reconcileGraceMs = 60_000;
/**
 * 5 s for half a minute, 15 s up to five minutes, every minute up to an hour, then every five.
 * Source: contracts of Kaggle, section 6.4
 */
const kagglePollMs = [
  ...Array.from({ length: 6 }, () => 5_000),
  ...Array.from({ length: 18 }, () => 15_000),
  ...Array.from({ length: 55 }, () => 60_000),
  300_000,
];
/** The practice arena scores at once, and is asked for nothing else meanwhile. */
const arenaPollMs = [1_000, 2_000, ...kagglePollMs];
/** Waiting for a day's allowance is part of submitting. */
const submittingSlaSeconds = 26 * 3_600;

/** The settings that flows decide by, from the configuration. */
export function policyOf(config: Config): Policy {
  const { training, competing, discovery, timeLimits } = config;
  return {
    maxActiveCompetitions: competing.maxActive,
    maxRounds: competing.maxRounds,
    approachesPerRound: competing.approachesPerRound,
    trainingTimeLimitSeconds: training.timeLimitSeconds,
    maxTrainingStarts: training.maxStarts,
    checkpointSeconds,
    heartbeatTimeoutSeconds: training.heartbeatTimeoutSeconds,
    pollTrainingMs,
    scorePollMs: config.kaggle.access === null ? arenaPollMs : kagglePollMs,
    createTimeoutMs,
    reconcileGraceMs,
    decisionSlaSeconds: timeLimits.decisionSlaSeconds,
    stageSlaSeconds: {
      researching: timeLimits.researchSlaSeconds,
      research_completed: timeLimits.generationSlaSeconds,
      code_generating: timeLimits.generationSlaSeconds,
      code_ready: timeLimits.trainingSlaSeconds,
      training: timeLimits.trainingSlaSeconds,
      training_completed: submittingSlaSeconds,
      submitted: timeLimits.submissionSlaSeconds,
      analyzing: timeLimits.analysisSlaSeconds,
    },
    maxAutoRetries: competing.maxAutoRetries,
    autostart: competing.autostart,
    sweepTries: competing.sweepTries,
    search: config.search,
    discovery: { ...discovery, mostDataBytes: discovery.mostDataGb * 1_000_000_000 },
    deepResearch: {
      mostQuestions: config.research.deepQuestions,
      slaSeconds: config.research.deepSlaSeconds,
    },
    hasNotebookPath: true,
    foldCount,
    gpu: gpuPolicyOf(config),
    localSlots: training.localSlots,
    preferences: preferencesOf(config),
    retention: retentionOf(config),
  };
}

function gpuPolicyOf({ gpu, schedules }: Config): GpuPolicy {
  const { maxMachines, timeLimitSeconds, startSeconds, heartbeatTimeoutSeconds } = gpu;
  return {
    maxMachines,
    timeLimitSeconds,
    startSeconds,
    heartbeatTimeoutSeconds,
    heartbeatSeconds: Math.min(rentedHeartbeatSeconds, heartbeatTimeoutSeconds / 4),
    pollMs: pollRentedMs,
    lookAgainSeconds: schedules.costWatchEverySeconds,
    maxMisstarts,
    billSeconds,
    reconcileSeconds,
    listLagSeconds,
    leastGpuMemoryBytes: gpu.leastMemoryGb * 1_000_000_000,
    leastBalanceUsd: gpu.leastBalanceUsd,
    image: gpu.image,
  };
}

/** How people are talked to until somebody says otherwise in a chat. */
function preferencesOf({ talking }: Config): Preferences {
  const { language, timeZone, quietHours, digestAt } = talking;
  return { language, timeZone, quietHours, digestAt, bars: true, broadcast: [...broadcastKinds] };
}
