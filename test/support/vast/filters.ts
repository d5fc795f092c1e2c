import { refuse } from './settings.ts';

export type Row = Readonly<Record<string, unknown>>;

const operators = {
  eq: (value: unknown, wanted: unknown) => value === wanted,
  neq: (value: unknown, wanted: unknown) => value !== wanted,
  gt: numbers((value, wanted) => value > wanted),
  gte: numbers((value, wanted) => value >= wanted),
  lt: numbers((value, wanted) => value < wanted),
  lte: numbers((value, wanted) => value <= wanted),
  in: (value: unknown, wanted: unknown) => Array.isArray(wanted) && wanted.includes(value),
  notin: (value: unknown, wanted: unknown) => Array.isArray(wanted) && !wanted.includes(value),
} as const;

/** null is no number, so it passes no comparison. */
function numbers(compare: (value: number, wanted: number) => boolean) {
  return (value: unknown, wanted: unknown) => {
    if (typeof wanted !== 'number')
      throw refuse(400, 'invalid_request', 'a number is compared with a number');
    return typeof value === 'number' && compare(value, wanted);
  };
}

function isOperator(name: string): name is keyof typeof operators {
  return Object.hasOwn(operators, name);
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Rows that pass every filter. @param known the fields that may be filtered by @throws VastRefusal 400 */
export function filterRows<T extends Row>(
  rows: readonly T[],
  filters: Readonly<Record<string, unknown>>,
  known: ReadonlySet<string>,
): T[] {
  const tests = Object.entries(filters).flatMap(([field, filter]) => {
    if (!known.has(field)) throw refuse(400, 'invalid_request', `unknown field ${field}`);
    if (!isRecord(filter)) throw refuse(400, 'invalid_request', `the filter of ${field} is no object`);
    return Object.entries(filter).map(([name, wanted]) => {
      if (!isOperator(name)) throw refuse(400, 'invalid_request', `unknown operator ${name}`);
      const operator = operators[name];
      return (row: T) => operator(row[field] ?? null, wanted);
    });
  });
  return rows.filter((row) => tests.every((test) => test(row)));
}

/** @param order `[["dph_total","asc"]]` @throws VastRefusal 400 */
export function orderRows<T extends Row>(
  rows: readonly T[],
  order: unknown,
  known: ReadonlySet<string>,
): T[] {
  if (order === undefined) return [...rows];
  if (!Array.isArray(order)) throw refuse(400, 'invalid_request', 'order is a list');
  const keys = order.map((key: unknown) => {
    const [field, direction] = Array.isArray(key) ? key : [];
    if (typeof field !== 'string' || !known.has(field) || !['asc', 'desc'].includes(direction)) {
      throw refuse(400, 'invalid_request', 'order names a field and asc or desc');
    }
    return { field, sign: direction === 'asc' ? 1 : -1 };
  });
  return [...rows].sort((a, b) => {
    for (const { field, sign } of keys) {
      const difference = Number(a[field] ?? 0) - Number(b[field] ?? 0);
      if (difference !== 0) return difference * sign;
    }
    return 0;
  });
}
