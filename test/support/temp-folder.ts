import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { quickDisk } from './quick-disk.ts';

/** An empty folder that is gone when the test ends. */
export async function tempFolder(): Promise<string> {
  return await folderIn(tmpdir());
}

/** The same for the files of a database, which are many. */
export async function databaseFolder(): Promise<string> {
  return await folderIn(await quickDisk());
}

async function folderIn(parent: string): Promise<string> {
  const folder = await mkdtemp(join(parent, 'kaggle-agent-test-'));
  // What a test left at work may be writing its last file there.
  onTestFinished(() => rm(folder, { recursive: true, force: true, maxRetries: 10 }));
  return folder;
}
