import { columnOf, type Draft, report, type Table } from './types.ts';

const INTEGER_AS_FLOAT = /^([+-]?\d+)\.0+$/;

/** Row count, ids and order. Ids are compared as written, since `007` and `7` may be two rows. */
export function checkIds(draft: Draft, sample: Table): void {
  const expected = columnOf(sample, 0);
  if (draft.rows.length !== expected.length) {
    const message = `The submission has ${draft.rows.length} rows; the sample has ${expected.length}.`;
    report(draft.problems, 'row_count', message, differences(columnOf(draft, 0), expected));
    return;
  }
  const wanted = countEach(expected);
  if (!hasSameIds(columnOf(draft, 0), wanted)) restoreIntegers(draft, wanted);
  const ids = columnOf(draft, 0);
  if (!hasSameIds(ids, wanted)) {
    refuse(draft, ids, wanted, expected);
    return;
  }
  restoreOrder(draft, expected);
}

function countEach(ids: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const id of ids) counts.set(id, (counts.get(id) ?? 0) + 1);
  return counts;
}

function hasSameIds(ids: readonly string[], wanted: ReadonlyMap<string, number>): boolean {
  const counts = countEach(ids);
  return counts.size === wanted.size && [...counts].every(([id, count]) => wanted.get(id) === count);
}

/** Writes `1.0` as `1`, when all ids are right after that. */
function restoreIntegers(draft: Draft, wanted: ReadonlyMap<string, number>): void {
  const ids = columnOf(draft, 0).map((id) => INTEGER_AS_FLOAT.exec(id)?.[1] ?? id);
  if (!hasSameIds(ids, wanted)) return;
  draft.rows = draft.rows.map((row, index) => [ids[index] ?? '', ...row.slice(1)]);
  draft.repairs.push('Wrote ids such as 1.0 as 1, as the sample does.');
}

function refuse(
  draft: Draft,
  ids: readonly string[],
  wanted: ReadonlyMap<string, number>,
  expected: readonly string[],
): void {
  const repeated = [...countEach(ids)].filter(([id, count]) => count > Math.max(1, wanted.get(id) ?? 0));
  if (repeated.length > 0) {
    const examples = repeated.map(([id, count]) => `${id} (${count} times)`);
    report(draft.problems, 'duplicate_ids', `${repeated.length} ids occur more than once.`, examples);
  }
  const absent = new Set(differences(expected, ids));
  if (absent.size === 0) return;
  const message = `The ids are not those of the sample: ${absent.size} of them are missing.`;
  report(draft.problems, 'ids_differ', message, sides(differences(ids, expected), [...absent]));
}

function sides(unknown: readonly string[], absent: readonly string[]): string[] {
  const list = (ids: readonly string[]) => [...new Set(ids)].slice(0, 5).join(', ');
  const unknownText = unknown.length > 0 ? [`not in the sample: ${list(unknown)}`] : [];
  return [...unknownText, `missing: ${list(absent)}`];
}

function differences(ids: readonly string[], others: readonly string[]): string[] {
  const known = new Set(others);
  return ids.filter((id) => !known.has(id));
}

function restoreOrder(draft: Draft, expected: readonly string[]): void {
  if (draft.rows.every((row, index) => row[0] === expected[index])) return;
  const byId = new Map<string, string[][]>();
  for (const row of draft.rows) {
    const known = byId.get(row[0] ?? '');
    if (known) known.push(row);
    else byId.set(row[0] ?? '', [row]);
  }
  draft.rows = expected.map((id) => byId.get(id)?.shift() ?? [id]);
  draft.repairs.push("Put the rows in the sample's order.");
}
