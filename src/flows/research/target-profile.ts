import { parseNumber } from '../../domain/cells.ts';
import { spearman } from '../../domain/compare.ts';
import type { Problem } from '../../domain/problem.ts';
import type { DataProfile } from '../../domain/profile.ts';

const quantilePoints = [0, 0.05, 0.25, 0.5, 0.75, 0.95, 1] as const;
const suspiciousCorrelation = 0.995;
const hintRows = 5_000;

/** The distribution of the first target column. */
export function profileTarget(
  problem: Pick<Problem, 'classes'>,
  cells: readonly string[],
): DataProfile['target'] {
  if (problem.classes !== null) {
    const shares: Record<string, number> = {};
    for (const cell of cells) shares[cell] = (shares[cell] ?? 0) + 1 / cells.length;
    return { kind: 'classes', shares };
  }
  const values = cells
    .map(parseNumber)
    .filter((value) => value !== null)
    .sort((a, b) => a - b);
  const mean = values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
  const moment = (power: number) =>
    values.reduce((sum, value) => sum + (value - mean) ** power, 0) / Math.max(1, values.length);
  const variance = moment(2);
  return {
    kind: 'quantiles',
    values: quantilePoints.map((point) => values[Math.round(point * (values.length - 1))] ?? 0),
    skew: variance === 0 ? 0 : moment(3) / variance ** 1.5,
  };
}

/** Columns that order the rows (nearly) as the target does: in honest data nothing does. */
export function findLeakageHints(
  columns: readonly { name: string; cells: readonly string[] }[],
  target: { name: string; cells: readonly string[] },
): string[] {
  const truth = target.cells.slice(0, hintRows).map((cell) => parseNumber(cell));
  if (truth.some((value) => value === null)) return [];
  return columns.flatMap(({ name, cells }) => {
    const pairs = truth.flatMap((value, index) => {
      const other = parseNumber(cells[index] ?? '');
      return value === null || other === null ? [] : [[value, other] as const];
    });
    if (pairs.length < truth.length / 2) return [];
    const correlation = spearman(
      pairs.map(([value]) => value),
      pairs.map(([, other]) => other),
    );
    if (correlation === null || Math.abs(correlation) < suspiciousCorrelation) return [];
    return [`${name} orders the rows almost exactly as ${target.name} does: it may be a copy of it.`];
  });
}
