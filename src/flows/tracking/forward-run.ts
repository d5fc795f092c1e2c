import type { Context } from '../../context.ts';
import { asFailure } from '../../domain/errors.ts';
import type { RunBatch, RunTracker } from '../../providers/tracking/contract.ts';
import {
  advanceTrackingRun,
  listRunMetrics,
  type MetricLine,
  openTrackingRun,
  type TrackingRun,
  type TrackingWork,
} from '../../state/tracking.ts';
import { endTrainingJob } from '../../state/training.ts';
import { outputPrefix } from '../gpu/judge-run.ts';
import { readObjectText } from '../support/objects.ts';
import { describeRun, foldRows, historyRow, runIdOf, summaryOf, systemRow } from './describe-run.ts';

/** A run that tells nothing gives a sign of life: without any it counts as crashed there. */
const heartbeatMs = 30_000;
const linesAtOnce = 2_000;
/** The end of a long log is what explains a run. */
const mostLogLines = 5_000;
/** Ids that the service no longer takes, until it is left alone. */
const mostGenerations = 3;

type ForwardContext = Pick<Context, 'state' | 'objects' | 'log' | 'now'>;

/**
 * Tells the service what it does not know yet of one start. Each batch is told before it is recorded as told; told again
 * after a crash it is the same lines at the same places.
 */
export async function forwardRun(
  ctx: ForwardContext,
  tracker: RunTracker,
  work: TrackingWork,
  signal: AbortSignal,
): Promise<void> {
  const run = work.run ?? (await openRun(ctx, tracker, work, 0, signal));
  if (run === null) return;
  try {
    await tellAll(ctx, tracker, work, run, signal);
  } catch (error) {
    const failure = asFailure(error);
    if (failure.code !== 'wandb.run_gone' && failure.code !== 'wandb.bad_request') throw failure;
    // Whoever deleted it does not want it back.
    await advance(ctx, run, { state: 'given_up', error: failure.message });
    ctx.log.warn({ err: failure, job: work.jobId, run: run.runId }, 'a tracked run is given up');
  }
}

/** @returns null where the service takes none of our ids */
async function openRun(
  ctx: ForwardContext,
  tracker: RunTracker,
  work: TrackingWork,
  generation: number,
  signal: AbortSignal,
): Promise<TrackingRun | null> {
  const row = { jobId: work.jobId, token: work.token, generation, runId: runIdOf(work, generation) };
  try {
    const { storageId, url } = await tracker.open(describeRun(work, generation), { signal });
    return await openTrackingRun(ctx.state, { ...row, storageId, url });
  } catch (error) {
    const { code, message } = asFailure(error);
    const isTaken = code === 'wandb.run_gone' || code === 'wandb.conflict';
    if (isTaken && generation + 1 < mostGenerations) {
      return await openRun(ctx, tracker, work, generation + 1, signal);
    }
    if (!isTaken && code !== 'wandb.bad_request') throw error;
    const given = await openTrackingRun(ctx.state, { ...row, storageId: null, url: null });
    await advance(ctx, given, { state: 'given_up', error: message });
    return null;
  }
}

async function tellAll(
  ctx: ForwardContext,
  tracker: RunTracker,
  work: TrackingWork,
  opened: TrackingRun,
  signal: AbortSignal,
): Promise<void> {
  const isOver = work.ending !== 'running';
  let run = opened;
  for (;;) {
    const [metrics, system] = await Promise.all([
      linesFrom(ctx, work, 'metric', run.metricLines),
      linesFrom(ctx, work, 'system', run.systemLines),
    ]);
    const isLast = metrics.length < linesAtOnce && system.length < linesAtOnce;
    const hasNews = metrics.length > 0 || system.length > 0;
    if (!hasNews && !isOver && !isDue(ctx, run)) return;
    const batch = batchOf(work, run, metrics, system);
    const told = await tracker.append(run.runId, isLast ? { ...batch, summary: summaryOf(work) } : batch, {
      signal,
    });
    const lines = {
      metricLines: run.metricLines + metrics.length,
      systemLines: run.systemLines + system.length,
    };
    const advanced = await advance(ctx, run, { ...lines, isStopAsked: told.isStopAsked });
    if (advanced === null) return;
    run = advanced;
    if (told.isStopAsked && !isOver) await endAsAsked(ctx, work);
    if (isLast) break;
  }
  if (isOver) await tellEnd(ctx, tracker, work, run, signal);
}

function batchOf(
  work: TrackingWork,
  run: TrackingRun,
  metrics: readonly MetricLine[],
  system: readonly MetricLine[],
): RunBatch {
  // The last lines of output overwrite one another until the whole is there.
  const tail = work.ending === 'running' ? linesOf(work.logTail ?? '') : [];
  return {
    ...(metrics.length === 0
      ? {}
      : { history: { offset: run.metricLines, lines: metrics.map((line) => historyRow(work, line)) } }),
    ...(system.length === 0
      ? {}
      : { system: { offset: run.systemLines, lines: system.map((line) => systemRow(work, line)) } }),
    ...(tail.length === 0 ? {} : { log: { offset: 0, lines: tail } }),
  };
}

/** Scores by fold, the whole log, and that nothing follows. */
async function tellEnd(
  ctx: ForwardContext,
  tracker: RunTracker,
  work: TrackingWork,
  run: TrackingRun,
  signal: AbortSignal,
): Promise<void> {
  const folds = foldRows(work, run.metricLines);
  const log = await readLog(ctx, work);
  await tracker.append(
    run.runId,
    {
      ...(folds.length === 0 ? {} : { history: { offset: run.metricLines, lines: folds } }),
      ...(log.length === 0 ? {} : { log: { offset: 0, lines: log } }),
    },
    { signal },
  );
  if (work.ending === 'stopped' && run.storageId !== null) await tracker.stop(run.storageId, { signal });
  const hasWorked = work.ending === 'succeeded';
  await tracker.finish(run.runId, hasWorked ? 0 : 1, { signal });
  await advance(ctx, run, {
    logLines: log.length,
    state: hasWorked ? 'finished' : 'failed',
    error: work.error,
  });
  ctx.log.info({ job: work.jobId, run: run.runId, ending: work.ending }, 'a run is tracked to its end');
}

/** A person pressed Stop at the service: the run fails here, and its machine is released by whoever watches it. */
async function endAsAsked(ctx: ForwardContext, work: TrackingWork): Promise<void> {
  const error = 'A person stopped this run at Weights & Biases.';
  await endTrainingJob(ctx.state, { id: work.jobId, token: work.token, status: 'failed', error });
  ctx.log.warn({ job: work.jobId, approach: work.approach }, 'a run was stopped at the tracking service');
}

async function readLog(ctx: Pick<Context, 'objects'>, work: TrackingWork): Promise<string[]> {
  const prefix = outputPrefix({ id: work.jobId, objectPrefix: work.objectPrefix }, work.token);
  const key = `${prefix}/train.log`;
  const isThere = (await ctx.objects.head(key)) !== null;
  const text = isThere ? await readObjectText(ctx, key) : (work.logTail ?? '');
  return linesOf(text).slice(-mostLogLines);
}

function linesOf(text: string): string[] {
  const lines = text.split('\n');
  return lines.at(-1) === '' ? lines.slice(0, -1) : lines;
}

function isDue(ctx: Pick<Context, 'now'>, { sentAt }: TrackingRun): boolean {
  return sentAt === null || ctx.now().getTime() - sentAt.getTime() >= heartbeatMs;
}

function linesFrom(
  ctx: Pick<Context, 'state'>,
  { jobId, token }: TrackingWork,
  kind: 'metric' | 'system',
  fromLine: number,
): Promise<MetricLine[]> {
  return listRunMetrics(ctx.state, { jobId, token, kind, fromLine, limit: linesAtOnce });
}

function advance(
  ctx: Pick<Context, 'state'>,
  run: TrackingRun,
  news: Partial<Pick<TrackingRun, 'metricLines' | 'systemLines' | 'logLines' | 'state' | 'error'>> & {
    isStopAsked?: boolean;
  },
): Promise<TrackingRun | null> {
  const { jobId, token, metricLines, systemLines, logLines, state, error } = run;
  return advanceTrackingRun(ctx.state, {
    ...{ jobId, token, metricLines, systemLines, logLines, state, error, isStopAsked: false },
    ...news,
  });
}
