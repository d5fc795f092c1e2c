import type { Actor } from './domain/actor.ts';
import type { DiscoveryRules } from './domain/discovery-rules.ts';
import type { TrainingEnvironment } from './domain/environment.ts';
import type { Log } from './domain/log.ts';
import type { Preferences } from './domain/preferences.ts';
import type { RetentionPolicy } from './domain/retention.ts';
import type { SearchSettings } from './domain/search/settings.ts';
import type { Locks } from './infra/lock.ts';
import type { CodeGenerator } from './providers/codegen/contract.ts';
import type { BundleParts, ComputeProvider } from './providers/compute/contract.ts';
import type { ImageBuilder } from './providers/image/contract.ts';
import type { KaggleClient, PracticeJudge } from './providers/kaggle/contract.ts';
import type { LanguageModel } from './providers/llm/contract.ts';
import type { BuildNotebook } from './providers/notebook/contract.ts';
import type { ObjectStore } from './providers/objects/contract.ts';
import type { QualityGate } from './providers/quality/contract.ts';
import type { ResearchProvider } from './providers/research/contract.ts';
import type { Summariser } from './providers/summary/contract.ts';
import type { RunTracker } from './providers/tracking/contract.ts';
import type { StatePort } from './state/port.ts';

/** How machines are rented and watched. */
export type GpuPolicy = {
  /** Rented at once. */
  maxMachines: number;
  /** Wall time of a script there. */
  timeLimitSeconds: number;
  /** For a machine to say its first word. */
  startSeconds: number;
  heartbeatTimeoutSeconds: number;
  /** Between two heartbeats of a run there. */
  heartbeatSeconds: number;
  /** Between two looks at a run there. */
  pollMs: number;
  /** Where nothing could be had, offers are asked for again after so long. */
  lookAgainSeconds: number;
  /** Machines in a row that may fail to come up for one job. */
  maxMisstarts: number;
  /** How long a vendor's bill is waited for before the own reckoning counts. */
  billSeconds: number;
  /** A machine whose start was not confirmed may still appear in the vendor's list for so long. */
  reconcileSeconds: number;
  /** A machine that was in a vendor's list may be missing from it for so long. */
  listLagSeconds: number;
  leastGpuMemoryBytes: number;
  leastBalanceUsd: number;
  /** Public image where none of ours was built. */
  image: string;
};

/** The settings that flows decide by. */
export type Policy = {
  maxActiveCompetitions: number;
  maxRounds: number;
  approachesPerRound: number;
  trainingTimeLimitSeconds: number;
  /** Starts of one training job, on whatever machines. */
  maxTrainingStarts: number;
  /** Between two looks at what a run saved on its way. */
  checkpointSeconds: number;
  /** A run without a heartbeat for this long is lost. */
  heartbeatTimeoutSeconds: number;
  pollTrainingMs: number;
  /** First waits between looks at a fresh submission, then the last one again and again, in milliseconds. */
  scorePollMs: readonly number[];
  /** The longest that a call may be under way which makes a submission, its waits included. */
  createTimeoutMs: number;
  /** Grace for a late arrival or a lagging list before a lost call counts as never made. */
  reconcileGraceMs: number;
  decisionSlaSeconds: number;
  /** Longest stay in a state, in seconds; states that are not named have no limit. */
  stageSlaSeconds: Readonly<Record<string, number>>;
  /** Automatic retries after failures of one competition before a person is asked. */
  maxAutoRetries: number;
  autostart: boolean;
  discovery: DiscoveryRules;
  /** Services that take minutes and cost: what each may be asked for one competition, and how long a round may wait. */
  deepResearch: { mostQuestions: number; slaSeconds: number };
  /** Tries of other hyper-parameters around the best approach in the last round; 0: none. */
  sweepTries: number;
  /** How the tree of solutions grows. */
  search: SearchSettings;
  /** Code competitions can be entered: notebooks are pushed and submitted. */
  hasNotebookPath: boolean;
  foldCount: number;
  gpu: GpuPolicy;
  /** Concurrent training jobs on the local machine. */
  localSlots: number;
  /** How people want to be talked to, until somebody says otherwise in a chat. */
  preferences: Preferences;
  /** How long what is no competition's record is kept. */
  retention: RetentionPolicy;
};

/** Where downloads lie until all of one is in the object store. */
export type DownloadPlace = {
  /** What a killed process left there is gone on with. */
  folder: string;
  /** Room on its disk. */
  freeBytes: () => Promise<number>;
  /** The object store is on the same disk. */
  sharesDisk: boolean;
};

/** Everything built once per process by the composition root. */
export type Deps = {
  policy: Policy;
  state: StatePort;
  /** Spare several processes the same work; what must never be doubled is guarded in the database. */
  locks: Locks;
  objects: ObjectStore;
  kaggle: KaggleClient;
  /** The practice arena's judge; null at the real Kaggle. */
  judge: PracticeJudge | null;
  research: readonly ResearchProvider[];
  generators: readonly CodeGenerator[];
  /** A language model that is paid for; null where none is configured. */
  models: LanguageModel | null;
  /** Sums up what runs taught; null where no language model is configured. */
  summariser: Summariser | null;
  compute: readonly ComputeProvider[];
  /** Signed links can be followed from outside: rented machines can fetch and deliver. */
  linksReachOut: boolean;
  /** The runner as rented machines fetch it, a tar.gz; the same files give the same bytes. */
  packRunner: () => Promise<Buffer>;
  /** Where people look at training runs, besides the chats; null: nowhere else. */
  tracker: RunTracker | null;
  /** Builds images for training machines; null where no registry is configured. */
  images: ImageBuilder | null;
  /** Packs a training bundle; the same parts give the same bytes. */
  packBundle: (parts: BundleParts) => Promise<Buffer>;
  /** Writes the notebook of a code competition; the same parts give the same text. */
  buildNotebook: BuildNotebook;
  quality: QualityGate;
  /** Somebody can answer: otherwise decisions take their default at once, and nothing waits for a person. */
  canBeAsked: () => boolean;
  /** Where training runs here, and what it may use. */
  environment: TrainingEnvironment;
  /** Where people find the stored files; for display. */
  artifactsFolder: string;
  /** A folder for files that live no longer than one call. */
  scratchFolder: string;
  downloads: DownloadPlace;
  now: () => Date;
};

/** What one call carries: the process's deps and the call's own scope. */
export type Context = Deps & { actor: Actor; log: Log; signal: AbortSignal };
