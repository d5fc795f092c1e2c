import { readdir, readFile, stat } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { metricSpec } from '../domain/metrics/catalog.ts';
import { badCompetition } from './competition-fault.ts';
import {
  type Competition,
  type CompetitionFile,
  competitionFileSchema,
  type Entrant,
  entrantsFileSchema,
  type PublicFile,
  type Solution,
  type Topic,
  topicsFileSchema,
  usages,
} from './competition-schema.ts';
import { MalformedCsv, parseCsv, type Table } from './csv.ts';
import { checkPublicFiles } from './public-files.ts';

/**
 * Reads a competition's folder.
 * @param publicFiles `check` reads every row of train.csv and test.csv and compares them with the solution;
 *   `trust` only asks that the files are there, and leaves what is in them to whoever competes.
 * @throws ConfigurationFailure `arena.bad_competition`: one sentence on what is wrong and where.
 */
export async function loadCompetition(
  folder: string,
  { publicFiles = 'check' }: { publicFiles?: 'check' | 'trust' } = {},
): Promise<Competition> {
  const file = await readCompetitionFile(folder);
  const { direction } = metricSpec(file.metric.name);
  if (file.metric.direction !== undefined && file.metric.direction !== direction) {
    throw badCompetition(
      folder,
      `competition.json says ${file.metric.direction}, but ${file.metric.name} is to ${direction}`,
    );
  }
  if (file.metric.name === 'map_at_k' && file.metric.k === undefined) {
    throw badCompetition(folder, 'competition.json names map_at_k without metric.k');
  }
  const solution = await readSolution(folder, file);
  const competition = {
    ...file,
    folder,
    direction,
    solution,
    files: await listFiles(folder, 'public'),
    rerunFiles: await listFiles(folder, 'private/rerun', { mayBeMissing: true }),
    entrants: await readEntrants(folder),
    realScores: await readRealScores(folder, direction),
    topics: await readTopics(folder),
  };
  return { ...competition, trainRows: await checkPublicFiles(competition, publicFiles) };
}

async function readCompetitionFile(folder: string): Promise<CompetitionFile> {
  const parsed = competitionFileSchema.safeParse(await readJson(folder, 'competition.json'));
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map(
    (issue) => `${issue.path.join('.') || 'the whole'}: ${issue.message}`,
  );
  throw badCompetition(folder, `competition.json is not right (${faults.join('; ')})`, parsed.error);
}

async function readSolution(folder: string, file: CompetitionFile): Promise<Solution> {
  const name = 'private/solution.csv';
  const table = await readTable(folder, name);
  const idAt = columnOf(folder, name, table, file.idColumn);
  const usageAt = columnOf(folder, name, table, 'Usage');
  const positions = file.submissionColumns.map((column) => columnOf(folder, name, table, column));
  if (table.rows.length === 0) throw badCompetition(folder, `${name} has no rows`);

  const ids = cellsOf(table, idAt);
  const double = firstDouble(ids);
  if (double !== null) throw badCompetition(folder, `${name} has the ${file.idColumn} ${double} twice`);
  const usage = cellsOf(table, usageAt).map((text, row) => {
    const known = usages.find((candidate) => candidate === text);
    if (known !== undefined) return known;
    throw badCompetition(
      folder,
      `${name} row ${row + 1} has the Usage "${text}" (allowed: ${usages.join(', ')})`,
    );
  });
  return { ids, usage, columns: positions.map((position) => cellsOf(table, position)) };
}

async function readEntrants(folder: string): Promise<readonly Entrant[]> {
  const content = await readJson(folder, 'entrants.json', { mayBeMissing: true });
  if (content === null) return [];
  const parsed = entrantsFileSchema.safeParse(content);
  if (parsed.success) return parsed.data;
  throw badCompetition(
    folder,
    'entrants.json is not a list of name, public, private and overall score',
    parsed.error,
  );
}

async function readTopics(folder: string): Promise<readonly Topic[]> {
  const content = await readJson(folder, 'topics.json', { mayBeMissing: true });
  if (content === null) return [];
  const parsed = topicsFileSchema.safeParse(content);
  if (parsed.success) return parsed.data;
  throw badCompetition(folder, 'topics.json is not a list of topics with title and messages', parsed.error);
}

async function readRealScores(
  folder: string,
  direction: Competition['direction'],
): Promise<readonly number[]> {
  const name = 'leaderboard.csv';
  if ((await stat(join(folder, name)).catch(() => null)) === null) return [];
  const table = await readTable(folder, name);
  const scores = cellsOf(table, columnOf(folder, name, table, 'Score')).map((text, row) => {
    const value = Number(text);
    if (text.trim() !== '' && Number.isFinite(value)) return value;
    throw badCompetition(folder, `${name} row ${row + 1} has the score "${text}", which is no number`);
  });
  return scores.sort((a, b) => (direction === 'maximize' ? b - a : a - b));
}

async function listFiles(
  folder: string,
  inside: string,
  { mayBeMissing = false }: { mayBeMissing?: boolean } = {},
): Promise<readonly PublicFile[]> {
  const root = join(folder, inside);
  const entries = await readdir(root, { recursive: true, withFileTypes: true }).catch((cause: unknown) => {
    if (mayBeMissing) return [];
    throw badCompetition(folder, `it has no folder ${inside}`, cause);
  });
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const files = await Promise.all(
    paths.sort().map(async (path) => {
      const { size, mtime } = await stat(path);
      const name = path
        .slice(root.length + 1)
        .split(sep)
        .join('/');
      return { name, path, sizeBytes: size, modifiedAt: mtime };
    }),
  );
  return files;
}

async function readJson(
  folder: string,
  name: string,
  { mayBeMissing = false }: { mayBeMissing?: boolean } = {},
): Promise<unknown> {
  const text = await readFile(join(folder, name), 'utf8').catch((cause: NodeJS.ErrnoException) => {
    if (mayBeMissing && cause.code === 'ENOENT') return null;
    throw badCompetition(
      folder,
      cause.code === 'ENOENT' ? `it has no ${name}` : `${name} cannot be read`,
      cause,
    );
  });
  if (text === null) return null;
  try {
    return JSON.parse(text);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw badCompetition(folder, `${name} is no valid JSON (${reason})`, cause);
  }
}

async function readTable(folder: string, name: string): Promise<Table> {
  const bytes = await readFile(join(folder, name)).catch((cause: NodeJS.ErrnoException) => {
    throw badCompetition(
      folder,
      cause.code === 'ENOENT' ? `it has no ${name}` : `${name} cannot be read`,
      cause,
    );
  });
  try {
    return parseCsv(bytes);
  } catch (cause) {
    if (cause instanceof MalformedCsv) throw badCompetition(folder, `${name} ${cause.message}`, cause);
    throw cause;
  }
}

function columnOf(folder: string, name: string, table: Table, column: string): number {
  const position = table.header.indexOf(column);
  if (position >= 0) return position;
  throw badCompetition(folder, `${name} has no column ${column} (it has ${table.header.join(', ')})`);
}

function cellsOf(table: Table, position: number): string[] {
  return table.rows.map((row) => row[position] ?? '');
}

function firstDouble(values: readonly string[]): string | null {
  const seen = new Set<string>();
  for (const value of values) {
    if (seen.has(value)) return value;
    seen.add(value);
  }
  return null;
}
