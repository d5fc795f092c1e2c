import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';

const fileSchema = z.object({ schema: z.literal(1), id: z.uuid() });

const fileOf = (root: string) => join(root, 'installation.json');

/** Keeps the installation's id beside the database, so that its machines are found when that is gone. */
export async function writeInstallationFile(root: string, id: string): Promise<void> {
  if ((await readInstallationFile(root)) === id) return;
  const partial = `${fileOf(root)}.partial`;
  await writeFile(partial, `${JSON.stringify({ schema: 1, id })}\n`);
  await rename(partial, fileOf(root));
}

/** @returns null where no agent has started on this folder yet */
export async function readInstallationFile(root: string): Promise<string | null> {
  try {
    return fileSchema.parse(JSON.parse(await readFile(fileOf(root), 'utf8'))).id;
  } catch {
    return null;
  }
}
