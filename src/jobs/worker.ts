import { DelayedError, type Job } from 'bullmq';
import { asFailure, SystemFailure } from '../domain/errors.ts';
import { workQueues } from '../domain/roles.ts';
import { type Envelope, envelopeSchema, type JobName, jobCatalog, jobNames } from './catalog.ts';
import { createMendAlerts, type MendAlerts } from './mend-alerts.ts';
import type { GatedRun } from './module-gate.ts';
import { createModuleGates, type ModuleGates } from './module-gates.ts';
import type { RunEnd } from './module-trouble.ts';
import { type RunOptions, runJob } from './worker-run.ts';

export type WorkerOptions = Omit<RunOptions, 'gates' | 'alerts'> & {
  /** Which modules take work; gates of this processor's own where none are given. */
  gates?: ModuleGates;
  /** One for all that raise them; of this processor's own where none are given. */
  alerts?: MendAlerts;
};

/** Where neither the run nor its end could be written: the database is away, and the queue keeps the job. */
const groundLostMs = 5_000;
/** A job that is taken while the process stops waits in the queue for the next start. */
const stoppingMs = 1_000;

function isJobName(name: string): name is JobName {
  return jobNames.some((known) => known === name);
}

/** The processor of every queue but the schedules': one run of one job, recorded from begin to end. */
export function createProcessor(given: WorkerOptions) {
  const { log, canBeMended } = given;
  const options: RunOptions = {
    ...given,
    gates: given.gates ?? createModuleGates({ modules: workQueues, log, canBeMended }),
    alerts: given.alerts ?? createMendAlerts(),
  };

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
      : await runIfOpen(options, { name, id: job.id ?? '', envelope, signal }).catch((error: unknown) => {
          log.warn({ err: asFailure(error), job: name }, 'a run could not be recorded, trying again');
          return groundLostMs;
        });
    if (delayMs === null) return;
    // The queue hands the job out again later, and counts no attempt for it.
    await job.moveToDelayed(Date.now() + delayMs, token);
    throw new DelayedError();
  };
}

type Taken = { name: JobName; id: string; envelope: Envelope; signal: AbortSignal | undefined };

/** A closed module begins nothing and writes nothing. @returns milliseconds until the job is wanted again; null: never */
async function runIfOpen(options: RunOptions, taken: Taken): Promise<number | null> {
  const { gates } = options;
  const { name, id, envelope, signal } = taken;
  const module = jobCatalog[name].queue;
  const run: GatedRun = { name, id, isTick: false };
  const admission = gates.admit(module, run);
  if (!admission.isAdmitted) return admission.delayMs;
  const onEnded = (end: RunEnd) => gates.ended(module, run, admission, end);
  return await runJob(options, { name, envelope, lost: signal, onEnded });
}
