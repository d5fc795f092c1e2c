import { execFile } from 'node:child_process';
import { readFile, readlink, realpath, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { SystemFailure } from '../domain/errors.ts';
import type { Log } from '../domain/log.ts';
import { isAlive } from './postgres-init.ts';

/** What `postmaster.pid` says of the server that runs, or ran, on a cluster. */
export type Postmaster = { pid: number; port: number; isReady: boolean };

const pollMs = 10;
const fastStopMs = 20_000;
const immediateStopMs = 5_000;
const killMs = 5_000;
const psTimeoutMs = 5_000;

/** Source: PostgreSQL `src/include/utils/pidfile.h`: one fact a line, counted from 1. */
const line = { pid: 1, port: 4, status: 8 };

export async function readPostmaster(cluster: string): Promise<Postmaster | null> {
  const text = await readFile(pidFile(cluster), 'utf8').catch(() => null);
  if (text === null) return null;
  const lines = text.split('\n');
  const fact = (number: number): string => (lines[number - 1] ?? '').trim();
  return {
    pid: Number(fact(line.pid)),
    port: Number(fact(line.port)),
    isReady: fact(line.status) === 'ready',
  };
}

/** The server that really runs on this cluster: its pid file alone may be old, and its number another program's by now. */
export async function findLivePostmaster(cluster: string): Promise<Postmaster | null> {
  const found = await readPostmaster(cluster);
  return found !== null && isAlive(found.pid) && (await isPostmasterOf(found.pid, cluster)) ? found : null;
}

/** A postmaster's working directory is its cluster. Where that cannot be seen, the program's name must do. */
async function isPostmasterOf(pid: number, cluster: string): Promise<boolean> {
  if (process.platform === 'linux') {
    const [cwd, folder] = await Promise.all([readlink(`/proc/${pid}/cwd`), realpath(cluster)]).catch(
      () => [],
    );
    return cwd !== undefined && cwd === folder;
  }
  if (process.platform === 'win32') return true;
  const ps = promisify(execFile)('ps', ['-o', 'comm=', '-p', String(pid)], { timeout: psTimeoutMs });
  return /postgres/.test(await ps.then(({ stdout }) => stdout).catch(() => ''));
}

/**
 * Makes way for a start where the last server left its pid file behind. Postgres itself takes over the file of
 * a dead process, but not one whose number belongs to another program by now; it is never deleted, since
 * Postgres also reads from it whether children of the dead server are still at work on the files.
 */
export async function clearStalePidFile(cluster: string, log: Log): Promise<void> {
  const left = await readPostmaster(cluster);
  if (left === null) return;
  log.warn({ pid: left.pid }, 'cleared the pid file of a database that did not end properly');
  if (!isAlive(left.pid)) return;
  const text = await readFile(pidFile(cluster), 'utf8');
  // The number of its parent process is the one living number that Postgres takes for an old one.
  await writeFile(pidFile(cluster), text.replace(/^.*$/m, String(process.pid)));
}

/**
 * Ends a server: fast (open transactions are rolled back, clients let go, all written), then at once, then hard.
 * @throws SystemFailure `postgres.does_not_stop`
 */
export async function stopPostmaster(pid: number, log: Log): Promise<void> {
  for (const [signal, waitMs] of [
    ['SIGINT', fastStopMs],
    ['SIGQUIT', immediateStopMs],
    ['SIGKILL', killMs],
  ] as const) {
    try {
      process.kill(pid, signal);
    } catch {
      return;
    }
    if (await endsWithin(pid, waitMs)) return;
    log.warn({ pid, signal }, 'the database does not stop');
  }
  throw new SystemFailure(`The database (process ${pid}) does not stop: end it by hand.`, {
    code: 'postgres.does_not_stop',
    scope: 'process',
  });
}

async function endsWithin(pid: number, waitMs: number): Promise<boolean> {
  const deadline = performance.now() + waitMs;
  while (isAlive(pid)) {
    if (performance.now() > deadline) return false;
    await sleep(pollMs);
  }
  return true;
}

function pidFile(cluster: string): string {
  return join(cluster, 'postmaster.pid');
}
