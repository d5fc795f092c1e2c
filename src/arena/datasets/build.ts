import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { loadCompetition } from '../competition.ts';
import { runPython } from './run-python.ts';
import { type ShippedCompetition, shippedCompetitions } from './shipped.ts';
import { readExported, readMovies, readSpam, type SourceTable } from './sources.ts';
import { sha256 } from './split.ts';
import { writeCompetition } from './write-competition.ts';
import { writeEntrants } from './write-entrants.ts';

export type BuildProgress = { slug: string; done: number; total: number; what: 'kept' | 'built' };

export type BuildOptions = {
  /** Folder of competitions; each gets a folder of its own in it. */
  targetFolder: string;
  /** Interpreter with pandas and scikit-learn. */
  python: string;
  signal: AbortSignal;
  onProgress: (progress: BuildProgress) => void;
  /** Build these alone; all by default. */
  only?: readonly string[];
};

/** Counted up when the files that come out change although neither a recipe nor a script does. */
const builderVersion = 1;

const exportTimeoutMs = 2 * 60 * 1000;
const scripts = ['export_sklearn.py', 'reference_entrants.py'] as const;
const stampName = 'stamp.json';
const stampedFiles = [
  'competition.json',
  'entrants.json',
  'public/train.csv',
  'public/test.csv',
  'public/sample_submission.csv',
  'private/solution.csv',
] as const;
const stampSchema = z.object({ recipe: z.string(), files: z.record(z.string(), z.string()) });

/**
 * Makes the competitions that ship with the project, with their reference entrants. What is there already and
 * unchanged is kept, so a second call takes a moment; a folder appears whole or not at all.
 * @returns the competitions' folders
 * @throws ConfigurationFailure `arena.reference_failed`, `arena.bad_competition`, `arena.no_source`
 */
export async function buildShippedCompetitions(options: BuildOptions): Promise<string[]> {
  const { targetFolder, only, signal, onProgress } = options;
  const wanted = shippedCompetitions.filter(({ file }) => only === undefined || only.includes(file.slug));
  const scriptTexts = await Promise.all(scripts.map((name) => readFile(scriptPath(name), 'utf8')));
  const exported = createExporter(options);
  await mkdir(targetFolder, { recursive: true });
  try {
    for (const [index, competition] of wanted.entries()) {
      signal.throwIfAborted();
      const { slug } = competition.file;
      const folder = join(targetFolder, slug);
      const recipe = sha256(JSON.stringify([builderVersion, competition, scriptTexts]));
      const isKept = await isUnchanged(folder, recipe);
      if (!isKept) await build(competition, folder, recipe, exported, options);
      onProgress({ slug, done: index + 1, total: wanted.length, what: isKept ? 'kept' : 'built' });
    }
  } finally {
    await exported.clean();
  }
  return wanted.map(({ file }) => join(targetFolder, file.slug));
}

async function build(
  competition: ShippedCompetition,
  folder: string,
  recipe: string,
  exported: Exporter,
  { targetFolder, python, signal }: BuildOptions,
): Promise<void> {
  const half = await mkdtemp(join(targetFolder, `.${competition.file.slug}-`));
  try {
    await writeCompetition(half, competition, await readSource(competition, exported));
    await loadCompetition(half);
    await writeEntrants({ folder: half, python, signal });
    await writeFile(
      join(half, stampName),
      `${JSON.stringify({ recipe, files: await hashFiles(half) }, null, 2)}\n`,
    );
    await rm(folder, { recursive: true, force: true });
    await rename(half, folder);
  } finally {
    await rm(half, { recursive: true, force: true });
  }
}

async function readSource({ source }: ShippedCompetition, exported: Exporter): Promise<SourceTable> {
  switch (source.kind) {
    case 'sklearn':
      return readExported(join(await exported.folder(), `${source.name}.csv`));
    case 'movies':
      return readMovies();
    case 'spam':
      return readSpam();
  }
}

type Exporter = { folder: () => Promise<string>; clean: () => Promise<void> };

/** Runs export_sklearn.py once, when its files are first asked for. */
function createExporter({ python, signal }: BuildOptions): Exporter {
  let running: Promise<string> | null = null;
  const run = async (): Promise<string> => {
    const out = await mkdtemp(join(tmpdir(), 'arena-export-'));
    const script = scriptPath('export_sklearn.py');
    await runPython({ python, script, arguments: ['--out', out], timeoutMs: exportTimeoutMs, signal });
    return out;
  };
  return {
    folder() {
      running ??= run();
      return running;
    },
    async clean() {
      const out = await running?.catch(() => null);
      if (out !== null && out !== undefined) await rm(out, { recursive: true, force: true });
    },
  };
}

async function isUnchanged(folder: string, recipe: string): Promise<boolean> {
  const text = await readFile(join(folder, stampName), 'utf8').catch(() => null);
  if (text === null) return false;
  try {
    const stamp = stampSchema.parse(JSON.parse(text));
    const found = await hashFiles(folder);
    return stamp.recipe === recipe && stampedFiles.every((name) => stamp.files[name] === found[name]);
  } catch {
    // A stamp or file that cannot be read is as good as none: the folder is built again.
    return false;
  }
}

async function hashFiles(folder: string): Promise<Record<string, string>> {
  const hashed = stampedFiles.map(
    async (name) => [name, sha256(await readFile(join(folder, name)))] as const,
  );
  return Object.fromEntries(await Promise.all(hashed));
}

function scriptPath(name: (typeof scripts)[number]): string {
  return fileURLToPath(new URL(name, import.meta.url));
}
