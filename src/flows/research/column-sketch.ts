import { isMissing, parseNumber } from '../../domain/cells.ts';
import type { ColumnProfile } from '../../domain/profile.ts';

/** Beyond this many distinct values a column is only known to have at least so many. */
const distinctBound = 10_000;
const sampleBound = 5_000;
const topCount = 10;
const longText = 40;
const words = /\S+\s+\S+\s+\S+/;
const isoDate = /^\d{4}[-/]\d{1,2}[-/]\d{1,2}([ T]\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?)?$/;
const booleanWords = new Set(['true', 'false', 'yes', 'no', 't', 'f', 'y', 'n']);

/** What one pass over a column keeps; its size does not grow with the file. */
export type ColumnSketch = {
  add(cell: string): void;
  finish(name: string, rows: number, position: number): ColumnProfile;
};

function skewOf(values: readonly number[]): number | null {
  if (values.length < 3) return null;
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const m2 = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  const m3 = values.reduce((sum, value) => sum + (value - mean) ** 3, 0) / values.length;
  return m2 === 0 ? null : m3 / m2 ** 1.5;
}

type Tally = {
  counts: Map<string, number>;
  overflowed: boolean;
  missing: number;
  present: number;
  numeric: number;
  integers: number;
  dates: number;
  booleans: number;
  wordy: number;
  length: number;
  sum: number;
  min: number;
  max: number;
  /** Every number so far is larger than the one before. */
  rising: boolean;
  previous: number;
  sample: number[];
};

function emptyTally(): Tally {
  return {
    counts: new Map(),
    overflowed: false,
    missing: 0,
    present: 0,
    numeric: 0,
    integers: 0,
    dates: 0,
    booleans: 0,
    wordy: 0,
    length: 0,
    sum: 0,
    min: Number.POSITIVE_INFINITY,
    max: Number.NEGATIVE_INFINITY,
    rising: true,
    previous: Number.NEGATIVE_INFINITY,
    sample: [],
  };
}

function addNumber(tally: Tally, value: number): void {
  tally.numeric += 1;
  if (Number.isInteger(value)) tally.integers += 1;
  tally.sum += value;
  tally.min = Math.min(tally.min, value);
  tally.max = Math.max(tally.max, value);
  if (value <= tally.previous) tally.rising = false;
  tally.previous = value;
  if (tally.sample.length < sampleBound) tally.sample.push(value);
}

/** Dates count in milliseconds since 1970. */
function addDate(tally: Tally, cell: string): void {
  const at = Date.parse(cell.replaceAll('/', '-'));
  if (Number.isNaN(at)) return;
  tally.dates += 1;
  tally.min = Math.min(tally.min, at);
  tally.max = Math.max(tally.max, at);
}

function addCell(tally: Tally, cell: string): void {
  if (isMissing(cell)) {
    tally.missing += 1;
    return;
  }
  tally.present += 1;
  tally.length += cell.length;
  const value = parseNumber(cell);
  if (value !== null) addNumber(tally, value);
  else if (isoDate.test(cell)) addDate(tally, cell);
  if (booleanWords.has(cell.toLowerCase())) tally.booleans += 1;
  if (words.test(cell)) tally.wordy += 1;
  const known = tally.counts.get(cell);
  if (known !== undefined) tally.counts.set(cell, known + 1);
  else if (tally.counts.size < distinctBound) tally.counts.set(cell, 1);
  else tally.overflowed = true;
}

function isKey(tally: Tally, name: string, rows: number, position: number): boolean {
  const { missing, overflowed, rising, numeric, integers, counts } = tally;
  if (missing > 0 || rows <= 20) return false;
  const isUnique = overflowed ? rising && numeric === rows : counts.size === rows;
  const looksLikeKey = /(^|_|\b)(id|key|uuid|index)$/i.test(name) || /[a-z]Id$/.test(name);
  return isUnique && (looksLikeKey || (position === 0 && rising && integers === rows));
}

function kindOf(tally: Tally, name: string, rows: number, position: number): ColumnProfile['kind'] {
  const { present, counts, overflowed } = tally;
  if (present === 0 || (counts.size === 1 && !overflowed)) return 'constant';
  if (isKey(tally, name, rows, position)) return 'id';
  if (tally.booleans === present) return 'boolean';
  if (tally.numeric === present) return 'numeric';
  if (tally.dates === present) return 'datetime';
  const isVaried = overflowed || counts.size > Math.max(20, present * 0.5);
  const isLong = tally.length / present > longText || tally.wordy > present * 0.6;
  return isVaried && isLong ? 'text' : 'categorical';
}

/** Counts, bounds and a bounded sample of one column's cells. */
export function createColumnSketch(): ColumnSketch {
  const tally = emptyTally();
  return {
    add: (cell) => addCell(tally, cell),
    finish(name, rows, position) {
      const { present, numeric, counts } = tally;
      const isNumeric = present > 0 && numeric === present;
      const hasRange = isNumeric || (present > 0 && tally.dates === present);
      const top = [...counts]
        .sort((a, b) => b[1] - a[1])
        .slice(0, topCount)
        .map(([value, count]) => ({ value: value.slice(0, 200), count }));
      return {
        name,
        kind: kindOf(tally, name, rows, position),
        missing: tally.missing,
        distinct: counts.size,
        distinctIsLowerBound: tally.overflowed,
        isInteger: isNumeric && tally.integers === present,
        min: hasRange ? tally.min : null,
        max: hasRange ? tally.max : null,
        mean: isNumeric ? tally.sum / present : null,
        top,
        meanLength: present === 0 ? 0 : tally.length / present,
        skew: isNumeric ? skewOf(tally.sample) : null,
      };
    },
  };
}
