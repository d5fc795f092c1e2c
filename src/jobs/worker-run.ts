import type { Context } from '../context.ts';
import { asFailure, type Failure, SystemFailure, TransientFailure } from '../domain/errors.ts';
import type { Log } from '../domain/log.ts';
import { Wait } from '../flows/support/wait.ts';
import type { StatePort } from '../state/port.ts';
import { beginStageRun, endStageRun, type StageRun } from '../state/stage-runs.ts';
import { type Envelope, type JobName, jobCatalog, payloadSchemaOf } from './catalog.ts';
import { endFailedRun } from './end-run.ts';
import { itemEndings, jobHandlers } from './handlers.ts';
import type { MendAlerts } from './mend-alerts.ts';
import type { ModuleGates } from './module-gates.ts';
import type { RunEnd } from './module-trouble.ts';
import type { ItemEndings, JobHandlers } from './registry.ts';

/** Kills from outside; more than this, and the run is suspected of killing us. */
const maxInterruptions = 10;
/** Crashes by an error of the run's own; one fewer than stop the whole agent. */
const maxCrashes = 2;

export type RunOptions = {
  state: StatePort;
  log: Log;
  workerId: string;
  /** The context of one run. */
  contextOf: (run: {
    job: JobName;
    runId: string;
    signal: AbortSignal;
    competitionId: string | null;
  }) => Context;
  /** Aborted when the process stops. */
  stopping: AbortSignal;
  canBeMended: () => boolean;
  /** Seconds without a heartbeat after which a worker counts as dead. */
  staleSeconds: number;
  onProcessFailure: (failure: SystemFailure) => void;
  /** Which modules take work. */
  gates: ModuleGates;
  /** One for all that raise them. */
  alerts: MendAlerts;
  /** Told of every run's end, for metrics and health. */
  onEnd?: (end: { job: JobName; outcome: string; seconds: number; failure: Failure | null }) => void;
  /** What the jobs do; the flows by default. */
  handlers?: JobHandlers;
  endings?: ItemEndings;
};

type Run = {
  name: JobName;
  envelope: Envelope;
  /** Aborted where the job is no longer ours. */
  lost: AbortSignal | undefined;
  /** Told as soon as it is known how the handler came out. */
  onEnded: (end: RunEnd) => void;
};

/**
 * One run of one job, recorded from begin to end.
 * @returns milliseconds until the job is wanted again; null when it has ended
 */
export async function runJob(
  options: RunOptions,
  { name, envelope, lost, onEnded }: Run,
): Promise<number | null> {
  const { state, log, workerId, staleSeconds } = options;
  const { eventId, delivery, item, competitionId } = envelope;
  const begin = { eventId, delivery, job: name, item, competitionId, worker: workerId };
  const begun = await beginStageRun(state, { ...begin, staleSeconds, maxInterruptions, maxCrashes });
  if ('skip' in begun) {
    log.debug({ job: name, eventId, because: begun.skip }, 'job skipped');
    return null;
  }
  const startedAt = performance.now();
  const report = (outcome: string, failure: Failure | null) =>
    options.onEnd?.({ job: name, outcome, seconds: (performance.now() - startedAt) / 1000, failure });
  const timeout = AbortSignal.timeout(jobCatalog[name].timeoutMs);
  const signal = AbortSignal.any([options.stopping, timeout, ...(lost ? [lost] : [])]);
  const ctx = options.contextOf({ job: name, runId: begun.run.id, signal, competitionId });
  options.gates.began(jobCatalog[name].queue);
  try {
    await handle(options, ctx, name, envelope, begun);
  } catch (thrown) {
    const error = timeout.aborted && isAbort(thrown) ? timedOut(name) : thrown;
    // Another worker has a job whose lock is lost, or the sweep sends it again: no failure of its own.
    const isGivenUp = options.stopping.aborted || lost?.aborted === true;
    onEnded(endOf(error, isGivenUp));
    report('not done', error instanceof Wait ? null : asFailure(error));
    return await endNotDone(options, { name, run: begun.run, ctx, envelope, error }, isGivenUp);
  }
  onEnded({ outcome: 'done' });
  await endStageRun(state, { id: begun.run.id, worker: workerId, status: 'done' });
  await clearAlert(options, name, ctx);
  report('done', null);
  return null;
}

async function endNotDone(
  options: RunOptions,
  failed: Parameters<typeof endFailedRun>[1],
  isGivenUp: boolean,
): Promise<number | null> {
  const { gates, alerts } = options;
  const delayMs = await endFailedRun(
    {
      ...options,
      endings: options.endings ?? itemEndings,
      mendDelayMs: gates.probeEveryMs,
      onMendWanted: ({ name, ctx }, failure) => alerts.raise(ctx, jobCatalog[name].queue, failure),
      isGivenUp,
    },
    failed,
  );
  if (failed.error instanceof Wait) await clearAlert(options, failed.name, failed.ctx);
  return delayMs;
}

/** The all-clear, where the module waits for no setting (any more). */
async function clearAlert({ gates, alerts }: RunOptions, name: JobName, ctx: Context): Promise<void> {
  const module = jobCatalog[name].queue;
  if (!gates.isInSafeMode(module)) await alerts.clear(ctx, module);
}

function endOf(error: unknown, isGivenUp: boolean): RunEnd {
  if (error instanceof Wait) return { outcome: 'works_on' };
  return isGivenUp ? { outcome: 'given_up' } : { outcome: 'failed', failure: asFailure(error) };
}

async function handle(
  options: RunOptions,
  ctx: Context,
  name: JobName,
  { payload }: Envelope,
  begun: { run: StageRun; poisoned: boolean; crashes: number },
): Promise<void> {
  if (begun.poisoned) {
    const what =
      begun.crashes >= maxCrashes
        ? `ended the agent ${begun.crashes} times by an error of its own`
        : `was interrupted ${maxInterruptions} times`;
    throw new SystemFailure(`This step ${what} and is set aside.`, { code: 'jobs.poisoned' });
  }
  // The schema is the one of this job's kind, which is what its handler takes.
  const parsed = payloadSchemaOf(name).parse(payload) as never;
  await (options.handlers ?? jobHandlers)[name](ctx, parsed);
}

function isAbort(error: unknown): boolean {
  return error instanceof Error && (error.name === 'TimeoutError' || error.name === 'AbortError');
}

function timedOut(name: JobName): TransientFailure {
  const minutes = Math.round(jobCatalog[name].timeoutMs / 60_000);
  return new TransientFailure(
    `The step ${name} took longer than ${minutes} min, which is all it may take; it was ended.`,
    { code: 'jobs.timed_out' },
  );
}
