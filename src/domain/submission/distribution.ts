import { canonicalLabel, parseNumber } from '../cells.ts';
import { spearman } from '../compare.ts';
import { at } from '../metrics/ranks.ts';
import { columnOf, type Draft, report, type SubmissionContext, type Table } from './types.ts';

/** One value in so many of the rows is no prediction. */
const DEGENERATE_SHARE = 0.95;
/** Probabilities that are flatly 0, or 1, in more rows than this were not predicted. */
const FLAT_SHARE = 0.5;
/** With labels this lopsided in training, one label nearly everywhere may be right. */
const LOPSIDED_SHARE = 0.9;
/** Source: the usual reading of the population stability index, above 0.25 a major shift. */
const MAX_STABILITY_INDEX = 0.25;
const MIN_ROWS_FOR_STABILITY = 100;
const BINS = 10;
const SMALLEST_SHARE = 1e-4;
const MIN_AGREEMENT = 0.5;

/** Predictions that carry nothing, or that were submitted before. */
export function checkContent(draft: Draft, sample: Table, context: SubmissionContext): void {
  if (context.isConstantBaseline !== true) checkDegenerate(draft, context);
  const isSample = draft.rows.every((row, position) => {
    const same = sample.rows[draft.order?.[position] ?? position];
    return row.every((cell, column) => canonicalLabel(cell) === canonicalLabel(same?.[column] ?? ''));
  });
  if (isSample) report(draft.problems, 'same_as_sample', 'The submission is the sample submission.');
  if (context.contentHash !== undefined && context.earlierHashes?.includes(context.contentHash)) {
    report(
      draft.problems,
      'duplicate',
      'The same file was submitted before, so it would only use up a submission.',
    );
  }
}

function checkDegenerate(draft: Draft, context: SubmissionContext): void {
  const { problem, classShares } = context;
  for (let index = 1; index < draft.header.length; index += 1) {
    const { value, share } = majorityOf(draft, index);
    const name = draft.header[index];
    const trained = classShares ? Math.max(0, ...Object.values(classShares)) : 0;
    const limit = problem.predictionKind === 'label' && trained >= LOPSIDED_SHARE ? 1 : DEGENERATE_SHARE;
    const isFlat =
      problem.predictionKind === 'probability' && (value === '0' || value === '1') && share > FLAT_SHARE;
    if (draft.rows.length < 2 || (share < limit && !isFlat)) continue;
    const percent = Math.round(share * 100);
    report(draft.problems, 'degenerate', `${percent} % of column ${name} is the same value.`, [value]);
  }
}

/**
 * The value that more than half of the rows hold, by a vote that remembers one value only; no value where none does.
 * Source: Boyer and Moore, "MJRTY, a fast majority vote algorithm" (1991).
 */
function majorityOf(draft: Draft, column: number): { value: string; share: number } {
  const numbers = numbersOf(draft, column);
  const count = draft.rows.length;
  const keyAt = (position: number): number | string =>
    numbers === null ? canonicalLabel(draft.rows[position]?.[column] ?? '') : (numbers[position] ?? 0);
  let leader: number | string = '';
  let lead = 0;
  for (let position = 0; position < count; position += 1) {
    const key = keyAt(position);
    if (lead === 0) leader = key;
    lead += key === leader ? 1 : -1;
  }
  let votes = 0;
  for (let position = 0; position < count; position += 1) if (keyAt(position) === leader) votes += 1;
  return votes * 2 > count ? { value: String(leader), share: votes / count } : { value: '', share: 0 };
}

/** The column as numbers, where all of it is and none is too long to be told apart as a double. */
function numbersOf(draft: Draft, column: number): Float64Array | null {
  const numbers = new Float64Array(draft.rows.length);
  for (const [position, row] of draft.rows.entries()) {
    const value = parseNumber(row[column] ?? '');
    if (value === null || Math.abs(value) > Number.MAX_SAFE_INTEGER) return null;
    numbers[position] = value;
  }
  return numbers;
}

/** What a person should look at, though it may be right. */
export function checkDrift(draft: Draft, context: SubmissionContext): void {
  for (let index = 1; index < draft.header.length; index += 1) {
    const name = draft.header[index];
    const cells = columnOf(draft, index);
    const expected = context.oofCells?.[index - 1] ?? [];
    const stability = stabilityIndex(expected, cells);
    if (stability > MAX_STABILITY_INDEX + stabilityByChance(expected.length, cells.length)) {
      const message = `The predictions of ${name} are distributed unlike the out-of-fold ones (PSI ${stability.toFixed(2)}).`;
      report(draft.warnings, 'drift', message);
    }
    const agreement = agreementWith(draft, context.previousBest, index);
    if (agreement !== null && agreement < MIN_AGREEMENT) {
      const message = `The predictions of ${name} order the rows unlike the best submission so far (${agreement.toFixed(2)}).`;
      report(draft.warnings, 'unlike_best', message);
    }
  }
}

/**
 * Population stability index of two columns of cells: over deciles of the expected numbers, or over labels.
 * 0 where either has too few rows to tell.
 */
export function stabilityIndex(expected: readonly string[], actual: readonly string[]): number {
  if (Math.min(expected.length, actual.length) < MIN_ROWS_FOR_STABILITY) return 0;
  const binOf = binning(expected);
  const shares = [expected, actual].map((cells) => {
    const counts = new Map<string, number>();
    for (const cell of cells) {
      const bin = binOf(cell);
      counts.set(bin, (counts.get(bin) ?? 0) + 1 / cells.length);
    }
    return counts;
  });
  const bins = new Set(shares.flatMap((counts) => [...counts.keys()]));
  let index = 0;
  for (const bin of bins) {
    const [before = 0, after = 0] = shares.map((counts) => Math.max(SMALLEST_SHARE, counts.get(bin) ?? 0));
    index += (after - before) * Math.log(after / before);
  }
  return index;
}

/**
 * What the index comes to on average between two samples of one distribution: a few hundred rows drift by themselves.
 * Source: Yurdakul and Naranjo 2020, statistical properties of the population stability index
 */
function stabilityByChance(before: number, after: number): number {
  return before === 0 || after === 0 ? 0 : (BINS - 1) * (1 / before + 1 / after);
}

function binning(expected: readonly string[]): (cell: string) => string {
  const numbers = expected.map(parseNumber);
  const distinct = new Set(expected.map(canonicalLabel));
  if (numbers.includes(null) || distinct.size <= BINS) return canonicalLabel;
  const sorted = Float64Array.from(numbers, (value) => value ?? Number.NaN).sort();
  const edges = Array.from({ length: BINS - 1 }, (_, index) =>
    at(sorted, Math.floor(((index + 1) / BINS) * sorted.length)),
  );
  return (cell) => String(edges.filter((edge) => edge <= Number(cell)).length);
}

/** Rank correlation with the earlier predictions, or for texts the share that is equal; null when not comparable. */
function agreementWith(draft: Draft, previous: Table | undefined, index: number): number | null {
  if (!previous || draft.rows.length < 2) return null;
  const earlier = new Map(previous.rows.map((row) => [row[0] ?? '', row[index] ?? '']));
  const pairs = draft.rows.map((row) => [row[index] ?? '', earlier.get(row[0] ?? '') ?? ''] as const);
  const numbers = pairs.map(([now, before]) => [parseNumber(now), parseNumber(before)] as const);
  if (numbers.some(([now, before]) => now === null || before === null)) {
    return (
      pairs.filter(([now, before]) => canonicalLabel(now) === canonicalLabel(before)).length / pairs.length
    );
  }
  return spearman(
    numbers.map(([now]) => now ?? 0),
    numbers.map(([, before]) => before ?? 0),
  );
}
