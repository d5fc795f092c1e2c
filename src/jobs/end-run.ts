import type { Context } from '../context.ts';
import type { Failure, SystemFailure } from '../domain/errors.ts';
import { groundLoss } from '../domain/ground.ts';
import type { Log } from '../domain/log.ts';
import { failStage } from '../flows/recovery/fail-stage.ts';
import type { StatePort } from '../state/port.ts';
import { endStageRun, type StageRun } from '../state/stage-runs.ts';
import { type Envelope, type JobName, jobCatalog, payloadSchemaOf, type StagePayload } from './catalog.ts';
import type { ItemEndings } from './registry.ts';
import { settle } from './settle.ts';

/** In a closed module jobs take turns as its probe: until then one counts as waiting, not as lost from the queue. */
const mendPatienceMs = 10 * 60_000;

type Options = {
  state: StatePort;
  log: Log;
  workerId: string;
  canBeMended: () => boolean;
  onProcessFailure: (failure: SystemFailure) => void;
  endings: ItemEndings;
  /** The process stops, or the job is no longer ours: it goes on elsewhere or later. */
  isGivenUp: boolean;
  /** How long a job waits that waits for a setting. */
  mendDelayMs: number;
  /** A setting keeps a job waiting: people are told. */
  onMendWanted: (run: Pick<FailedRun, 'name' | 'ctx'>, failure: Failure) => Promise<void>;
};

export type FailedRun = { name: JobName; run: StageRun; ctx: Context; envelope: Envelope; error: unknown };

/**
 * Records that a run did not simply end: it waits, is tried again, or is dead with what follows from that.
 * @returns milliseconds until its job is wanted again; null when it is over, or another worker has taken over
 */
export async function endFailedRun(options: Options, failed: FailedRun): Promise<number | null> {
  const { state, log, workerId } = options;
  const { name, run, error } = failed;
  const lost = groundLoss(error);
  if (lost !== null) options.onProcessFailure(lost);
  const settled = settle(error, {
    attempt: run.attempt,
    maxAttempts: jobCatalog[name].attempts,
    random: Math.random(),
    isStopping: options.isGivenUp,
    canBeMended: options.canBeMended(),
    mendDelayMs: options.mendDelayMs,
  });
  const end = { id: run.id, worker: workerId };
  if (settled.outcome === 'wait') {
    const { reason, delayMs, mend } = settled;
    if (mend !== null) await options.onMendWanted(failed, mend);
    const waitSeconds = Math.max(delayMs, mend === null ? 0 : mendPatienceMs) / 1000;
    const waits = await endStageRun(state, { ...end, status: 'waiting', outcome: reason, waitSeconds });
    return waits === null ? null : delayMs;
  }
  const { kind, code, message } = settled.failure;
  log.error({ err: settled.failure, code, kind, attempt: run.attempt }, 'job failed');
  // What follows comes first: a crash in between repeats it, and it changes nothing twice.
  if (settled.outcome === 'dead') await bury(options, failed, settled.failure);
  const ended = await endStageRun(state, {
    ...end,
    status: settled.outcome === 'dead' ? 'dead' : 'failed',
    errorClass: kind,
    errorCode: code,
    errorMessage: message,
  });
  return settled.outcome === 'retry' && ended !== null ? settled.delayMs : null;
}

/** What a dead run leads to: a stage fails its competition, an item its row, a note nothing. */
async function bury(options: Options, failed: FailedRun, failure: Failure): Promise<void> {
  const { name, ctx, envelope } = failed;
  const { kind, code, message, details } = failure;
  if (jobCatalog[name].kind === 'stage') {
    // The schema is the one of the job's kind.
    const payload = payloadSchemaOf(name).parse(envelope.payload) as StagePayload;
    await failStage(ctx, { ...payload, failure: { kind, code, message, details } });
  } else if (jobCatalog[name].kind === 'item') {
    const ending = options.endings[name as keyof ItemEndings];
    await ending(ctx, { itemId: envelope.item }, { kind, code, message });
  }
}
