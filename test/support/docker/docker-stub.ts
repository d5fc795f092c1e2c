import { chmod, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { tempFolder } from '../temp-folder.ts';
import type { DockerState } from './docker-program.ts';

type Call = { args: string[]; env: Record<string, string> };

/** A docker program of its own, with an empty registry, for one test. */
export async function aDocker(changes: Partial<DockerState> = {}) {
  const folder = await tempFolder();
  const stateFile = join(folder, 'state.json');
  const start: DockerState = {
    hasBuildx: true,
    hasDaemon: true,
    login: null,
    faults: {},
    registry: {},
    ...changes,
  };
  await writeFile(stateFile, JSON.stringify(start));
  const program = join(folder, 'docker');
  const source = join(import.meta.dirname, 'docker-program.ts');
  await writeFile(program, `#!/bin/sh\nexec '${process.execPath}' '${source}' '${folder}' "$@"\n`);
  await chmod(program, 0o755);
  const state = async (): Promise<DockerState> => JSON.parse(await readFile(stateFile, 'utf8'));
  const calls = async (): Promise<Call[]> => {
    const lines = (await readFile(join(folder, 'calls.jsonl'), 'utf8').catch(() => '')).split('\n');
    return lines.filter((line) => line !== '').map((line) => JSON.parse(line));
  };
  const change = async (more: Partial<DockerState>) =>
    await writeFile(stateFile, JSON.stringify({ ...(await state()), ...more }));
  return { program, state, calls, change };
}
