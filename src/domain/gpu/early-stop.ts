import { type MetricName, metricSpec } from '../metrics/catalog.ts';
import type { RunReason } from './run-reason.ts';

/** What a run told on its way; `RunMetric` of the run contract has more. */
export type ToldMetric = { name: string; step: number; value: number | null };

export type EarlyStop = { code: 'run.diverged' | 'run.hopeless'; reason: RunReason };

/** A script tells each fold's score by this name, the fold being the step. */
export const foldScoreName = 'fold/score';

/** A loss counts as diverged when it is not a number in so many lines in a row … */
const brokenLines = 3;
/** … or when it stays above so many times its best for as many lines. */
const risenTimes = 20;
const risenLines = 10;
/** The scores of the folds that are left are taken to be at most so many standard deviations better than the champion's. */
const hopefulDeviations = 3;
/** Fewer folds say nothing. */
const leastFolds = 2;

/**
 * Whether a run may be ended before its time: its loss has diverged, or it cannot beat the best any more even if the
 * folds that are left go as well as could be hoped. What the script tells of itself decides only that it is given up,
 * never that it is good.
 * @param champion the scores of the best run on the same folds, in their order; null: there is none to beat
 */
export function shouldStopEarly(
  told: readonly ToldMetric[],
  champion: { metric: MetricName; folds: readonly number[] } | null,
): EarlyStop | null {
  return divergence(told) ?? (champion === null ? null : hopelessness(told, champion));
}

function divergence(told: readonly ToldMetric[]): EarlyStop | null {
  const sinceFold = told.slice(told.findLastIndex(({ name }) => name === foldScoreName) + 1);
  const losses = Map.groupBy(
    sinceFold.filter(({ name }) => /(^|[/_. -])loss$/i.test(name)),
    ({ name }) => name,
  );
  for (const [name, lines] of losses) {
    const values = ofNewestModel(lines).map(({ value }) => value);
    const tail = values.slice(-brokenLines);
    if (tail.length === brokenLines && tail.every((value) => value === null)) {
      return { code: 'run.diverged', reason: { code: 'loss_broken', name } };
    }
    if (hasRisen(values)) {
      return { code: 'run.diverged', reason: { code: 'loss_risen', name, times: risenTimes } };
    }
  }
  return null;
}

/** Each model of a run begins with a high loss, and counts its steps anew. */
function ofNewestModel(lines: readonly ToldMetric[]): readonly ToldMetric[] {
  const begins = lines.findLastIndex(({ step }, index) => step < (lines[index - 1]?.step ?? 0));
  return lines.slice(Math.max(0, begins));
}

function hasRisen(values: readonly (number | null)[]): boolean {
  const numbers = values.filter((value) => value !== null);
  const before = numbers.slice(0, -risenLines);
  const best = Math.min(...before);
  // Losses that reach zero or fall below it have no natural scale.
  if (before.length === 0 || best <= 1e-6) return false;
  return numbers.slice(-risenLines).every((value) => value > best * risenTimes);
}

function hopelessness(
  told: readonly ToldMetric[],
  { metric, folds }: { metric: MetricName; folds: readonly number[] },
): EarlyStop | null {
  const sign = metricSpec(metric).direction === 'maximize' ? 1 : -1;
  const known = new Map<number, number>();
  for (const { name, step, value } of told) {
    if (name === foldScoreName && value !== null && step < folds.length) known.set(step, value);
  }
  if (known.size < leastFolds || known.size >= folds.length) return null;
  const gains = [...known].map(([fold, value]) => sign * (value - (folds[fold] ?? Number.NaN)));
  const mean = gains.reduce((sum, gain) => sum + gain, 0) / gains.length;
  if (!(mean < 0)) return null;
  const hope = hopefulDeviations * deviation(folds);
  const left = folds.length - known.size;
  const atBest = (gains.reduce((sum, gain) => sum + gain, 0) + left * hope) / folds.length;
  if (atBest >= 0) return null;
  return { code: 'run.hopeless', reason: { code: 'hopeless', done: known.size, folds: folds.length } };
}

function deviation(values: readonly number[]): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return Math.sqrt(
    values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / Math.max(1, values.length - 1),
  );
}
