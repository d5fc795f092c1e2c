import { createHash } from 'node:crypto';
import type { RowValue, RunDescription } from '../../providers/tracking/contract.ts';
import type { MetricLine, TrackingWork } from '../../state/tracking.ts';

const idCharacters = 12;

/**
 * The run's id at the service: from the job and its start alone, so that whoever asks means the same run.
 * @param generation rises where the service takes an id no more
 */
export function runIdOf(work: Pick<TrackingWork, 'jobId' | 'token'>, generation: number): string {
  const digest = createHash('sha256').update(`${work.jobId}/${work.token}/${generation}`).digest('hex');
  return BigInt(`0x${digest}`).toString(36).slice(0, idCharacters);
}

/** What people find the run by. Nothing of it is a secret, and no score of the gate rows is among it. */
export function describeRun(work: TrackingWork, generation: number): RunDescription {
  const { slug, approach, family, operator, round, purpose, seed, foldAssignment, start } = work;
  const again = start > 1 ? ` start ${start}` : '';
  return {
    id: runIdOf(work, generation),
    displayName: `${approach} ${purpose} seed ${seed}${again}`,
    group: slug,
    jobType: purpose,
    tags: [approach, operator, `round-${round}`],
    config: {
      competition: slug,
      approach,
      title: work.title ?? approach,
      family,
      operator,
      round,
      purpose,
      seed,
      folds: foldAssignment,
      start,
      machine: work.provider,
      features: work.features,
      models: work.models.map(({ kind }) => kind),
      // Before the script has said what it uses, what the approach wants.
      parameters: work.params ?? Object.fromEntries(work.models.map(({ kind, params }) => [kind, params])),
    },
  };
}

type Row = Readonly<Record<string, RowValue>>;

/** A line of the run's history; the same line always gives the same row. */
export function historyRow(work: Pick<TrackingWork, 'startedAt'>, line: MetricLine): Row {
  return {
    ...placeOf(work, line.line, line.seconds),
    script_step: line.step,
    [shownName(line.name)]: line.value ?? Number.NaN,
  };
}

const hostNames = new Set([
  ...['status', 'cv', 'cv_sd', 'seconds', 'memory_bytes', 'cost_usd', 'exit_class', 'error'],
  ...['fold', 'script_step'],
]);

/** A script's word never stands under a name of the host's own. */
function shownName(name: string): string {
  return hostNames.has(name) || name.startsWith('cv/') ? `told/${name}` : name;
}

/** The scores that the host computed by fold, after all that the script told. */
export function foldRows(work: TrackingWork, fromLine: number): Row[] {
  return (work.scores?.folds ?? []).map((score, fold) => {
    return { ...placeOf(work, fromLine + fold, work.seconds ?? 0), fold, 'cv/fold': score };
  });
}

export function systemRow(work: Pick<TrackingWork, 'startedAt'>, line: MetricLine): Row {
  return {
    _timestamp: work.startedAt.getTime() / 1_000 + line.seconds,
    _runtime: line.seconds,
    [`system.${line.name}`]: line.value ?? Number.NaN,
  };
}

function placeOf({ startedAt }: Pick<TrackingWork, 'startedAt'>, step: number, seconds: number): Row {
  return { _step: step, _timestamp: startedAt.getTime() / 1_000 + seconds, _runtime: seconds };
}

const microUsd = 1_000_000;

/** What stands beside the run in a table. */
export function summaryOf(work: TrackingWork): Row {
  const { scores, seconds, memoryBytes, microUsd: cost, ending, exitClass, error, metrics } = work;
  const told = Object.entries(metrics).map(
    ([name, value]) => [shownName(name), value ?? Number.NaN] as const,
  );
  return {
    ...Object.fromEntries(told),
    status: ending,
    ...(scores === null ? {} : { cv: scores.cv, cv_sd: scores.cvSd }),
    ...Object.fromEntries((scores?.folds ?? []).map((score, fold) => [`cv/fold_${fold}`, score])),
    ...(seconds === null ? {} : { seconds }),
    ...(memoryBytes === null ? {} : { memory_bytes: memoryBytes }),
    ...(cost === null ? {} : { cost_usd: cost / microUsd }),
    ...(exitClass === null ? {} : { exit_class: exitClass }),
    ...(error === null ? {} : { error }),
  };
}
