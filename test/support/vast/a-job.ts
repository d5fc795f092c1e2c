import { mkdir, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { onTestFinished } from 'vitest';
import { packRunner } from '../../../src/providers/compute/runner-archive.ts';
import { aJobServer, aSheet, type JobServer, published, publishSheet } from '../runner-kit.ts';

const runnerFolder = resolve(import.meta.dirname, '../../../runner');

/** A job whose files lie behind signed links, as a rented machine finds them. */
export async function aRentedJob(
  script: string,
  changes: Parameters<typeof aSheet>[2] = {},
): Promise<{ server: JobServer; jobSheetUrl: string; runnerUrl: string }> {
  const server = await aJobServer();
  const sheet = await aSheet(server, script, { isolation: { network: 'inherit' }, ...changes });
  const jobSheetUrl = await publishSheet(server, sheet);
  const { url: runnerUrl } = await published(server, 'runner.tar.gz', await packRunner(runnerFolder));
  return { server, jobSheetUrl, runnerUrl };
}

/** A folder where `python3` is this interpreter. */
export async function pythonFolderOf(python: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'vast-python-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  await mkdir(folder, { recursive: true });
  await symlink(python, join(folder, 'python3'));
  return folder;
}
