import type { MetricName } from './metrics/catalog.ts';
import { isBetter } from './metrics/score.ts';
import type { HyperParameters, ParameterValue } from './run-contract.ts';

/** One run that has ended, as it is compared. */
export type ComparableRun = {
  approach: string;
  operator: string;
  round: number;
  cv: number;
  cvSd: number;
  /** One score a fold. */
  folds: readonly number[];
  seconds: number | null;
  memoryBytes: number | null;
  costUsd: number | null;
  params: HyperParameters;
  /** Page of the run at the tracking service. */
  url: string | null;
  /** State there, in its words; null where it was not asked, or does not know the run. */
  trackedState: string | null;
};

export type RunComparison = {
  /** Best first. */
  runs: readonly ComparableRun[];
  /** Parameters whose values differ, `model.name`, with one value for each run; null: it has none of that name. */
  differing: readonly { name: string; values: readonly (ParameterValue | undefined)[] }[];
};

const mostDiffering = 12;

/** Orders runs by their scores and finds what their parameters differ in. */
export function compareRuns(metric: MetricName, runs: readonly ComparableRun[]): RunComparison {
  const ordered = runs.toSorted((a, b) => {
    if (a.cv === b.cv) return 0;
    return isBetter(metric, a.cv, b.cv) ? -1 : 1;
  });
  const flat = ordered.map(({ params }) => flatten(params));
  const names = [...new Set(flat.flatMap((values) => [...values.keys()]))];
  const differing = names
    // What only one of them has says which model it is, not how it is tuned.
    .filter((name) => flat.filter((values) => values.has(name)).length > 1)
    .map((name) => ({ name, values: flat.map((values) => values.get(name)) }))
    .filter(({ values }) => new Set(values.filter((value) => value !== undefined)).size > 1);
  return { runs: ordered, differing: differing.slice(0, mostDiffering) };
}

function flatten(params: HyperParameters): Map<string, ParameterValue> {
  return new Map(
    Object.entries(params).flatMap(([model, values]) =>
      Object.entries(values).map(([name, value]) => [`${model}.${name}`, asSet(value)] as const),
    ),
  );
}

const digitsThatMatter = 12;

/** Without what a computation left behind the last digit that somebody would set. */
function asSet(value: ParameterValue): ParameterValue {
  return typeof value === 'number' ? Number(value.toPrecision(digitsThatMatter)) : value;
}
