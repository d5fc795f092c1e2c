import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { birthMarkOf, killFamily } from '../../../src/providers/compute/process-table.ts';

export type Container = {
  pid: number;
  /** Its end by itself: exit status, or 128 and the signal's number. Not called after `kill`. */
  ended: Promise<number>;
  /** Everything at once, as when the power fails. */
  kill(): Promise<void>;
};

const killPatienceMs = 10_000;
const killedStatus = 137;

/** Runs a container's command as processes of this machine, with an empty folder for its file system. */
export async function startContainer(options: {
  command: readonly string[];
  variables: Readonly<Record<string, string>>;
  /** Folder with `python3`. */
  pythonFolder: string | null;
  onLine: (line: string) => void;
}): Promise<Container> {
  const [program = '', ...args] = options.command;
  const home = await mkdtemp(join(tmpdir(), 'saladcloud-'));
  const path = [options.pythonFolder, '/usr/local/bin', '/usr/bin', '/bin'].filter((one) => one !== null);
  const child = spawn(program, args, {
    cwd: home,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: path.join(delimiter),
      HOME: home,
      TMPDIR: home,
      LANG: 'C.UTF-8',
      // A fresh disk has no compiled files either, and ours shall not get any.
      PYTHONDONTWRITEBYTECODE: '1',
      ...options.variables,
    },
  });
  for (const stream of [child.stdout, child.stderr]) readLines(stream, options.onLine);
  const gone = new Promise<number>((done) => {
    child.once('error', () => done(127));
    child.once('exit', (code) => done(code ?? killedStatus));
  });
  const pid = child.pid ?? 0;
  const birthMark = (await birthMarkOf(pid)) ?? '';
  const clear = async () => {
    await killFamily(birthMark === '' ? null : { pid, birthMark }, home, killPatienceMs);
    await rm(home, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
  };
  let isKilled = false;
  const ended = new Promise<number>((done) => {
    void gone.then(async (status) => {
      if (isKilled) return;
      await clear();
      done(status);
    });
  });
  return {
    pid,
    ended,
    async kill() {
      isKilled = true;
      await clear();
      await gone;
    },
  };
}

function readLines(stream: NodeJS.ReadableStream, onLine: (line: string) => void): void {
  let rest = '';
  stream.setEncoding('utf8').on('data', (chunk: string) => {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) onLine(line);
  });
}
