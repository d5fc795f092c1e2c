import { canonicalLabel } from './cells.ts';
import { BusinessFailure } from './errors.ts';
import { type Draft, GATE_FOLD, splitByGroup, splitByStratum, splitByTime } from './fold-splits.ts';
import type { Problem } from './problem.ts';
import { createRandom } from './random.ts';
import { parseTimes } from './time-order.ts';

export type FoldScheme = 'stratified' | 'grouped' | 'time' | 'plain';

export type FoldRequest = {
  problem: Pick<Problem, 'task' | 'targetColumns' | 'groupColumn' | 'timeColumn'>;
  /** Rows of train.csv. */
  rows: number;
  /** One array of cells per target column. */
  labels: readonly (readonly string[])[];
  /** Cells of the group column, or null without one. */
  groups: readonly string[] | null;
  /** Cells of the time column, or null without one. */
  times: readonly string[] | null;
  seed: number;
  foldCount?: number;
  /** 0, 1, 2 …: another parting into folds behind the same gate. */
  assignment?: number;
};

export type FoldPlan = {
  scheme: FoldScheme;
  /** One sentence for people: why this scheme, and what became of the gate. */
  reason: string;
  /** Per row its fold from 0, or -1 for the gate. */
  fold: Int8Array;
  foldCount: number;
  gateRows: number;
};

const DEFAULT_FOLDS = 5;
/** A smaller table cannot spare a gate; repeated cross-validation stands in for it. */
const MIN_ROWS_FOR_GATE = 5000;
const GATE_SHARE = 0.12;
const MIN_GATE_ROWS = 1000;
const MIN_CLASS_COUNT = 5;
const MIN_FOLDS = 2;

type SchemeChoice = { scheme: FoldScheme; reason: string; keys: readonly string[] | null };

/**
 * Parts the labelled rows into folds and, in large tables, a gate that no training run sees the labels of.
 * The same request gives the same plan on every machine; the gate depends on the seed alone.
 * @throws folds.too_few_rows
 */
export function planFolds(request: FoldRequest): FoldPlan {
  const { rows, seed, assignment = 0 } = request;
  const foldCount = Math.min(request.foldCount ?? DEFAULT_FOLDS, rows);
  if (foldCount < MIN_FOLDS) {
    throw new BusinessFailure(
      `There are ${rows} labelled rows, too few to validate a model on: at least 2 are needed.`,
      {
        code: 'folds.too_few_rows',
        details: { rows },
      },
    );
  }
  const choice = chooseScheme(request, foldCount);
  const draft: Draft = {
    rows,
    foldCount,
    gateSize: rows >= MIN_ROWS_FOR_GATE ? Math.max(MIN_GATE_ROWS, Math.round(rows * GATE_SHARE)) : 0,
    gateRandom: createRandom(`${seed}:gate`),
    foldRandom: createRandom(`${seed}:folds:${assignment}`),
    assignment,
  };
  const fold = split(draft, choice, request.times);
  const gateRows = fold.reduce((count, value) => count + (value === GATE_FOLD ? 1 : 0), 0);
  return {
    scheme: choice.scheme,
    reason: `${choice.reason} ${gateReason(gateRows, rows)}`,
    fold,
    foldCount,
    gateRows,
  };
}

function split(draft: Draft, choice: SchemeChoice, times: readonly string[] | null): Int8Array {
  if (choice.scheme === 'time') return splitByTime(draft, parseTimes(times ?? []));
  if (choice.scheme === 'grouped') return splitByGroup(draft, choice.keys ?? []);
  return splitByStratum(draft, choice.keys ?? Array.from({ length: draft.rows }, () => ''));
}

function gateReason(gateRows: number, rows: number): string {
  if (gateRows > 0) return `${gateRows} of ${rows} rows are held back as a gate.`;
  return 'No rows are held back as a gate: the table is too small to spare them, or its groups are too large.';
}

function chooseScheme(request: FoldRequest, foldCount: number): SchemeChoice {
  const { problem, groups, times } = request;
  let note = '';
  if (problem.groupColumn !== null && groups !== null) {
    const keys = groups.map((group, row) => (group.trim() === '' ? `row:${row}` : `group:${group}`));
    if (new Set(keys).size >= foldCount) {
      const reason = `Rows that share ${problem.groupColumn} stay in one fold.`;
      return { scheme: 'grouped', reason, keys };
    }
    note = ` (${problem.groupColumn} has fewer values than there are folds, so it is not used)`;
  }
  if (problem.timeColumn !== null && times !== null) {
    const reason = `Folds are blocks in the order of ${problem.timeColumn}, because the test lies later${note}.`;
    return { scheme: 'time', reason, keys: null };
  }
  return { ...chooseByTarget(request, foldCount, note) };
}

function chooseByTarget(request: FoldRequest, foldCount: number, note: string): SchemeChoice {
  const { problem, labels } = request;
  if (problem.task === 'regression') {
    return { scheme: 'plain', reason: `Rows are dealt to the folds at random${note}.`, keys: null };
  }
  const keys = stratumKeys(labels, request.rows, Math.max(MIN_CLASS_COUNT, foldCount));
  if (keys !== null) {
    const names = problem.targetColumns.join(', ');
    return {
      scheme: 'stratified',
      reason: `Every fold has the same share of each class of ${names}${note}.`,
      keys,
    };
  }
  const reason = `Rows are dealt at random, because a class has fewer than ${MIN_CLASS_COUNT} rows${note}.`;
  return { scheme: 'plain', reason, keys: null };
}

/**
 * What a row is stratified by: its label, or with several targets their combination; rare combinations are
 * pooled by the number of their labels that differ from the column's most frequent one. Null where one target
 * has a class too rare to be in every fold.
 */
function stratumKeys(
  labels: readonly (readonly string[])[],
  rows: number,
  minCount: number,
): string[] | null {
  const columns = labels.map((column) => column.map(canonicalLabel));
  const joint = Array.from({ length: rows }, (_, row) =>
    columns.map((column) => column[row] ?? '').join('\u0000'),
  );
  const counts = countEach(joint);
  if ([...counts.values()].every((count) => count >= minCount)) return joint;
  if (columns.length < 2) return null;
  const common = columns.map(mostFrequent);
  return joint.map((key, row) => {
    if ((counts.get(key) ?? 0) >= minCount) return key;
    return `rare:${columns.filter((column, index) => column[row] !== common[index]).length}`;
  });
}

function countEach(keys: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const key of keys) counts.set(key, (counts.get(key) ?? 0) + 1);
  return counts;
}

function mostFrequent(column: readonly string[]): string {
  let best = { label: '', count: 0 };
  for (const [label, count] of countEach(column)) if (count > best.count) best = { label, count };
  return best.label;
}
