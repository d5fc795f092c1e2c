import { at } from './metrics/ranks.ts';
import { type Random, shuffled } from './random.ts';

/** What every way of splitting starts from. */
export type Draft = {
  rows: number;
  foldCount: number;
  /** Rows wanted behind the gate; 0 for none. */
  gateSize: number;
  gateRandom: Random;
  foldRandom: Random;
  assignment: number;
};

/** The fold number of gate rows. */
export const GATE_FOLD = -1;
/** Groups are whole, so a gate of groups may be this much larger than wanted; 15 % of all rows at the usual 12 %. */
const MAX_GATE_EXCESS = 1.25;
/** Another assignment moves the ends of time blocks by at most this share of a block. */
const MAX_BLOCK_SHIFT = 0.2;
/** How far, as a share of all rows, a cut may move to fall between two times. */
const SNAP_REACH = 0.02;

/** Deals the rows of each stratum to gate and folds in proportion. */
export function splitByStratum(draft: Draft, keys: readonly string[]): Int8Array {
  const fold = new Int8Array(draft.rows);
  const strata = rowsByKey(keys);
  const inGate = new Set<number>();
  let wanted = 0;
  for (const stratum of strata) {
    // Carrying the fraction from stratum to stratum makes the whole gate exact.
    wanted += (stratum.length * draft.gateSize) / draft.rows;
    const take = Math.max(0, Math.round(wanted) - inGate.size);
    for (const row of shuffled(stratum, draft.gateRandom).slice(0, take)) inGate.add(row);
  }
  let dealt = 0;
  for (const stratum of strata) {
    for (const row of shuffled(
      stratum.filter((member) => !inGate.has(member)),
      draft.foldRandom,
    )) {
      fold[row] = dealt % draft.foldCount;
      dealt += 1;
    }
  }
  for (const row of inGate) fold[row] = GATE_FOLD;
  return fold;
}

/** Deals whole groups, large ones first, each to the fold that has the fewest rows. */
export function splitByGroup(draft: Draft, keys: readonly string[]): Int8Array {
  const fold = new Int8Array(draft.rows);
  const groups = rowsByKey(keys);
  const gate = pickGateGroups(draft, groups);
  for (const rows of gate) for (const row of rows) fold[row] = GATE_FOLD;
  const sizeClass = (rows: readonly number[]) => Math.floor(Math.log2(rows.length));
  const queue = shuffled(
    groups.filter((rows) => !gate.has(rows)),
    draft.foldRandom,
  ).sort((a, b) => sizeClass(b) - sizeClass(a));
  const sizes = new Float64Array(draft.foldCount);
  for (const rows of queue) {
    const smallest = sizes.indexOf(Math.min(...sizes));
    sizes[smallest] = at(sizes, smallest) + rows.length;
    for (const row of rows) fold[row] = smallest;
  }
  return fold;
}

/** Groups for the gate; none where no choice has enough rows and leaves a group for every fold. */
function pickGateGroups(draft: Draft, groups: readonly (readonly number[])[]): Set<readonly number[]> {
  const gate = new Set<readonly number[]>();
  let size = 0;
  for (const rows of draft.gateSize > 0 ? shuffled(groups, draft.gateRandom) : []) {
    if (size >= draft.gateSize || groups.length - gate.size <= draft.foldCount) break;
    if (size + rows.length > draft.gateSize * MAX_GATE_EXCESS) continue;
    gate.add(rows);
    size += rows.length;
  }
  return size >= draft.gateSize ? gate : new Set();
}

/**
 * Cuts the rows, in order of time, into one block a fold, the last block behind the gate. Rows of one time are
 * not cut apart where the blocks allow it. Rows without a time come first.
 */
export function splitByTime(draft: Draft, times: Float64Array): Int8Array {
  const timeOf = (row: number): number => {
    const time = at(times, row);
    return Number.isNaN(time) ? Number.NEGATIVE_INFINITY : time;
  };
  const order = Array.from({ length: draft.rows }, (_, row) => row).sort((a, b) => {
    const [left, right] = [timeOf(a), timeOf(b)];
    return left < right ? -1 : left > right ? 1 : a - b;
  });
  const sorted = order.map(timeOf);
  const searchRows =
    draft.gateSize > 0 ? snapToChange(sorted, draft.rows - draft.gateSize, 'earlier') : draft.rows;
  const fold = new Int8Array(draft.rows).fill(GATE_FOLD);
  const starts = blockStarts(draft, sorted, searchRows);
  for (let index = 0; index < searchRows; index += 1) {
    fold[order[index] ?? 0] = starts.filter((start) => start <= index).length - 1;
  }
  return fold;
}

function blockStarts(draft: Draft, sorted: readonly number[], searchRows: number): number[] {
  const block = searchRows / draft.foldCount;
  const starts = [0];
  for (let index = 1; index < draft.foldCount; index += 1) {
    const shift = draft.assignment === 0 ? 0 : (draft.foldRandom() * 2 - 1) * MAX_BLOCK_SHIFT;
    const raw = Math.round((index + shift) * block);
    const previous = starts.at(-1) ?? 0;
    const snapped = snapToChange(sorted, raw);
    const latest = searchRows - (draft.foldCount - index);
    starts.push(
      snapped > previous && snapped <= latest ? snapped : Math.min(latest, Math.max(previous + 1, raw)),
    );
  }
  return starts;
}

/** The index nearest to the wanted one at which a new time begins; the wanted one where there is none near. */
function snapToChange(sorted: readonly number[], wanted: number, side: 'earlier' | 'both' = 'both'): number {
  const reach = Math.floor(sorted.length * SNAP_REACH);
  for (let distance = 0; distance <= reach; distance += 1) {
    for (const index of side === 'both' ? [wanted - distance, wanted + distance] : [wanted - distance]) {
      if (index > 0 && index < sorted.length && sorted[index] !== sorted[index - 1]) return index;
    }
  }
  return wanted;
}

function rowsByKey(keys: readonly string[]): number[][] {
  const rows = new Map<string, number[]>();
  keys.forEach((key, row) => {
    const known = rows.get(key);
    if (known) known.push(row);
    else rows.set(key, [row]);
  });
  return [...rows.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, members]) => members);
}
