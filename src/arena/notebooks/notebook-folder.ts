import { constants } from 'node:fs';
import { copyFile, mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join, sep } from 'node:path';
import type { PublicFile } from '../competition-schema.ts';

/** One line of a session's log, as the vendor writes it; `time` counts seconds from the start. */
export type LogEntry = { stream_name: 'stdout' | 'stderr'; time: number; data: string };

/** Where one run of a notebook lies. */
export type NotebookFolder = {
  root: string;
  /** What Kaggle shows as /kaggle/input and /kaggle/working. */
  input: string;
  working: string;
  temp: string;
  script: string;
  /** An empty folder: the notebook's own root is laid over it, and nobody else sees it. */
  mountPoint: string;
};

export function notebookFolder(root: string): NotebookFolder {
  return {
    root,
    input: join(root, 'input'),
    working: join(root, 'working'),
    temp: join(root, 'temp'),
    script: join(root, 'script.py'),
    mountPoint: join(root, 'root'),
  };
}

/** A folder below /kaggle/input: the name that it has there, and its files. */
export type NotebookInput = { name: string; files: readonly Pick<PublicFile, 'name' | 'path'>[] };

/** Lays a fresh folder for one run; what an earlier, broken run left there goes. */
export async function layFolder(
  folder: NotebookFolder,
  { program, inputs, signal }: { program: string; inputs: readonly NotebookInput[]; signal: AbortSignal },
): Promise<void> {
  await clearRun(folder);
  await rm(folder.working, { recursive: true, force: true });
  for (const path of [folder.input, folder.working, folder.temp, folder.mountPoint]) {
    await mkdir(path, { recursive: true, mode: 0o700 });
  }
  await writeFile(folder.script, program, { mode: 0o600 });
  for (const input of inputs) {
    for (const file of input.files) {
      signal.throwIfAborted();
      const target = join(folder.input, input.name, file.name);
      await mkdir(dirname(target), { recursive: true });
      // Shares the blocks where the file system can.
      await copyFile(file.path, target, constants.COPYFILE_FICLONE);
    }
  }
}

/** Keeps the output of a run and removes the rest. */
export async function clearRun({ input, temp, script, mountPoint }: NotebookFolder): Promise<void> {
  for (const path of [input, temp, script, mountPoint]) await rm(path, { recursive: true, force: true });
}

/** Regular files that a run left, by name. Links are left out: they could lead anywhere. */
export async function outputFiles(root: string): Promise<PublicFile[]> {
  const folder = join(root, 'working');
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return await Promise.all(
    paths.sort().map(async (path) => {
      const { size: sizeBytes, mtime: modifiedAt } = await stat(path);
      const name = path
        .slice(folder.length + 1)
        .split(sep)
        .join('/');
      return { name, path, sizeBytes, modifiedAt };
    }),
  );
}

export async function writeLog(root: string, entries: readonly LogEntry[]): Promise<void> {
  await writeFile(join(root, 'log.json'), JSON.stringify(entries), { mode: 0o600 });
}

/** The log of an ended run as JSON; the empty list where there is none. */
export async function readLog(root: string): Promise<string> {
  return await readFile(join(root, 'log.json'), 'utf8').catch(() => '[]');
}
