import { DelayedError, type Job } from 'bullmq';
import type { Context } from '../context.ts';
import { asFailure, type Failure, SystemFailure, TransientFailure } from '../domain/errors.ts';
import type { Log } from '../domain/log.ts';
import type { StatePort } from '../state/port.ts';
import { beginStageRun, endStageRun, type StageRun } from '../state/stage-runs.ts';
import {
  type Envelope,
  envelopeSchema,
  type JobName,
  jobCatalog,
  jobNames,
  payloadSchemaOf,
} from './catalog.ts';
import { endFailedRun } from './end-run.ts';
import { itemEndings, jobHandlers } from './handlers.ts';
import { createMendAlerts, type MendAlerts } from './mend-alerts.ts';
import type { ItemEndings, JobHandlers } from './registry.ts';

export type WorkerOptions = {
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
  /** Told of every run's end, for metrics and health. */
  onEnd?: (end: { job: JobName; outcome: string; seconds: number; failure: Failure | null }) => void;
  /** What the jobs do; the flows by default. */
  handlers?: JobHandlers;
  endings?: ItemEndings;
};

/** Kills from outside; more than this, and the run is suspected of killing us. */
const maxInterruptions = 10;
/** Where neither the run nor its end could be written: the database is away, and the queue keeps the job. */
const groundLostMs = 5_000;
/** A job that is taken while the process stops waits in the queue for the next start. */
const stoppingMs = 1_000;

function isJobName(name: string): name is JobName {
  return jobNames.some((known) => known === name);
}

/** One delivery of one job, as the queue hands it out. */
type Taken = { job: Job; token: string | undefined; signal: AbortSignal | undefined };

/** The processor of every queue but the schedules': one run of one job, recorded from begin to end. */
export function createProcessor(options: WorkerOptions) {
  const { log } = options;
  const alerts = createMendAlerts();

  return async function process(
    job: Job,
    token: string | undefined,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    const { name } = job;
    const envelope = envelopeSchema.parse(job.data);
    if (!isJobName(name)) {
      throw new SystemFailure(`No handler knows the job ${name}.`, { code: 'jobs.unknown' });
    }
    const delayMs = options.stopping.aborted
      ? stoppingMs
      : await runOnce(options, alerts, { job, token, signal }, name, envelope).catch((error: unknown) => {
          log.warn({ err: asFailure(error), job: name }, 'a run could not be recorded, trying again');
          return groundLostMs;
        });
    if (delayMs === null) return;
    // The queue hands the job out again later, and counts no attempt for it.
    await job.moveToDelayed(Date.now() + delayMs, token);
    throw new DelayedError();
  };
}

/** @returns milliseconds until the job is wanted again; null when it has ended */
async function runOnce(
  options: WorkerOptions,
  alerts: MendAlerts,
  taken: Taken,
  name: JobName,
  envelope: Envelope,
): Promise<number | null> {
  const { state, log, workerId, staleSeconds } = options;
  const { eventId, delivery, item, competitionId } = envelope;
  const run = { eventId, delivery, job: name, item, competitionId, worker: workerId };
  const begun = await beginStageRun(state, { ...run, staleSeconds, maxInterruptions });
  if ('skip' in begun) {
    log.debug({ job: name, eventId, because: begun.skip }, 'job skipped');
    return null;
  }
  const startedAt = performance.now();
  const report = (outcome: string, failure: Failure | null) =>
    options.onEnd?.({ job: name, outcome, seconds: (performance.now() - startedAt) / 1000, failure });
  const timeout = AbortSignal.timeout(jobCatalog[name].timeoutMs);
  const signals = [options.stopping, timeout, ...(taken.signal ? [taken.signal] : [])];
  const ctx = options.contextOf({
    job: name,
    runId: begun.run.id,
    signal: AbortSignal.any(signals),
    competitionId,
  });
  try {
    await handle(options, ctx, name, envelope, begun);
  } catch (thrown) {
    const error = timeout.aborted && isAbort(thrown) ? timedOut(name) : thrown;
    report('not done', error instanceof Error && error.name === 'Wait' ? null : asFailure(error));
    return await endFailedRun(
      {
        ...options,
        endings: options.endings ?? itemEndings,
        // Another worker has a job whose lock is lost, or the sweep sends it again: no failure of its own.
        onMendWanted: (failed, failure) => alerts.raise(failed, failure),
        isGivenUp: options.stopping.aborted || taken.signal?.aborted === true,
      },
      { name, run: begun.run, ctx, envelope, error },
    );
  }
  await endStageRun(state, { id: begun.run.id, worker: workerId, status: 'done' });
  await alerts.clear({ name, ctx });
  report('done', null);
  return null;
}

async function handle(
  options: WorkerOptions,
  ctx: Context,
  name: JobName,
  { payload }: Envelope,
  begun: { run: StageRun; poisoned: boolean },
): Promise<void> {
  if (begun.poisoned) {
    throw new SystemFailure(`This step was interrupted ${maxInterruptions} times and is set aside.`, {
      code: 'jobs.poisoned',
    });
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
