/** A number that stands for nothing is told as NaN, where the service takes that. */
export type RowValue = number | string | boolean | null;

/** One run, as people find it at the service. */
export type RunDescription = {
  /** Chosen by us, so that asking again is the same run: lower-case letters and digits. */
  id: string;
  displayName: string;
  /** What is compared with one another. */
  group: string;
  jobType: string;
  tags: readonly string[];
  config: Readonly<Record<string, unknown>>;
};

export type OpenedRun = {
  /** What its mutations want. */
  storageId: string;
  url: string;
  /** False: it was there already. */
  isNew: boolean;
};

/** Lines of one kind, from a place on: the same place again overwrites the same lines. */
export type Lines<Line> = { offset: number; lines: readonly Line[] };

/** What is told of a run at once. Nothing at all is a sign of life. */
export type RunBatch = {
  /** Numbers by name. */
  history?: Lines<Readonly<Record<string, RowValue>>>;
  /** Of the machine. */
  system?: Lines<Readonly<Record<string, RowValue>>>;
  /** Lines of output. */
  log?: Lines<string>;
  /** Replaces the one before. */
  summary?: Readonly<Record<string, RowValue | readonly number[]>>;
};

/** A run as the service knows it. */
export type TrackedRun = {
  runId: string;
  displayName: string;
  /** `running`, `finished`, `failed`, `crashed`, … in the service's words. */
  state: string;
  group: string | null;
  /** Values that are no plain ones are left out. */
  summary: Readonly<Record<string, RowValue>>;
  historyLines: number | null;
  url: string;
};

type Call = { signal: AbortSignal };

/**
 * A service that keeps what training runs tell, for people to look at. It is a view: nothing is decided from it, and
 * every call may fail without harm.
 */
export type RunTracker = {
  name: string;
  /** Makes the run, or finds it. @throws BusinessFailure `wandb.run_gone` for an id that is not taken any more */
  open(run: RunDescription, call: Call): Promise<OpenedRun>;
  /** @returns whether a person asked there that the run ends @throws BusinessFailure `wandb.run_gone` */
  append(runId: string, batch: RunBatch, call: Call): Promise<{ isStopAsked: boolean }>;
  /** Nothing follows. An exit code of 0 is a run that went well. */
  finish(runId: string, exitCode: number, call: Call): Promise<void>;
  /** Tells it that we ended the run. */
  stop(storageId: string, call: Call): Promise<void>;
  /** All runs of a group, newest first. */
  compare(group: string, call: Call): Promise<TrackedRun[]>;
  /** Rows of a run that have these names, about evenly thinned to `samples`. */
  history(
    runId: string,
    options: { keys: readonly string[]; samples: number },
    call: Call,
  ): Promise<Readonly<Record<string, RowValue>>[]>;
  link(runId: string): string | null;
  /** Who the key belongs to; null: it is not accepted. */
  whoAmI(call: Call): Promise<{ username: string; entity: string | null } | null>;
  /** What a person has to mend; null: nothing that is known. */
  problem(): { code: string; message: string } | null;
};
