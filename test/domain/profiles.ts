import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { parse } from 'csv-parse/sync';
import { z } from 'zod';
import { parseNumber } from '../../src/domain/cells.ts';
import type { ColumnProfile, FileProfile } from '../../src/domain/profile.ts';

/** A numeric column of 100 different whole numbers; a test names only what it is about. */
export function aColumn(name: string, changes: Partial<ColumnProfile> = {}): ColumnProfile {
  return {
    name,
    kind: 'numeric',
    missing: 0,
    distinct: 100,
    distinctIsLowerBound: false,
    isInteger: true,
    min: 0,
    max: 99,
    mean: 50,
    top: [],
    meanLength: 2,
    skew: 0,
    ...changes,
  };
}

export function aFile(name: string, columns: readonly ColumnProfile[], rows = 100): FileProfile {
  return { name, sizeBytes: 1000, rows, columns: [...columns] };
}

export type CsvFile = { header: string[]; rows: string[][]; profile: FileProfile };

/** Reads and profiles a small CSV file. */
export function readCsvFile(path: string): CsvFile {
  const bytes = readFileSync(path);
  const [header = [], ...rows] = z.array(z.array(z.string())).parse(parse(bytes));
  const columns = header.map((name, index) =>
    profileColumn(
      name,
      rows.map((row) => row[index] ?? ''),
    ),
  );
  return {
    header,
    rows,
    profile: { name: basename(path), sizeBytes: bytes.length, rows: rows.length, columns },
  };
}

function profileColumn(name: string, cells: readonly string[]): ColumnProfile {
  const present = cells.filter((cell) => cell !== '');
  const counts = new Map<string, number>();
  for (const cell of present) counts.set(cell, (counts.get(cell) ?? 0) + 1);
  const numbers = present.map(parseNumber).filter((value) => value !== null);
  const isNumeric = present.length > 0 && numbers.length === present.length;
  const top = [...counts].sort((a, b) => b[1] - a[1]).slice(0, 10);
  return aColumn(name, {
    kind: counts.size < 2 ? 'constant' : isNumeric ? 'numeric' : 'categorical',
    missing: cells.length - present.length,
    distinct: counts.size,
    isInteger: isNumeric && numbers.every(Number.isInteger),
    min: isNumeric ? Math.min(...numbers) : null,
    max: isNumeric ? Math.max(...numbers) : null,
    mean: null,
    top: top.map(([value, count]) => ({ value, count })),
    meanLength: present.reduce((sum, cell) => sum + cell.length, 0) / Math.max(1, present.length),
    skew: null,
  });
}
