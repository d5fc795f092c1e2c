import { chmod, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { tempFolder } from '../temp-folder.ts';

export type LocalDockerState = {
  /** As `docker info` tells it; null: there is none. */
  daemon: { ServerVersion: string; OSType: string; SecurityOptions: string[]; Runtimes: object } | null;
  /** Interpreter by image. */
  images: Record<string, string>;
  /** How containers end, by docker's word, in place of how they did. */
  end: { OOMKilled?: boolean; ExitCode?: number };
};

/** A docker program of its own that runs containers as processes, for one test (docker_runs.py). */
export async function aLocalDocker(python: string, changes: Partial<LocalDockerState> = {}) {
  const folder = await tempFolder();
  const daemon = { ServerVersion: '28.2.2', OSType: 'linux', SecurityOptions: [], Runtimes: { runc: {} } };
  const state: LocalDockerState = { daemon, images: {}, end: {}, ...changes };
  await writeFile(join(folder, 'state.json'), JSON.stringify(state));
  const source = join(import.meta.dirname, 'docker_runs.py');
  const program = join(folder, 'docker');
  await writeProgram(program, `exec '${python}' -I -S '${source}' '${folder}' "$@"`);
  await mkdir(join(folder, 'bin'));
  await writeProgram(join(folder, 'bin', 'python3'), `exec '${python}' "$@"`);
  const calls = async (): Promise<string[][]> => {
    const lines = (await readFile(join(folder, 'calls.jsonl'), 'utf8').catch(() => '')).split('\n');
    return lines.filter((line) => line !== '').map((line) => JSON.parse(line));
  };
  const containers = async (): Promise<string[]> =>
    (await readdir(folder)).filter((name) => name.endsWith('.container'));
  return { program, calls, containers, folder };
}

async function writeProgram(path: string, line: string): Promise<void> {
  await writeFile(path, `#!/bin/sh\n${line}\n`);
  await chmod(path, 0o755);
}
