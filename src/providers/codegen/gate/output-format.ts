import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { CsvError, parse } from 'csv-parse';
import type { z } from 'zod';
import {
  type ScriptContract,
  type ScriptMeta,
  type ScriptMetrics,
  scriptMetaSchema,
  scriptMetricsSchema,
} from '../../../domain/run-contract.ts';

/** The files of a run, by the names of `domain/run-contract.ts`. */
export function expectedOutputs(contract: Pick<ScriptContract, 'hasGate'>): string[] {
  const tables = ['oof.csv', ...(contract.hasGate ? ['gate.csv'] : []), 'test.csv', 'submission.csv'];
  return [...tables, 'metrics.json', 'meta.json'];
}

type Place = { dataFolder: string; outFolder: string; contract: ScriptContract; signal: AbortSignal };

/** Longer is no row of predictions. */
const maxRecordChars = 100_000;

/**
 * Reads what a run wrote: are the files there, with the right columns, every row key once, finite numbers?
 * @returns what the script said of itself, and one sentence for each thing that is wrong
 */
export async function checkOutputs(
  place: Place,
): Promise<{ metrics: ScriptMetrics | null; meta: ScriptMeta | null; problems: string[] }> {
  const { contract } = place;
  const problems: string[] = [];
  for (const rule of tableRules(contract)) {
    const found = await tableProblem(place, rule);
    if (found !== null) problems.push(`${rule.name}: ${found}`);
  }
  const metrics = await readJson(join(place.outFolder, 'metrics.json'), scriptMetricsSchema);
  if (metrics === null) problems.push('metrics.json: it is missing or has not the agreed fields.');
  if (metrics !== null && metrics.folds_sha256 !== contract.foldsSha256) {
    problems.push('metrics.json: folds_sha256 is not that of folds.csv, so the script made its own folds.');
  }
  const meta = await readJson(join(place.outFolder, 'meta.json'), scriptMetaSchema);
  if (meta === null) problems.push('meta.json: it is missing or has not the agreed fields.');
  return { metrics, meta, problems };
}

/** @returns the first thing that is wrong with one of the tables, or null */
export async function checkTable(place: Place, name: string): Promise<string | null> {
  const rule = tableRules(place.contract).find((candidate) => candidate.name === name);
  const found = rule === undefined ? null : await tableProblem(place, rule);
  return found === null ? null : `${name}: ${found}`;
}

function tableRules({ problem, rowKey, hasGate }: ScriptContract): TableRule[] {
  const raw = [rowKey, ...problem.predictionColumns];
  const test = [problem.idColumn, ...problem.predictionColumns];
  const submission = [problem.idColumn, ...problem.submissionColumns];
  return [
    { name: 'oof.csv', columns: raw, keysFrom: { file: 'train.csv', column: rowKey } },
    ...(hasGate ? [{ name: 'gate.csv', columns: raw, keysFrom: { file: 'gate.csv', column: rowKey } }] : []),
    { name: 'test.csv', columns: test, keysFrom: sampleKeys },
    {
      name: 'submission.csv',
      columns: submission,
      keysFrom: sampleKeys,
      isText: problem.predictionKind === 'label',
    },
  ];
}

type TableRule = {
  name: string;
  columns: readonly string[];
  /** Where the keys come from: a file of the data folder, and a column by name or position. */
  keysFrom: { file: string; column: string | 0 };
  /** Cells are labels, of which only presence can be checked. */
  isText?: boolean;
};

const sampleKeys = { file: 'sample_submission.csv', column: 0 } as const;

/** @returns the first thing that is wrong, or null */
async function tableProblem(place: Place, rule: TableRule): Promise<string | null> {
  const { file, column } = rule.keysFrom;
  const missing = new Set<string>();
  let keyIndex = 0;
  await eachRow(join(place.dataFolder, file), place.signal, (cells, row) => {
    if (row === 0) keyIndex = column === 0 ? 0 : cells.indexOf(column);
    else missing.add(cells[keyIndex] ?? '');
    return null;
  });
  const judge = rowJudge(rule, missing);
  let problem: string | null;
  try {
    problem = await eachRow(join(place.outFolder, rule.name), place.signal, judge);
  } catch (error) {
    if (error instanceof CsvError) return 'it is no well-formed CSV file.';
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return 'it is missing.';
    throw error;
  }
  const [example] = missing;
  return (
    problem ?? (example === undefined ? null : `${missing.size} rows are missing, for instance ${example}.`)
  );
}

function rowJudge(rule: TableRule, missing: Set<string>) {
  return (cells: readonly string[], row: number): string | null => {
    if (row === 0) {
      const isRight = cells.join('\0') === rule.columns.join('\0');
      return isRight
        ? null
        : `its columns are ${cells.slice(0, 10).join(', ')}, and not ${rule.columns.join(', ')}.`;
    }
    const [key = '', ...values] = cells;
    if (!missing.delete(key))
      return `the row ${key.slice(0, 80)} is there twice, or belongs to no row of the data.`;
    const bad = values.find((cell) => !isCell(cell, rule.isText ?? false));
    return bad === undefined
      ? null
      : `the row ${key} has ${JSON.stringify(bad.slice(0, 40))} where a value belongs.`;
  };
}

function isCell(cell: string, isText: boolean): boolean {
  const trimmed = cell.trim();
  return trimmed !== '' && (isText || Number.isFinite(Number(trimmed)));
}

/** Calls `visit` with each record, the header being row 0, until it answers something. */
async function eachRow(
  path: string,
  signal: AbortSignal,
  visit: (cells: readonly string[], row: number) => string | null,
): Promise<string | null> {
  const parser = parse({ bom: true, max_record_size: maxRecordChars, skip_empty_lines: true });
  let answer: string | null = null;
  await pipeline(
    createReadStream(path),
    parser,
    async (records: AsyncIterable<string[]>) => {
      let row = 0;
      for await (const cells of records) {
        answer ??= visit(cells, row);
        row += 1;
      }
    },
    { signal },
  );
  return answer;
}

/** @returns null when the file is missing or of another shape */
async function readJson<T>(path: string, schema: z.ZodType<T>): Promise<T | null> {
  try {
    return schema.safeParse(JSON.parse(await readFile(path, 'utf8'))).data ?? null;
  } catch {
    return null;
  }
}
