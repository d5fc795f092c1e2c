import { spawn } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { glob, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { ConfigurationFailure } from '../../domain/errors.ts';
import type { Log } from '../../domain/log.ts';

/** A cold build takes seconds; on a slow machine under load, tens of them. */
const buildTimeoutMs = 180_000;

/** What the page is made from: its own sources, the schemas that it shares, and the packages. */
const sources = ['web/**/*', 'src/embedded/page/wire.ts', 'package-lock.json'];

/** Says what a build was made from; the static server does not serve it. */
const stampName = 'made-from.txt';

export type BuildPageOptions = {
  /** The project's folder. */
  root: string;
  log: Log;
  signal: AbortSignal;
};

/**
 * Builds the chat page where it is missing or older than its sources.
 * @returns the folder of its static files
 * @throws ConfigurationFailure `page.build_failed`
 */
export async function ensurePageBuilt(options: BuildPageOptions): Promise<string> {
  const { root, log } = options;
  const folder = join(root, 'build/page');
  const wanted = await hashOfSources(root);
  if ((await stampOf(folder)) === wanted) return folder;
  const made = `${folder}-${randomUUID().slice(0, 8)}`;
  try {
    await runVite(options, made);
    await writeFile(join(made, stampName), wanted);
    await replaceFolder(made, folder);
  } finally {
    await rm(made, { recursive: true, force: true });
  }
  log.info({ folder }, 'chat page built');
  return folder;
}

/** Two starts at once may both build; the later one's folder takes the place of an equal one. */
async function replaceFolder(made: string, folder: string): Promise<void> {
  const old = `${made}-old`;
  await rename(folder, old).catch(() => undefined);
  await rename(made, folder).catch(async (error: unknown) => {
    if ((await stampOf(folder)) === null) throw error;
  });
  await rm(old, { recursive: true, force: true });
}

async function stampOf(folder: string): Promise<string | null> {
  return await readFile(join(folder, stampName), 'utf8').catch(() => null);
}

async function hashOfSources(root: string): Promise<string> {
  const files: string[] = [];
  for await (const entry of glob(sources, { cwd: root, withFileTypes: true })) {
    if (entry.isFile()) files.push(join(entry.parentPath, entry.name));
  }
  const hash = createHash('sha256');
  for (const file of files.sort()) hash.update(`${file.slice(root.length)}\n`).update(await readFile(file));
  return hash.digest('hex');
}

/** As a program of its own: the agent need not hold a compiler in its memory. */
async function runVite({ root, log, signal }: BuildPageOptions, outFolder: string): Promise<void> {
  await mkdir(outFolder, { recursive: true });
  const vite = resolve(root, 'node_modules/vite/bin/vite.js');
  const args = [vite, 'build', '--config', 'web/vite.config.ts', '--outDir', outFolder, '--logLevel', 'warn'];
  const limit = AbortSignal.any([signal, AbortSignal.timeout(buildTimeoutMs)]);
  const child = spawn(process.execPath, args, {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: '', NODE_ENV: 'production', NO_COLOR: '1' },
    signal: limit,
  });
  let said = '';
  const listen = (chunk: Buffer): void => {
    said = `${said}${chunk.toString()}`.slice(-2_000);
  };
  child.stdout.on('data', listen);
  child.stderr.on('data', listen);
  const exitCode = await new Promise<number | null>((done) => {
    child.on('error', () => undefined);
    child.on('close', done);
  });
  signal.throwIfAborted();
  if (exitCode === 0) return;
  log.error({ exitCode, said }, 'the chat page could not be built');
  throw new ConfigurationFailure(
    'The chat page could not be built, so it cannot be opened. Run script/setup; if it fails again, the log says why.',
    { code: 'page.build_failed', details: { exitCode } },
  );
}
