import { join } from 'node:path';
import type { Context, Policy } from '../../src/context.ts';
import { defaultSearchSettings } from '../../src/domain/search/settings.ts';
import { createLocalLocks } from '../../src/infra/lock.ts';
import { createBundle } from '../../src/providers/compute/bundle.ts';
import { createKaggleClient } from '../../src/providers/kaggle/client.ts';
import { buildNotebook } from '../../src/providers/notebook/build-notebook.ts';
import { createFolderStore } from '../../src/providers/objects/folder.ts';
import { type GateReport, gateReportSchema, type QualityGate } from '../../src/providers/quality/contract.ts';
import type { StatePort } from '../../src/state/port.ts';
import { kaggleOptions } from './arena-kit.ts';
import { someActor } from './builders.ts';
import { someLifetimes } from './lifetimes.ts';
import { somePreferences } from './preferences.ts';
import { silentLog } from './silent-log.ts';
import { tempFolder } from './temp-folder.ts';

/** Decides fast, and never by itself. */
export const testPolicy: Policy = {
  maxActiveCompetitions: 3,
  maxRounds: 2,
  approachesPerRound: 2,
  trainingTimeLimitSeconds: 60,
  maxTrainingStarts: 3,
  checkpointSeconds: 0.2,
  heartbeatTimeoutSeconds: 60,
  pollTrainingMs: 10,
  scorePollMs: [10, 50],
  createTimeoutMs: 1_000,
  reconcileGraceMs: 200,
  decisionSlaSeconds: 3_600,
  stageSlaSeconds: {},
  maxAutoRetries: 2,
  autostart: false,
  sweepTries: 0,
  search: defaultSearchSettings,
  discovery: {
    threshold: 70,
    mostSuggestionsADay: 3,
    allow: [],
    deny: [],
    readsPerLook: 40,
    rereadDays: 7,
    mostDataBytes: 60_000_000_000,
  },
  deepResearch: { mostQuestions: 4, slaSeconds: 10_800 },
  hasNotebookPath: true,
  foldCount: 3,
  gpu: {
    maxMachines: 2,
    timeLimitSeconds: 3_600,
    startSeconds: 600,
    heartbeatTimeoutSeconds: 120,
    heartbeatSeconds: 2,
    pollMs: 10,
    lookAgainSeconds: 300,
    maxMisstarts: 5,
    billSeconds: 600,
    reconcileSeconds: 60,
    listLagSeconds: 60,
    leastGpuMemoryBytes: 8_000_000_000,
    leastBalanceUsd: 1,
    image: 'public/image:1',
  },
  localSlots: 2,
  preferences: somePreferences,
  retention: { lifetimes: someLifetimes, files: [] },
};

const passed: GateReport = gateReportSchema.parse({ passed: true, checks: [], estimateSeconds: 1 });
const notTried: QualityGate['tryOut'] = async () => {
  return { without: null, oofPath: null, seconds: 0, failure: 'No script runs in this test.' };
};
const notAblated: QualityGate['ablate'] = async (request, options) => {
  return { whole: await notTried(request, options), parts: [] };
};

/** What a job that asks nobody for anything is called with: no vendor, no file. */
export function contextWithout(state: StatePort, folder = '/nowhere'): Context {
  return {
    state,
    locks: createLocalLocks(),
    policy: testPolicy,
    objects: createFolderStore({
      folder,
      ownUrl: () => 'http://127.0.0.1:9',
      linkSecret: 'a secret of the tests, long enough',
      now: () => new Date(),
    }),
    // Nobody listens there: a flow that asks a vendor which its test did not bring fails.
    kaggle: createKaggleClient(kaggleOptions('http://127.0.0.1:9')),
    judge: null,
    research: [],
    generators: [],
    compute: [],
    linksReachOut: true,
    packRunner: async () => Buffer.from('the runner'),
    tracker: null,
    models: null,
    summariser: null,
    images: null,
    packBundle: createBundle,
    buildNotebook,
    quality: { check: async () => passed, ablate: notAblated, tryOut: notTried, review: null },
    canBeAsked: () => false,
    environment: {
      cores: 2,
      memoryBytes: 2 ** 31,
      lightgbm: false,
      pythonVersion: '3.12.1',
      sklearnVersion: '1.7.1',
    },
    artifactsFolder: '/artifacts',
    scratchFolder: folder,
    downloads: { folder: join(folder, 'downloads'), freeBytes: async () => Infinity, sharesDisk: true },
    now: () => new Date(),
    actor: someActor,
    log: silentLog,
    signal: new AbortController().signal,
  };
}

/** What a flow is called with: a real folder store, and no vendor unless the test brings one. */
export async function aContext(
  options: Partial<Omit<Context, 'policy'>> & { state: StatePort; policy?: Partial<Policy> },
): Promise<Context> {
  const { policy, state, ...rest } = options;
  const base = contextWithout(state, await tempFolder());
  const downloads = { ...base.downloads, folder: await tempFolder() };
  return {
    ...base,
    scratchFolder: await tempFolder(),
    downloads,
    ...rest,
    policy: { ...testPolicy, ...policy },
  };
}
