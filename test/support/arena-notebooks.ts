import { spawnSync } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { binaryCompetition } from './arena-kit.ts';
import { findPython } from './python.ts';
import { tempFolder } from './temp-folder.ts';

const probeTimeoutMs = 30_000;

type Finder = (signal: AbortSignal) => Promise<string>;

/** What `startArena` takes to run notebooks; null where this machine has no Python for them. */
export function notebookPython(): Finder | null {
  const python = findPython();
  return python === null ? null : finderOf([python]);
}

/** The same for notebooks that need nothing but the standard library: any Python 3 does, and it is found at once. */
export function bareNotebookPython(): Finder | null {
  return finderOf(['python3', '/usr/bin/python3']);
}

/** By its whole path: a name could mean another one on the PATH that notebooks get. */
function finderOf(candidates: readonly string[]): Finder | null {
  for (const python of candidates) {
    const { status, stdout } = spawnSync(python, ['-c', 'import sys; print(sys.executable)'], {
      timeout: probeTimeoutMs,
      encoding: 'utf8',
    });
    if (status === 0) return () => Promise.resolve(stdout.trim());
  }
  return null;
}

const hiddenRows = 40;
const visibleRows = 3;

/**
 * A small code competition: `y` is 1 where `x` is over 3. The visible test set has three rows, the hidden one forty,
 * half of them public.
 */
export async function aCodeCompetitionFolder(fields: Record<string, unknown> = {}): Promise<string> {
  const file = binaryCompetition({
    slug: 'over-three',
    title: 'Over three',
    description: 'Say whether a number is over three, by a notebook.',
    isKernelsOnly: true,
    notebooks: { cpuMinutes: 60, gpuMinutes: 120 },
    ...fields,
  });
  const folder = join(await tempFolder(), String(file.slug));
  const train = Array.from({ length: 120 }, (_, index) => index);
  const hidden = Array.from({ length: hiddenRows }, (_, index) => 1_000 + index);
  const x = (id: number) => (id * 5) % 7;
  const y = (id: number) => (x(id) > 3 ? 1 : 0);
  const tests = (ids: readonly number[]) => ({
    'test.csv': ['id,x', ...ids.map((id) => `${id},${x(id)}`)],
    'sample_submission.csv': ['id,y', ...ids.map((id) => `${id},0`)],
  });
  const files: Record<string, readonly string[]> = {
    'competition.json': [JSON.stringify(file)],
    'public/train.csv': ['id,x,y', ...train.map((id) => `${id},${x(id)},${y(id)}`)],
    ...inFolder('public', tests(hidden.slice(0, visibleRows))),
    ...inFolder('private/rerun', tests(hidden)),
    'private/solution.csv': [
      'id,y,Usage',
      ...hidden.map((id) => `${id},${y(id)},${id % 4 < 2 ? 'Public' : 'Private'}`),
    ],
  };
  for (const [name, lines] of Object.entries(files)) {
    await mkdir(join(folder, name, '..'), { recursive: true });
    await writeFile(join(folder, name), `${lines.join('\n')}\n`);
  }
  return folder;
}

function inFolder(
  folder: string,
  files: Record<string, readonly string[]>,
): Record<string, readonly string[]> {
  return Object.fromEntries(Object.entries(files).map(([name, lines]) => [`${folder}/${name}`, lines]));
}

/** A notebook's text as the vendor's client sends it. */
export function aNotebook(...cells: readonly string[]): string {
  return JSON.stringify({
    cells: cells.map((source) => ({
      cell_type: 'code',
      execution_count: null,
      metadata: {},
      outputs: [],
      source,
    })),
    metadata: { kernelspec: { display_name: 'Python 3', language: 'python', name: 'python3' } },
    nbformat: 4,
    nbformat_minor: 4,
  });
}

/** Standard library only, so that it is done in a moment: answers every row of whatever test set it finds rightly. */
export const rightNotebook = aNotebook(
  `import csv, os
data = os.path.join(os.environ.get('KAGGLE_INPUT_DIR', '/kaggle/input'), 'over-three')
rows = list(csv.DictReader(open(os.path.join(data, 'test.csv'))))
print('rows', len(rows))`,
  `with open('submission.csv', 'w', newline='') as file:
    out = csv.writer(file)
    out.writerow(['id', 'y'])
    out.writerows([row['id'], int(int(row['x']) > 3)] for row in rows)`,
);
