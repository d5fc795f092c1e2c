import { lstat, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { OwnFiles } from '../../domain/retention.ts';

const dayMs = 24 * 3_600_000;

/**
 * Removes our own files and folders of one place whose lifetime is over. A folder is as old as the newest thing in
 * it; links are not followed. What is in use or already gone is left alone.
 * @returns how many went
 */
export async function removeOldFiles(
  { folder, names, days, keepNewest }: OwnFiles,
  options: { now: Date; signal: AbortSignal },
): Promise<number> {
  const found: { path: string; changedMs: number }[] = [];
  for (const name of await namesIn(folder)) {
    options.signal.throwIfAborted();
    if (!names.test(name)) continue;
    const path = join(folder, name);
    const changedMs = await newestMs(path);
    if (changedMs !== null) found.push({ path, changedMs });
  }
  const limitMs = options.now.getTime() - days * dayMs;
  const old = found
    .toSorted((a, b) => b.changedMs - a.changedMs)
    .slice(keepNewest)
    .filter(({ changedMs }) => changedMs < limitMs);
  for (const { path } of old) await rm(path, { recursive: true, force: true });
  return old.length;
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}

/** The last change of a file, or of anything in a folder, in milliseconds since 1970; null for what is gone. */
async function newestMs(path: string): Promise<number | null> {
  try {
    const facts = await lstat(path);
    if (!facts.isDirectory()) return facts.mtimeMs;
    let newest = facts.mtimeMs;
    for (const name of await readdir(path))
      newest = Math.max(newest, (await newestMs(join(path, name))) ?? 0);
    return newest;
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
