import { z } from 'zod';
import { parseNumber } from './cells.ts';
import { averageRanks } from './metrics/ranks.ts';
import type { ColumnProfile } from './profile.ts';
import { createRandom, shuffled } from './random.ts';

/** How well the rows of train.csv and test.csv can be told apart by their columns. */
export const driftSchema = z.object({
  /** Area under the ROC curve of a cross-fitted classifier: 0.5 where nobody can tell, 1 where everybody can. */
  auc: z.number().min(0).max(1),
  /** The same by each column alone, the most telling first; at most five, none below 0.55. */
  columns: z.array(z.object({ name: z.string(), auc: z.number() })),
  /** Rows of each file that were looked at. */
  trainRows: z.number().int().nonnegative(),
  testRows: z.number().int().nonnegative(),
});
export type Drift = z.output<typeof driftSchema>;

/** Source: the agent's own rule: above it cross-validation may not resemble the test. */
export const driftLimit = 0.7;

export function hasDrift({ auc }: Pick<Drift, 'auc'>): boolean {
  return auc > driftLimit;
}

/** One column of both files, its cells as written. */
export type DriftColumn = { name: string; train: readonly string[]; test: readonly string[] };

const folds = 5;
const mostBins = 16;
/** Added to each count, so that a value seen on one side only is no certainty. */
const smoothing = 1;
const shownColumns = 5;
const leastShown = 0.55;

/** Columns that a model may read; keys, texts and what orders or groups the rows differ by design. */
export function isDriftColumn(
  { name, kind }: Pick<ColumnProfile, 'name' | 'kind'>,
  problem: { idColumn: string; groupColumn: string | null; timeColumn: string | null },
): boolean {
  const isByDesign = name === problem.idColumn || name === problem.groupColumn || name === problem.timeColumn;
  return !isByDesign && (kind === 'numeric' || kind === 'categorical' || kind === 'boolean');
}

/**
 * Adversarial validation: a naive Bayes classifier over binned columns that is to tell train from test rows, scored on
 * rows that it was not fitted on. Every column must have as many cells as the first. Deterministic.
 *
 * Source: the check is Fast.ai's and Zajac's adversarial validation (2016); the bins are quantiles of the fitted rows,
 * rare and unseen values share one.
 */
export function measureDrift(columns: readonly DriftColumn[]): Drift {
  const trainRows = columns[0]?.train.length ?? 0;
  const testRows = columns[0]?.test.length ?? 0;
  const rows = trainRows + testRows;
  if (columns.length === 0 || trainRows < folds || testRows < folds) {
    return { auc: 0.5, columns: [], trainRows, testRows };
  }
  const foldOf = assignFolds(trainRows, testRows);
  const isTest = (row: number) => row >= trainRows;
  const evidence = columns.map((column) => {
    const cells = [...column.train, ...column.test];
    const own = new Float64Array(rows);
    for (let fold = 0; fold < folds; fold += 1) addEvidence(own, cells, { fold, foldOf, isTest });
    return { name: column.name, own };
  });
  const total = new Float64Array(rows);
  for (const { own } of evidence)
    for (let row = 0; row < rows; row += 1) total[row] = (total[row] ?? 0) + (own[row] ?? 0);
  const telling = evidence
    .map(({ name, own }) => ({ name, auc: aucOf(own, trainRows) }))
    .filter(({ auc }) => auc >= leastShown)
    .sort((a, b) => b.auc - a.auc || a.name.localeCompare(b.name))
    .slice(0, shownColumns);
  return { auc: aucOf(total, trainRows), columns: telling, trainRows, testRows };
}

/** Each side spread evenly over the folds. */
function assignFolds(trainRows: number, testRows: number): Uint8Array {
  const random = createRandom('drift');
  const spread = (count: number) =>
    shuffled(
      Array.from({ length: count }, (_, index) => index % folds),
      random,
    );
  return Uint8Array.from([...spread(trainRows), ...spread(testRows)]);
}

type Split = { fold: number; foldOf: Uint8Array; isTest: (row: number) => boolean };

/** For the rows of one fold: the logarithm of how much likelier their value is in the test, by the other rows. */
function addEvidence(
  evidence: Float64Array,
  cells: readonly string[],
  { fold, foldOf, isTest }: Split,
): void {
  const fitted = cells.filter((_, row) => foldOf[row] !== fold);
  const binOf = binsOf(fitted);
  const counts = { train: new Float64Array(mostBins + 2), test: new Float64Array(mostBins + 2) };
  let train = 0;
  let test = 0;
  for (const [row, cell] of cells.entries()) {
    if (foldOf[row] === fold) continue;
    const side = isTest(row) ? counts.test : counts.train;
    const bin = binOf(cell);
    side[bin] = (side[bin] ?? 0) + 1;
    if (isTest(row)) test += 1;
    else train += 1;
  }
  const bins = counts.train.length;
  for (const [row, cell] of cells.entries()) {
    if (foldOf[row] !== fold) continue;
    const bin = binOf(cell);
    const inTest = ((counts.test[bin] ?? 0) + smoothing) / (test + smoothing * bins);
    const inTrain = ((counts.train[bin] ?? 0) + smoothing) / (train + smoothing * bins);
    evidence[row] = Math.log(inTest / inTrain);
  }
}

/** Quantiles of numbers, the most frequent values of anything else; empty cells and the rest have bins of their own. */
function binsOf(fitted: readonly string[]): (cell: string) => number {
  const present = fitted.filter((cell) => cell !== '');
  const numbers = present.map(parseNumber);
  if (present.length > 0 && numbers.every((number) => number !== null)) {
    const sorted = Float64Array.from(numbers.filter((number) => number !== null)).sort();
    const cuts = Array.from(
      { length: mostBins - 1 },
      (_, index) => sorted[Math.floor(((index + 1) * sorted.length) / mostBins)] ?? 0,
    );
    return (cell) => {
      const value = parseNumber(cell);
      if (value === null) return mostBins;
      const bin = cuts.findIndex((cut) => value < cut);
      return bin < 0 ? mostBins - 1 : bin;
    };
  }
  const counts = new Map<string, number>();
  for (const cell of present) counts.set(cell, (counts.get(cell) ?? 0) + 1);
  const frequent = [...counts].sort((a, b) => b[1] - a[1] || a[0].localeCompare(b[0])).slice(0, mostBins);
  const places = new Map(frequent.map(([cell], place) => [cell, place]));
  return (cell) => (cell === '' ? mostBins : (places.get(cell) ?? mostBins + 1));
}

/** Area under the ROC curve for telling the test rows, which come after the training rows. Equal values share ranks. */
function aucOf(values: Float64Array, trainRows: number): number {
  const testRows = values.length - trainRows;
  const ranks = averageRanks(values);
  let sum = 0;
  for (let row = trainRows; row < values.length; row += 1) sum += ranks[row] ?? 0;
  return (sum - (testRows * (testRows + 1)) / 2) / (trainRows * testRows);
}
