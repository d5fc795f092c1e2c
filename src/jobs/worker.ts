import { DelayedError, type Job } from 'bullmq';
import type { Context } from '../context.ts';
import { asFailure, type Failure, SystemFailure } from '../domain/errors.ts';
import type { Log } from '../domain/log.ts';
import { failStage } from '../flows/recovery/fail-stage.ts';
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
import { itemEndings, jobHandlers } from './handlers.ts';
import { settle } from './settle.ts';

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
};

/** Kills from outside; more than this, and the run is suspected of killing us. */
const maxInterruptions = 10;

function isJobName(name: string): name is JobName {
  return jobNames.some((known) => known === name);
}

/** The processor of every queue but the schedules': one run of one job, recorded from begin to end. */
export function createProcessor(options: WorkerOptions) {
  const { state, log, workerId } = options;

  async function handle(name: JobName, ctx: Context, payload: unknown): Promise<void> {
    // The schema is the one of this job's kind, which is what its handler takes.
    const parsed = payloadSchemaOf(name).parse(payload) as never;
    await jobHandlers[name](ctx, parsed);
  }

  async function bury(name: JobName, ctx: Context, envelope: Envelope, failure: Failure): Promise<void> {
    const { kind, code, message } = failure;
    if (jobCatalog[name].kind === 'stage') {
      const payload = payloadSchemaOf(name).parse(envelope.payload) as {
        competitionId: string;
        version: number;
      };
      await failStage(ctx, { ...payload, failure: { kind, code, message } });
    } else if (jobCatalog[name].kind === 'item') {
      const ending = itemEndings[name as keyof typeof itemEndings];
      await ending(ctx, { itemId: envelope.item }, { kind, code, message });
    }
    if (failure instanceof SystemFailure && failure.scope === 'process') options.onProcessFailure(failure);
  }

  async function finish(
    job: Job,
    token: string | undefined,
    name: JobName,
    run: StageRun,
    ctx: Context,
    envelope: Envelope,
    error: unknown,
  ) {
    const settled = settle(error, {
      attempt: run.attempt,
      maxAttempts: jobCatalog[name].attempts,
      random: Math.random(),
      isStopping: options.stopping.aborted,
      canBeMended: options.canBeMended(),
    });
    const end = { id: run.id, worker: workerId };
    if (settled.outcome === 'wait') {
      await endStageRun(state, {
        ...end,
        status: 'waiting',
        outcome: settled.reason,
        waitSeconds: settled.delayMs / 1000,
      });
      return await delay(job, token, settled.delayMs);
    }
    const { failure } = settled;
    ctx.log.error(
      { err: failure, code: failure.code, kind: failure.kind, attempt: run.attempt },
      'job failed',
    );
    if (settled.outcome === 'dead') await bury(name, ctx, envelope, failure);
    await endStageRun(state, {
      ...end,
      status: settled.outcome === 'dead' ? 'dead' : 'failed',
      errorClass: failure.kind,
      errorCode: failure.code,
      errorMessage: failure.message,
    });
    if (settled.outcome === 'retry') await delay(job, token, settled.delayMs);
  }

  return async function process(
    job: Job,
    token: string | undefined,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    const envelope = envelopeSchema.parse(job.data);
    if (!isJobName(job.name)) {
      throw new SystemFailure(`No handler knows the job ${job.name}.`, { code: 'jobs.unknown' });
    }
    const name = job.name;
    const begun = await beginStageRun(state, {
      eventId: envelope.eventId,
      delivery: envelope.delivery,
      job: name,
      item: envelope.item,
      competitionId: envelope.competitionId,
      worker: workerId,
      staleSeconds: options.staleSeconds,
      maxInterruptions,
    });
    if ('skip' in begun) {
      log.debug({ job: name, eventId: envelope.eventId, because: begun.skip }, 'job skipped');
      return;
    }
    const { run } = begun;
    const startedAt = performance.now();
    const signals = [
      options.stopping,
      AbortSignal.timeout(jobCatalog[name].timeoutMs),
      ...(signal ? [signal] : []),
    ];
    const ctx = options.contextOf({
      job: name,
      runId: run.id,
      signal: AbortSignal.any(signals),
      competitionId: envelope.competitionId,
    });
    const report = (outcome: string, failure: Failure | null) =>
      options.onEnd?.({ job: name, outcome, seconds: (performance.now() - startedAt) / 1000, failure });
    try {
      if (begun.poisoned) {
        throw new SystemFailure(`This step was interrupted ${maxInterruptions} times and is set aside.`, {
          code: 'jobs.poisoned',
        });
      }
      await handle(name, ctx, envelope.payload);
      await endStageRun(state, { id: run.id, worker: workerId, status: 'done' });
      report('done', null);
    } catch (error) {
      report('not done', error instanceof Error && error.name === 'Wait' ? null : asFailure(error));
      await finish(job, token, name, run, ctx, envelope, error);
    }
  };
}

/** Lets the queue hand the job out again later; BullMQ counts no attempt for it. */
async function delay(job: Job, token: string | undefined, delayMs: number): Promise<never> {
  await job.moveToDelayed(Date.now() + delayMs, token);
  throw new DelayedError();
}
