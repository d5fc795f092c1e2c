import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Account, Submission } from '../account.ts';
import type { ArenaLog, Behaviour } from '../behaviour.ts';
import type { Competition } from '../competition-schema.ts';
import type { Outcome } from '../scoring.ts';
import { inputsOf } from './inputs.ts';
import { judgeRerun } from './judge-rerun.ts';
import type { KernelVersion, SessionEnd } from './kernel-events.ts';
import { launchNotebook, type NotebookEnd } from './launch-notebook.ts';
import {
  clearRun,
  type LogEntry,
  layFolder,
  notebookFolder,
  outputFiles,
  writeLog,
} from './notebook-folder.ts';
import { programOf } from './notebook-source.ts';
import { createQueue } from './queue.ts';
import { sessionRoot, sourcePath } from './session-folder.ts';

export type NotebookOptions = {
  competitions: ReadonlyMap<string, Competition>;
  account: Account;
  behaviour: Behaviour;
  stateFolder: string;
  /** The interpreter that runs notebooks; null: none is there. */
  findPython: ((signal: AbortSignal) => Promise<string>) | null;
  /** Absolute paths that notebooks shall not see, beside the competitions' own folders. */
  hiddenPaths: readonly string[];
  now: () => Date;
  log: ArenaLog;
  signal: AbortSignal;
};

export type SessionStatus = 'QUEUED' | 'RUNNING' | 'CANCEL_REQUESTED' | SessionEnd;

/** A session as long as it runs. */
export type LiveSession = {
  startedAt: Date;
  log: LogEntry[];
  cancel: AbortController;
  /** Told each new line, and null at the end. */
  listeners: Set<(entry: LogEntry | null) => void>;
};

export type Notebooks = ReturnType<typeof createNotebooks>;

/** Lines of a log that are kept; a notebook that says more is cut short. */
const maxLogEntries = 100_000;

/**
 * Runs notebooks as processes of this machine: sessions of pushed versions, and the re-runs of handed-in ones on the
 * hidden test set. What was running when the arena stopped runs again from its beginning.
 */
export function createNotebooks(options: NotebookOptions) {
  const { account, behaviour, signal } = options;
  const queue = createQueue(behaviour.notebooksAtOnce);
  const live = new Map<number, LiveSession>();
  const reads = new Map<number, number>();

  const statusOf = (sessionId: number): SessionStatus => {
    const end = account.kernels.end(sessionId);
    if (end !== null) return end.status;
    const session = live.get(sessionId);
    if (session === undefined) return 'QUEUED';
    return session.cancel.signal.aborted ? 'CANCEL_REQUESTED' : 'RUNNING';
  };
  const start = (version: KernelVersion): void => {
    queue.add(async () => {
      if (signal.aborted || account.kernels.end(version.sessionId) !== null) return;
      await runSession(options, version, live);
    });
  };
  const rerun = (submission: Submission): void => {
    queue.add(async () => {
      if (!signal.aborted) await runOnHiddenTest(options, submission);
    });
  };

  return {
    statusOf,
    start,
    rerun,
    /** @returns how often the status was read since the arena started, this time included */
    countRead(sessionId: number): number {
      const read = (reads.get(sessionId) ?? 0) + 1;
      reads.set(sessionId, read);
      return read;
    },
    live: (sessionId: number): LiveSession | null => live.get(sessionId) ?? null,
    /** Asks a session to end. @returns false when it has ended already */
    cancel(version: KernelVersion): boolean {
      const { sessionId } = version;
      if (account.kernels.end(sessionId) !== null) return false;
      const session = live.get(sessionId);
      if (session !== undefined) session.cancel.abort();
      else recordEnd(options, version, { status: 'CANCEL_ACKNOWLEDGED', failureMessage: '' }, options.now());
      return true;
    },
    /** Goes on with what an earlier arena left unfinished. */
    resume(): void {
      for (const version of account.kernels.sessions()) if (version.end === null) start(version);
      for (const submission of account.unjudged()) rerun(submission);
    },
    /** Once `signal` is aborted: returns when nothing runs any more. */
    drained: (): Promise<void> => queue.drained(),
  };
}

async function runSession(
  options: NotebookOptions,
  version: KernelVersion,
  live: Map<number, LiveSession>,
): Promise<void> {
  const { sessionId } = version;
  const session: LiveSession = {
    startedAt: options.now(),
    log: [],
    cancel: new AbortController(),
    listeners: new Set(),
  };
  live.set(sessionId, session);
  const root = sessionRoot(options.stateFolder, sessionId);
  const onLog = (entry: LogEntry) => {
    if (session.log.length >= maxLogEntries) return;
    session.log.push(entry);
    for (const listener of session.listeners) listener(entry);
  };
  const signal = AbortSignal.any([options.signal, session.cancel.signal]);
  const end = await runVersion(options, version, { root, isRerun: null, signal, onLog });
  // An arena that stops takes its notebooks along; they are no failures, and run again with the next one.
  if (!options.signal.aborted) {
    await writeLog(root, session.log).catch(() => undefined);
    const isCancelled = session.cancel.signal.aborted;
    const status = isCancelled ? 'CANCEL_ACKNOWLEDGED' : end.failure === null ? 'COMPLETE' : 'ERROR';
    const failureMessage = isCancelled ? '' : (end.failure ?? '');
    recordEnd(options, version, { status, failureMessage }, session.startedAt);
  }
  live.delete(sessionId);
  for (const listener of session.listeners) listener(null);
}

function recordEnd(
  { account, now, log }: NotebookOptions,
  { sessionId, slug }: KernelVersion,
  end: { status: SessionEnd; failureMessage: string },
  startedAt: Date,
): void {
  account.record({ type: 'kernel_session_ended', at: now(), sessionId, startedAt, ...end });
  log.info({ slug, sessionId, status: end.status }, 'arena notebook ended');
}

type Run = {
  root: string;
  /** The competition whose hidden test set is laid in; null: the public files. */
  isRerun: string | null;
  signal: AbortSignal;
  onLog: (entry: LogEntry) => void;
};

type RunResult = { failure: string | null; isTimedOut: boolean };

async function runVersion(options: NotebookOptions, version: KernelVersion, run: Run): Promise<RunResult> {
  const folder = notebookFolder(run.root);
  const { behaviour, stateFolder } = options;
  try {
    if (options.findPython === null) throw new Error('This arena has no Python to run notebooks with.');
    const python = await options.findPython(run.signal);
    const source = await readFile(sourcePath(stateFolder, version.sessionId), 'utf8');
    const program = programOf(version.kernelType, source);
    const inputs = await inputsOf(options, version, run.isRerun);
    await layFolder(folder, { program, inputs, signal: run.signal });
    let lastError = '';
    const end = await launchNotebook({
      python,
      folder,
      hasInternet: version.hasInternet && run.isRerun === null,
      hasWalls: behaviour.hasNotebookWalls,
      hiddenPaths: hiddenFrom(options),
      variables: run.isRerun === null ? {} : { KAGGLE_IS_COMPETITION_RERUN: '1' },
      timeoutMs: version.timeoutSeconds * 1000,
      maxFileBytes: behaviour.maxNotebookOutputBytes,
      signal: run.signal,
      onLog(entry) {
        if (entry.stream_name === 'stderr' && entry.data.trim() !== '') lastError = entry.data.trim();
        run.onLog(entry);
      },
    });
    if (!end.isWalled && end.how !== 'stopped') {
      options.log.warn({ slug: version.slug }, 'arena notebook ran without walls: no namespaces here');
    }
    const sizeBytes = (await outputFiles(run.root)).reduce((sum, file) => sum + file.sizeBytes, 0);
    const isTooLarge = sizeBytes > behaviour.maxNotebookOutputBytes;
    const failure = isTooLarge ? 'The output is larger than allowed.' : failureOf(end, version, lastError);
    return { failure, isTimedOut: end.how === 'timed out' };
  } catch (error) {
    // Also a disk that is full: the session has failed, and its owner reads why.
    return { failure: error instanceof Error ? error.message : String(error), isTimedOut: false };
  } finally {
    await clearRun(folder).catch(() => undefined);
  }
}

function failureOf(
  { how, code }: NotebookEnd,
  { timeoutSeconds }: KernelVersion,
  lastError: string,
): string | null {
  if (how === 'timed out') return `Your notebook ran longer than its limit of ${timeoutSeconds} seconds.`;
  if (how === 'not started') return 'The notebook could not be started.';
  if (how === 'ended' && code === 0) return null;
  return lastError.slice(0, 1000) || `The notebook ended with exit code ${code}.`;
}

function hiddenFrom({ competitions, stateFolder, hiddenPaths }: NotebookOptions): string[] {
  const folders = [...competitions.values()].map(({ folder }) => folder).filter((folder) => folder !== '');
  return [...new Set([...folders, stateFolder, ...hiddenPaths])];
}

async function runOnHiddenTest(options: NotebookOptions, submission: Submission): Promise<void> {
  const { account, stateFolder, competitions, log } = options;
  const { ref, slug } = submission;
  const root = join(stateFolder, 'reruns', String(ref));
  const version = account.kernels.version(submission.sessionId ?? 0);
  const competition = competitions.get(slug);
  let outcome: Outcome = { status: 'ERROR', errorDescription: 'The competition or the notebook is gone.' };
  let sizeBytes = 0;
  try {
    if (version !== null && competition !== undefined) {
      const limited = { ...version, timeoutSeconds: rerunSeconds(options, competition, version) };
      const { signal } = options;
      const end = await runVersion(options, limited, { root, isRerun: slug, signal, onLog: () => undefined });
      ({ outcome, sizeBytes } = await judgeRerun(competition, {
        root,
        fileName: submission.fileName,
        ...end,
      }));
    }
  } catch (error) {
    log.error({ err: error, ref }, 'arena re-run failed');
    outcome = { status: 'ERROR', errorDescription: 'Notebook Threw Exception' };
  }
  // An arena that stops judges nothing: the notebook runs again with the next one.
  if (!options.signal.aborted) {
    account.record({ type: 'code_submission_judged', at: options.now(), ref, sizeBytes, outcome });
    log.info({ slug, ref, status: outcome.status }, 'arena notebook judged');
  }
  await rm(root, { recursive: true, force: true }).catch(() => undefined);
}

function rerunSeconds(
  { behaviour }: NotebookOptions,
  { notebooks }: Competition,
  { accelerator }: KernelVersion,
): number {
  const minutes = accelerator === 'none' ? notebooks.cpuMinutes : notebooks.gpuMinutes;
  if (minutes !== null) return minutes * 60;
  return accelerator === 'none' ? behaviour.cpuSessionSeconds : behaviour.gpuSessionSeconds;
}
