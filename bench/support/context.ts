import { join } from 'node:path';
import type { Context } from '../../src/context.ts';
import type { Log } from '../../src/domain/log.ts';
import { defaultSearchSettings } from '../../src/domain/search/settings.ts';
import { createLocalLocks } from '../../src/infra/lock.ts';
import { createBundle } from '../../src/providers/compute/bundle.ts';
import type { KaggleClient } from '../../src/providers/kaggle/contract.ts';
import { buildNotebook } from '../../src/providers/notebook/build-notebook.ts';
import { createFolderStore } from '../../src/providers/objects/folder.ts';
import type { StatePort } from '../../src/state/port.ts';

export const quietLog: Log = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};

const nobody = async (): Promise<never> => {
  throw new Error('a benchmark asks no vendor');
};

const noKaggle: KaggleClient = {
  whoAmI: nobody,
  listCompetitions: nobody,
  findCompetition: nobody,
  competitionPages: () => {
    throw new Error('a benchmark asks no vendor');
  },
  dataSummary: nobody,
  listPages: nobody,
  listTopics: nobody,
  topicPosts: nobody,
  listFiles: nobody,
  downloadData: nobody,
  submissionLimits: nobody,
  startUpload: nobody,
  uploadFile: nobody,
  createSubmission: nobody,
  listSubmissions: nobody,
  findSubmissionByDescription: nobody,
  leaderboard: nobody,
  downloadLeaderboard: nobody,
  saveNotebook: nobody,
  findNotebook: nobody,
  notebookStatus: nobody,
  notebookOutput: nobody,
  downloadNotebookFile: nobody,
  acceleratorQuota: nobody,
  createCodeSubmission: nobody,
};

/** The context of jobs that only move their competition. */
export function idleContext(state: StatePort, folder: string): Context {
  return {
    state,
    locks: createLocalLocks(),
    policy: {
      maxActiveCompetitions: 1_000,
      maxRounds: 1,
      approachesPerRound: 1,
      trainingTimeLimitSeconds: 60,
      maxTrainingStarts: 1,
      checkpointSeconds: 60,
      heartbeatTimeoutSeconds: 60,
      pollTrainingMs: 1_000,
      scorePollMs: [1_000],
      createTimeoutMs: 1_000,
      reconcileGraceMs: 1_000,
      decisionSlaSeconds: 60,
      stageSlaSeconds: {},
      maxAutoRetries: 0,
      autostart: false,
      sweepTries: 0,
      search: defaultSearchSettings,
      discovery: {
        threshold: 100,
        mostSuggestionsADay: 0,
        allow: [],
        deny: [],
        readsPerLook: 1,
        rereadDays: 7,
        mostDataBytes: 1,
      },
      deepResearch: { mostQuestions: 0, slaSeconds: 60 },
      hasNotebookPath: false,
      gpu: {
        maxMachines: 0,
        timeLimitSeconds: 60,
        startSeconds: 60,
        heartbeatTimeoutSeconds: 60,
        heartbeatSeconds: 15,
        pollMs: 1_000,
        lookAgainSeconds: 60,
        maxMisstarts: 1,
        billSeconds: 60,
        reconcileSeconds: 60,
        listLagSeconds: 60,
        leastGpuMemoryBytes: 0,
        leastBalanceUsd: 0,
        image: '',
      },
      foldCount: 5,
      localSlots: 1,
      preferences: {
        language: 'en',
        timeZone: 'UTC',
        quietHours: null,
        digestAt: null,
        bars: true,
        broadcast: [],
      },
      // A lifetime that is not named keeps all.
      retention: { lifetimes: {}, files: [] },
    },
    objects: createFolderStore({
      folder,
      ownUrl: () => '',
      linkSecret: 'of a benchmark',
      now: () => new Date(),
    }),
    kaggle: noKaggle,
    judge: null,
    research: [],
    generators: [],
    compute: [],
    linksReachOut: false,
    packRunner: nobody,
    tracker: null,
    models: null,
    summariser: null,
    images: null,
    packBundle: createBundle,
    buildNotebook,
    quality: { check: nobody, ablate: nobody, tryOut: nobody, review: null },
    canBeAsked: () => false,
    environment: { cores: 1, memoryBytes: 1, lightgbm: false, pythonVersion: null, sklearnVersion: null },
    artifactsFolder: folder,
    scratchFolder: folder,
    downloads: { folder: join(folder, 'downloads'), freeBytes: async () => Infinity, sharesDisk: true },
    now: () => new Date(),
    actor: { type: 'schedule', name: 'bench' },
    log: quietLog,
    signal: new AbortController().signal,
  };
}
