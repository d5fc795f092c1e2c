import { columnOf, type Draft, report, type Table } from './types.ts';

const INTEGER_AS_FLOAT = /^([+-]?\d+)\.0+$/;
const PLAIN_NUMBER = /^(?:0|[1-9]\d{0,8})$/;
const EXAMPLES = 5;
/** A list with so many times more places than ids is still smaller than a map. */
const LARGEST_GAP = 8;

/** Row count, ids and order. Ids are compared as written, since `007` and `7` may be two rows. */
export function checkIds(draft: Draft, sample: Table): void {
  if (draft.rows.length !== sample.rows.length) {
    const message = `The submission has ${draft.rows.length} rows; the sample has ${sample.rows.length}.`;
    const ids = columnOf(draft, 0);
    const expected = columnOf(sample, 0);
    report(draft.problems, 'row_count', message, sides(difference(ids, expected), difference(expected, ids)));
    return;
  }
  if (draft.rows.every((row, position) => row[0] === sample.rows[position]?.[0])) return;
  const places = createPlaces(sample);
  draft.order = placeAll(draft, places, (id) => id);
  if (draft.order === null) {
    draft.order = placeAll(draft, places, plainInteger);
    if (draft.order === null) {
      refuse(draft, columnOf(sample, 0));
      return;
    }
    draft.rows = draft.rows.map((row) => [plainInteger(row[0] ?? ''), ...row.slice(1)]);
    draft.repairs.push('Wrote ids such as 1.0 as 1, as the sample does.');
  }
  if (draft.order.every((place, position) => place === position)) draft.order = null;
  else draft.repairs.push("Put the rows in the sample's order.");
}

/** Moves the rows to the places that were found for them. */
export function restoreOrder(draft: Draft): void {
  const { order } = draft;
  if (order === null) return;
  const rows = new Array<readonly string[]>(draft.rows.length);
  for (const [position, row] of draft.rows.entries()) rows[order[position] ?? position] = row;
  draft.rows = rows;
  draft.order = null;
}

function plainInteger(id: string): string {
  return INTEGER_AS_FLOAT.exec(id)?.[1] ?? id;
}

type Places = {
  /** The first place of an id; -1 where the sample has none of it. */
  first: (id: string) => number;
  /** The next place of the same id, for ids that stand there more than once; -1 where there is none. */
  next: Int32Array;
};

function createPlaces(sample: Table): Places {
  const count = sample.rows.length;
  const index = createIndex(sample);
  const next = new Int32Array(count).fill(-1);
  for (let position = count - 1; position >= 0; position -= 1) {
    const id = sample.rows[position]?.[0] ?? '';
    next[position] = index.get(id);
    index.set(id, position);
  }
  return { first: index.get, next };
}

type Index = { get: (id: string) => number; set: (id: string, position: number) => void };

/** From id to place: a plain list where the ids are numbers close together, as they mostly are. */
function createIndex(sample: Table): Index {
  let least = Number.MAX_SAFE_INTEGER;
  let most = -1;
  for (const [id = ''] of sample.rows) {
    const number = plainNumber(id);
    if (number < 0) return createTextIndex();
    least = Math.min(least, number);
    most = Math.max(most, number);
  }
  const span = most - least + 1;
  if (span > sample.rows.length * LARGEST_GAP) return createTextIndex();
  const places = new Int32Array(span).fill(-1);
  return {
    get: (id) => {
      const number = plainNumber(id);
      return number < 0 ? -1 : (places[number - least] ?? -1);
    },
    set: (id, position) => {
      places[plainNumber(id) - least] = position;
    },
  };
}

function createTextIndex(): Index {
  const places = new Map<string, number>();
  return { get: (id) => places.get(id) ?? -1, set: (id, position) => void places.set(id, position) };
}

/** The number that is written in exactly this one way; -1 for every other text. */
function plainNumber(id: string): number {
  return PLAIN_NUMBER.test(id) ? Number(id) : -1;
}

/** The place of each row in the sample, each place taken once; null where some row has none. */
function placeAll(draft: Draft, { first, next }: Places, nameOf: (id: string) => string): Int32Array | null {
  const order = new Int32Array(draft.rows.length);
  const isTaken = new Uint8Array(draft.rows.length);
  // Only ids that occur more than once have anything to remember.
  const reached = new Map<string, number>();
  for (const [position, row] of draft.rows.entries()) {
    const id = nameOf(row[0] ?? '');
    const place = reached.size === 0 ? first(id) : (reached.get(id) ?? first(id));
    if (place < 0 || isTaken[place] === 1) return null;
    order[position] = place;
    isTaken[place] = 1;
    const following = next[place] ?? -1;
    if (following >= 0) reached.set(id, following);
  }
  return order;
}

function refuse(draft: Draft, expected: readonly string[]): void {
  const ids = columnOf(draft, 0);
  const counts = countEach(ids);
  const wanted = countEach(expected);
  const repeated = [...counts].filter(([id, count]) => count > Math.max(1, wanted.get(id) ?? 0));
  if (repeated.length > 0) {
    const shown = repeated.slice(0, EXAMPLES);
    const examples = shown.map(([id, count]) => `${id} (${count} times, ${rowsWith(ids, id)})`);
    report(draft.problems, 'duplicate_ids', `${repeated.length} ids occur more than once.`, examples);
  }
  const absent = new Set(difference(expected, ids));
  const unknown = difference(ids, expected);
  if (absent.size === 0 && unknown.length === 0) {
    if (repeated.length > 0) return;
    report(draft.problems, 'ids_differ', 'Some ids do not occur as often as in the sample.');
    return;
  }
  const message = `The ids are not those of the sample: ${absent.size} of them are missing.`;
  report(draft.problems, 'ids_differ', message, sides(unknown, [...absent]));
}

function rowsWith(ids: readonly string[], sought: string): string {
  const rows: number[] = [];
  for (
    let from = ids.indexOf(sought);
    from >= 0 && rows.length < EXAMPLES;
    from = ids.indexOf(sought, from + 1)
  ) {
    rows.push(from + 1);
  }
  return `rows ${rows.join(', ')}`;
}

function countEach(ids: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const id of ids) counts.set(id, (counts.get(id) ?? 0) + 1);
  return counts;
}

function sides(unknown: readonly string[], absent: readonly string[]): string[] {
  const list = (ids: readonly string[]) => [...new Set(ids)].slice(0, EXAMPLES).join(', ');
  return [
    ...(unknown.length > 0 ? [`not in the sample: ${list(unknown)}`] : []),
    ...(absent.length > 0 ? [`missing: ${list(absent)}`] : []),
  ];
}

function difference(ids: readonly string[], others: readonly string[]): string[] {
  const known = new Set(others);
  return ids.filter((id) => !known.has(id));
}
