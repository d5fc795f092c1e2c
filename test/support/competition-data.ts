import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'csv-stringify/sync';
import type { Problem } from '../../src/domain/problem.ts';
import type { ColumnProfile, DataProfile } from '../../src/domain/profile.ts';
import type { ScriptContract } from '../../src/domain/run-contract.ts';

export type Cells = Record<string, string>;

export function profileOf(train: readonly Cells[], test: readonly Cells[]): DataProfile {
  return {
    train: fileProfile('train.csv', train),
    test: fileProfile('test.csv', test),
    target: { kind: 'classes', shares: {} },
    leakageHints: [],
    columnDifferences: { onlyTrain: [], onlyTest: [] },
  };
}

function fileProfile(name: string, rows: readonly Cells[]) {
  const columns = Object.keys(rows[0] ?? {});
  return {
    name,
    sizeBytes: 1,
    rows: rows.length,
    columns: columns.map((column) => profileColumn(column, rows)),
  };
}

function profileColumn(name: string, rows: readonly Cells[]): ColumnProfile {
  const present = rows.map((row) => row[name] ?? '').filter((value) => value !== '');
  const counts = new Map<string, number>();
  for (const value of present) counts.set(value, (counts.get(value) ?? 0) + 1);
  const numbers = present.map(Number);
  const isNumeric = present.length > 0 && numbers.every(Number.isFinite);
  const length = present.reduce((sum, value) => sum + value.length, 0) / Math.max(1, present.length);
  const isDate = !isNumeric && present.length > 0 && present.every((value) => /^\d{4}-\d\d-\d\d/.test(value));
  const words = isDate ? 'datetime' : length > 40 ? 'text' : 'categorical';
  return {
    name,
    kind: counts.size <= 1 ? 'constant' : isNumeric ? 'numeric' : words,
    missing: rows.length - present.length,
    distinct: counts.size,
    distinctIsLowerBound: false,
    isInteger: isNumeric && numbers.every(Number.isInteger),
    min: isNumeric ? Math.min(...numbers) : null,
    max: isNumeric ? Math.max(...numbers) : null,
    mean: isNumeric ? numbers.reduce((sum, value) => sum + value, 0) / numbers.length : null,
    top: [...counts].slice(0, 10).map(([value, count]) => ({ value, count })),
    meanLength: length,
    skew: isNumeric ? 0 : null,
  };
}

type Bundle = { problem: Problem; train: Cells[]; gate?: Cells[]; test: Cells[]; folds?: number };

/** Writes what a training script finds in its data folder; folds go round the rows in turn. */
export async function writeBundleData(folder: string, bundle: Bundle): Promise<void> {
  const { problem, train, gate, test, folds = 3 } = bundle;
  await mkdir(folder, { recursive: true });
  const id = problem.idColumn;
  const foldRows = train.map((row, index) => ({ [id]: row[id] ?? '', fold: index % folds }));
  const foldText = stringify(foldRows, { header: true });
  const contract: ScriptContract = {
    schema: 1,
    problem,
    rowKey: id,
    foldCount: folds,
    foldsSha256: createHash('sha256').update(foldText).digest('hex'),
    hasGate: gate !== undefined,
  };
  const sample = test.map((row) =>
    Object.fromEntries([[id, row[id] ?? ''], ...problem.submissionColumns.map((name) => [name, '0'])]),
  );
  const files: Record<string, string> = {
    'contract.json': JSON.stringify(contract),
    'folds.csv': foldText,
    'train.csv': stringify(train, { header: true }),
    'test.csv': stringify(test, { header: true }),
    'sample_submission.csv': stringify(sample, { header: true }),
    ...(gate === undefined ? {} : { 'gate.csv': stringify(gate, { header: true }) }),
  };
  for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content);
}

/** Removes columns, as from a table whose labels stay hidden. */
export function without(rows: readonly Cells[], ...names: string[]): Cells[] {
  return rows.map((row) => Object.fromEntries(Object.entries(row).filter(([name]) => !names.includes(name))));
}
