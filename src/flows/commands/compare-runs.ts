import type { Context } from '../../context.ts';
import type { Chart } from '../../domain/chart.ts';
import { type ComparableRun, compareRuns } from '../../domain/compare-runs.ts';
import { asFailure } from '../../domain/errors.ts';
import type { MetricName } from '../../domain/metrics/catalog.ts';
import { metricSpec } from '../../domain/metrics/catalog.ts';
import { microUsd } from '../../domain/micro-usd.ts';
import type { CompareResult } from '../../domain/training-views.ts';
import type { TrackedRun } from '../../providers/tracking/contract.ts';
import { type ComparedRun, listComparedRuns } from '../../state/tracking.ts';
import { findKnown } from './find-known.ts';

/** A person waits for the answer. */
const trackerTimeoutMs = 5_000;
const mostCharted = 12;

/** `/kaggle compare`: what each approach reached with what, best first. @throws BusinessFailure `competition.unknown` */
export async function readComparison(
  ctx: Pick<Context, 'state' | 'tracker' | 'signal' | 'log'>,
  input: { slug: string },
): Promise<CompareResult> {
  const { id, slug, problem } = await findKnown(ctx, input.slug);
  const [runs, tracked] = await Promise.all([listComparedRuns(ctx.state, id), readTracked(ctx, slug)]);
  const scored = runs.filter(({ purpose, scores }) => purpose === 'search' && scores !== null);
  const states = new Map(tracked.runs.map((run) => [run.runId, run.state]));
  const comparable = scored.flatMap((run) => comparableOf(run, states));
  const empty = { runs: [], differing: [] };
  const comparison = problem === null ? empty : compareRuns(problem.metric, comparable);
  return {
    slug,
    ...comparison,
    running: runs.filter(({ status }) => status === 'running').length,
    failed: runs.filter(({ status, purpose }) => status === 'failed' && purpose === 'search').length,
    tracking: tracked.is,
    chart: problem === null ? null : chartOf(slug, problem.metric, comparison.runs),
  };
}

function comparableOf(run: ComparedRun, states: ReadonlyMap<string, string>): ComparableRun[] {
  const { approach, operator, round, scores, seconds, memoryBytes, url, runId } = run;
  if (scores === null) return [];
  return [
    {
      ...{ approach, operator, round, seconds, memoryBytes, url },
      cv: scores.cv,
      cvSd: scores.cvSd,
      folds: scores.folds,
      costUsd: run.microUsd === null ? null : run.microUsd / microUsd,
      params: run.usedParams ?? run.params ?? {},
      trackedState: runId === null ? null : (states.get(runId) ?? null),
    },
  ];
}

/** How the service sees the runs; an answer that does not come is no reason to wait. */
async function readTracked(
  { tracker, signal, log }: Pick<Context, 'tracker' | 'signal' | 'log'>,
  slug: string,
): Promise<{ is: CompareResult['tracking']; runs: TrackedRun[] }> {
  if (tracker === null) return { is: 'off', runs: [] };
  const limited = AbortSignal.any([signal, AbortSignal.timeout(trackerTimeoutMs)]);
  try {
    return { is: 'on', runs: await tracker.compare(slug, { signal: limited }) };
  } catch (error) {
    const failure = asFailure(error);
    log.debug({ err: failure, competition: slug }, 'runs could not be read at the tracking service');
    return { is: failure.kind === 'configuration' ? 'refused' : 'away', runs: [] };
  }
}

function chartOf(slug: string, metric: MetricName, runs: readonly ComparableRun[]): Chart | null {
  if (runs.length < 2) return null;
  return {
    kind: 'runs',
    slug,
    metric,
    direction: metricSpec(metric).direction,
    runs: runs
      .slice(0, mostCharted)
      .map(({ approach, cv, folds }) => ({ name: approach, cv, folds: [...folds] })),
  };
}
