/** One measured number. Names of ratios end in `Ratio`. */
export type Figure = {
  /** What was measured, e.g. `stages.overheadRatio`. */
  name: string;
  /** Where: the queue backend, or the kind of start. */
  variant: string;
  value: number;
  unit: 'ms' | 's' | 'MB' | 'ratio' | 'per s' | 'per min' | 'calls' | 'count' | 'dollars';
  /** How many measurements it sums up. */
  samples: number;
  /** In what way: median, p99, one value. */
  statistic: 'median' | 'p95' | 'p99' | 'max' | 'value';
};

/** What a benchmark gives: its figures, and what it had to leave out. */
export type Measured = { figures: Figure[]; notes: string[] };

export type Benchmark = {
  name: string;
  /** Takes hours: left out where none is named. Left out: false. */
  onlyByName?: boolean;
  /** Longest time for it; left out: ten minutes. */
  limitMs?: number;
  measure(signal: AbortSignal): Promise<Measured>;
};

/** The value below which the share `q` (0 to 1) of the values lies, by the nearest rank. */
export function quantile(values: readonly number[], q: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const rank = Math.max(1, Math.ceil(q * sorted.length));
  return sorted[rank - 1] ?? Number.NaN;
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}
