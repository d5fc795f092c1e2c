import type { SettingReport } from '../config/load.ts';
import type { BudgetResult, LogsResult } from '../domain/command-results.ts';
import type {
  DiscoverFilter,
  DiscoverResult,
  ListedCompetition,
  WhyResult,
} from '../domain/discovery-results.ts';
import type { StoppedMachines } from '../domain/gpu/stopped-machines.ts';
import type { NodeResult } from '../domain/node-detail.ts';
import type { Overview } from '../domain/overview.ts';
import type { ResearchBrief } from '../domain/research-brief.ts';
import type { TreeView } from '../domain/search-views.ts';

/** What every verb takes. */
export type Call = {
  signal: AbortSignal;
  /** One line of progress for people, such as `wine: 3 reference entrants`. */
  onProgress: (text: string) => void;
};

export type RunRequest = {
  slug: string;
  maxRounds: number | null;
  /** For the whole competition. */
  timeLimitSeconds: number | null;
  priority: number | null;
  /** A snapshot after each change that people can see. */
  onChange: (overview: Overview) => void;
};

/** A competition, and how our account stands in it at Kaggle; null where that is not known. */
export type Status = Overview & { participation: ListedCompetition['participation'] };

/** Facts of an agent that is ready for work. */
export type ReadyFacts = {
  version: string;
  readyMs: number;
  /** What this process does where the work is split, such as `worker, takes research, codegen`; null: everything. */
  role: string | null;
  /** Somebody sits at a prompt here. */
  hasPrompt: boolean;
  /** Address of the local chat page; null where there is none. */
  pageUrl: string | null;
  /** Address of the page of the queues, or of the status where another process serves that, with its key. */
  opsPage: { name: 'queues' | 'status'; url: string };
  /** The chats beside the prompt, in words; null where another process talks with people. */
  chats: readonly string[] | null;
  /** `practice arena at http://…` or `kaggle.com as mika`. */
  kaggle: string;
  database: string;
  queue: string;
  caps: { gpuUsdPerHour: number; gpuUsdPerDay: number; llmUsdPerDay: number };
  dataFolder: string;
  /** What is gone on with after a restart, a line each. */
  resumed: readonly string[];
};

export type DoctorCheck = {
  status: 'error' | 'warn' | 'ok' | 'off' | 'note';
  /** `state`, `queue`, `kaggle`, `python`, … */
  port: string;
  /** The adapter that is active, and why. */
  message: string;
  /** What to set or run; null where there is nothing to do. */
  next: string | null;
  elapsedMs: number | null;
};

export type ListedEvent = {
  id: number;
  at: Date;
  type: string;
  slug: string | null;
  /** 0 for the first delivery; null while it waits for the relay. */
  delivery: number | null;
  payload: unknown;
};

export type ArenaEntry = {
  slug: string;
  title: string;
  metric: string;
  trainRows: number;
  testRows: number;
  entrants: number;
  folder: string;
};

export const connectableServices = ['slack', 'discord', 'kaggle'] as const;
export type ConnectableService = (typeof connectableServices)[number];

/** One of several answers. */
export type Choice = { value: string; label: string };

/** A person who answers questions. All answers are trimmed. */
export type Asking = {
  /** Asks until something is typed. */
  text(question: string): Promise<string>;
  /** As `text`, and what is typed does not show. */
  hidden(question: string): Promise<string>;
  /** Waits for Enter. */
  enter(question: string): Promise<void>;
  /** Yes or no; Enter is no. */
  confirm(question: string): Promise<boolean>;
  /** @returns the value of one of the choices, or one that was typed */
  choose(question: string, choices: readonly Choice[]): Promise<string>;
};

/** For people, while a service is connected; without a word it is plain text. */
export type ConnectLine = { word: 'ok' | 'note' | 'warn' | null; text: string };

export type ConnectOutcome = {
  service: ConnectableService;
  title: string;
  /** The settings that were written; none where everything was set already. */
  written: readonly string[];
  /** The file they were written into. */
  file: string | null;
  /** What to do now. */
  next: readonly string[];
};

/** One aspect of the bucket, and what became of it. */
export type StorageStep = {
  /** `bucket`, `versioning`, `lifecycle`, … */
  name: string;
  outcome: 'right' | 'changed' | 'would_change' | 'unsupported' | 'odd';
  /** In words for people. */
  text: string;
};

/** A rented machine, as its vendor lists it. */
export type GpuMachine = {
  provider: string;
  id: string;
  /** The label that it carries. */
  key: string | null;
  state: string;
  pricePerHourUsd: number;
  startedAt: Date | null;
  detail: string | null;
};

export type GpuStop = StoppedMachines & {
  /** The database knows it, and nothing is rented until that is lifted. */
  isHeld: boolean;
};

/** What the command line can do; the composition root implements it. All throw a Failure for people. */
export type Commands = {
  /** Runs until the signal aborts. `onReady` is called once. */
  up(input: Call & { afterEmergency: boolean; onReady: (facts: ReadyFacts) => void }): Promise<void>;
  /** One competition to its end. Decisions take their default: nobody can answer. */
  run(input: Call & RunRequest): Promise<Overview>;
  /** The slug of the practice run where none is named. */
  demoSlug(input: Call): Promise<string>;
  status(input: Call & { slug: string }): Promise<Status>;
  list(input: Call): Promise<readonly Overview[]>;
  logs(input: Call & { slug: string; limit: number }): Promise<LogsResult>;
  discover(input: Call & { filter: DiscoverFilter }): Promise<DiscoverResult>;
  why(input: Call & { slug: string }): Promise<WhyResult>;
  research(input: Call & { slug: string }): Promise<ResearchBrief>;
  tree(input: Call & { slug: string }): Promise<TreeView>;
  node(input: Call & { slug: string; which: string }): Promise<NodeResult>;
  budget(input: Call & { slug: string | null }): Promise<BudgetResult>;
  doctor(input: Call): Promise<readonly DoctorCheck[]>;
  /** @param input asking: null where nobody can be asked */
  connect(
    input: Call & {
      service: ConnectableService;
      asking: Asking | null;
      tell: (line: ConnectLine) => void;
    },
  ): Promise<ConnectOutcome>;
  /** Brings the database of DATABASE_URL up to date. @returns the migrations that were applied now */
  migrate(input: Call): Promise<{ applied: readonly string[]; current: string | null }>;
  /** Makes the bucket of S3_BUCKET ready. @param input isDryRun: only looks @returns where it is, and every step */
  setupStorage(
    input: Call & { isDryRun: boolean; tell: (step: StorageStep) => void },
  ): Promise<{ where: string; steps: readonly StorageStep[] }>;
  /** @param input installation: null where the database or the data folder says it */
  stopGpus(input: Call & { installation: string | null }): Promise<GpuStop>;
  listGpus(input: Call & { installation: string | null }): Promise<{
    machines: readonly GpuMachine[];
    problems: readonly { provider: string; problem: string }[];
  }>;
  allowGpus(input: Call): Promise<{ wasHeld: boolean }>;
  settings(): readonly SettingReport[];
  /** What is wrong with the settings and was tolerated. */
  settingFaults(): readonly string[];
  listEvents(
    input: Call & { slug: string | null; afterId: number | null; limit: number },
  ): Promise<readonly ListedEvent[]>;
  /** @returns how many events are sent again */
  replayEvents(input: Call & { fromId: number; toId: number }): Promise<number>;
  /** Serves until the signal aborts. */
  serveArena(
    input: Call & {
      /** Lets calls fail as it says; null: none fails. */
      faultsFile: string | null;
      onReady: (facts: { apiUrl: string; competitions: number }) => void;
    },
  ): Promise<void>;
  listArena(input: Call): Promise<readonly ArenaEntry[]>;
  addToArena(input: Call & { folder: string }): Promise<ArenaEntry>;
  /** Builds the competitions that ship from data in the installed packages. @returns their slugs */
  buildArena(input: Call): Promise<readonly string[]>;
};

/**
 * What a command wants of the secrets in Vault: it cannot do without (`needed`), it shows what it finds and goes on without
 * (`wanted`), or it does not touch them (`unused`).
 */
export type SecretsDemand = 'needed' | 'wanted' | 'unused';

/** How the agent is opened for one call of the command line. */
export type OpenRequest = {
  /** What flags say, by the name of the setting's environment variable. */
  flags: Readonly<Record<string, string>>;
  /** A practice run: keys and addresses of the environment are ignored, and the data folder is its own. */
  isDemo: boolean;
  /** Readable log lines on standard error. */
  isVerbose: boolean;
  /** Nobody may be asked: no terminal, `--no-input` or `CI`. */
  canAsk: boolean;
  /** Settings that need each other may be set by halves: the command is about to complete them. */
  mayBeIncomplete: boolean;
  /** What is wrong counts as not set: the command must not wait until every setting is right. */
  toleratesFaults: boolean;
  secrets: SecretsDemand;
};

/** @throws ConfigurationFailure `config.invalid`, and `vault.*` where secrets are needed and Vault does not give them */
export type OpenCommands = (request: OpenRequest, signal: AbortSignal) => Commands | Promise<Commands>;
