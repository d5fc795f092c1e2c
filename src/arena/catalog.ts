import { cp, mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { asFailure, ConfigurationFailure } from '../domain/errors.ts';
import { loadCompetition } from './competition.ts';
import type { Competition } from './competition-schema.ts';
import { writeEntrants } from './datasets/write-entrants.ts';

/** A competition in a list for people. */
export type CompetitionSummary = {
  slug: string;
  title: string;
  folder: string;
  modality: string;
  task: string;
  metric: string;
  direction: 'maximize' | 'minimize';
  trainRows: number;
  testRows: number;
  entrants: number;
};

export type CatalogEntry =
  | { folder: string; competition: CompetitionSummary; problem: null }
  | { folder: string; competition: null; problem: string };

/**
 * Every competition in these folders, each either a competition's folder itself or one that holds such.
 * A faulty one is listed with its fault in one sentence.
 */
export async function listCompetitions(folders: readonly string[]): Promise<CatalogEntry[]> {
  const entries: CatalogEntry[] = [];
  for (const folder of await competitionFolders(folders)) {
    try {
      entries.push({ folder, competition: summarise(await loadCompetition(folder)), problem: null });
    } catch (error) {
      entries.push({ folder, competition: null, problem: asFailure(error).message });
    }
  }
  return entries;
}

/** Competition folders among and directly inside these folders. Missing ones are empty. */
export async function competitionFolders(folders: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  for (const folder of folders.map((path) => resolve(path))) {
    if (await isCompetition(folder)) {
      found.push(folder);
      continue;
    }
    const inside = await readdir(folder, { withFileTypes: true }).catch(() => []);
    const names = inside
      .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
      .map(({ name }) => name);
    for (const name of names.sort()) {
      if (await isCompetition(join(folder, name))) found.push(join(folder, name));
    }
  }
  return [...new Set(found)];
}

export type AddOptions = {
  /** A competition's folder. */
  source: string;
  /** The arena's folder of competitions. */
  target: string;
  /** Interpreter with pandas and scikit-learn for the reference entrants; null: go without them. */
  python: string | null;
  signal: AbortSignal;
};

/**
 * Checks a competition's folder, copies it into the arena's and gives it reference entrants where it has none.
 * @throws ConfigurationFailure `arena.bad_competition`, `arena.already_added`, `arena.reference_failed`
 */
export async function addCompetition({
  source,
  target,
  python,
  signal,
}: AddOptions): Promise<CompetitionSummary> {
  const competition = await loadCompetition(resolve(source));
  const folder = join(resolve(target), competition.slug);
  if ((await stat(folder).catch(() => null)) !== null) {
    throw new ConfigurationFailure(
      `The arena already has a competition ${competition.slug}; remove ${folder} first, or give yours another slug.`,
      { code: 'arena.already_added' },
    );
  }
  const half = join(resolve(target), `.${competition.slug}.${process.pid}.part`);
  try {
    await mkdir(resolve(target), { recursive: true });
    await cp(competition.folder, half, { recursive: true, dereference: true });
    if (competition.entrants.length === 0 && python !== null)
      await writeEntrants({ folder: half, python, signal });
    await rename(half, folder);
  } finally {
    await rm(half, { recursive: true, force: true });
  }
  return summarise(await loadCompetition(folder));
}

function summarise(competition: Competition): CompetitionSummary {
  const { slug, title, folder, modality, task, metric, direction, solution, entrants, realScores } =
    competition;
  return {
    slug,
    title,
    folder,
    modality,
    task,
    metric: metric.name,
    direction,
    trainRows: competition.trainRows ?? 0,
    testRows: solution.ids.length,
    entrants: entrants.length + realScores.length,
  };
}

async function isCompetition(folder: string): Promise<boolean> {
  return (await stat(join(folder, 'competition.json')).catch(() => null)) !== null;
}
