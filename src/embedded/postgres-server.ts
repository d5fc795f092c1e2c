import type { ChildProcess } from 'node:child_process';
import { open, rename, stat } from 'node:fs/promises';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Failure, SystemFailure, TransientFailure } from '../domain/errors.ts';
import { startProcess } from './child-process.ts';
import type { PostgresFolder } from './postgres-folder.ts';
import { diskFull } from './postgres-init.ts';
import type { RunningServer } from './postgres-keeper.ts';
import type { PostgresPrograms } from './postgres-programs.ts';
import type { PostgresUser } from './postgres-user.ts';
import { readPostmaster } from './postmaster.ts';

const pollMs = 10;
/** Long, since a crash in the middle of much writing is mended before the database is ready. */
const readyTimeoutMs = 180_000;
const logLimitBytes = 10_000_000;
const firstWithIoMethod = 18;

type ServerOptions = {
  folder: PostgresFolder;
  programs: PostgresPrograms;
  user: PostgresUser;
  settings: Readonly<Record<string, string>>;
  /** Null: any free one. */
  port: number | null;
  signal: AbortSignal;
};

/** The settings of a small database of one machine that must lose nothing. */
function settingsFor(port: number, { user, settings }: ServerOptions): Record<string, string> {
  return {
    listen_addresses: '127.0.0.1',
    port: String(port),
    unix_socket_directories: '',
    max_connections: '60',
    shared_buffers: '64MB',
    dynamic_shared_memory_type: 'mmap',
    // Nobody replicates from here, so the log need only serve recovery.
    wal_level: 'minimal',
    max_wal_senders: '0',
    max_wal_size: '256MB',
    fsync: 'on',
    synchronous_commit: 'on',
    jit: 'off',
    max_parallel_workers_per_gather: '0',
    ...(user.version.major >= firstWithIoMethod ? { io_method: 'sync' } : {}),
    timezone: 'UTC',
    log_timezone: 'UTC',
    log_line_prefix: '%m [%p] %a ',
    ...settings,
  };
}

/**
 * Starts the server on its port of this machine and waits until it takes connections.
 * @returns null when another server took the cluster or the port in the same moment: look again.
 * @throws SystemFailure `disk.full`, `postgres.start_failed`, TransientFailure `postgres.slow_start`
 */
export async function startServer(options: ServerOptions): Promise<RunningServer | null> {
  const port = options.port ?? (await freePort());
  const log = await openLog(options.folder.logFile);
  try {
    const { size: logStart } = await log.stat();
    const args = Object.entries(settingsFor(port, options)).flatMap(([name, value]) => [
      '-c',
      `${name}=${value}`,
    ]);
    const child = startProcess(
      options.user.launch,
      [options.programs.postgres, '-D', options.folder.cluster, ...args],
      log.fd,
    );
    const exited = new Promise<void>((resolve) => {
      child.once('exit', () => resolve());
      child.once('error', () => resolve());
    });
    child.unref();
    const outcome = await Promise.race([exited, waitUntilReady(child, options)]);
    if (outcome === 'ready' && child.pid !== undefined) return { pid: child.pid, port, exited };
    return explainExit(await logSince(options.folder.logFile, logStart), options.folder);
  } finally {
    await log.close();
  }
}

async function waitUntilReady(
  child: ChildProcess,
  { folder, signal }: ServerOptions,
): Promise<'ready' | 'exited'> {
  const deadline = performance.now() + readyTimeoutMs;
  while (child.exitCode === null && child.signalCode === null) {
    const postmaster = await readPostmaster(folder.cluster);
    if (postmaster?.pid === child.pid && postmaster?.isReady) return 'ready';
    if (signal.aborted || performance.now() > deadline) {
      child.kill('SIGINT');
      signal.throwIfAborted();
      throw new TransientFailure(
        'The built-in database is not ready after three minutes; its log says why.',
        {
          code: 'postgres.slow_start',
          details: { logFile: folder.logFile },
        },
      );
    }
    await sleep(pollMs);
  }
  return 'exited';
}

/** What the server's last lines mean. @returns null for what a second try may mend. @throws the failure */
function explainExit(words: string, folder: PostgresFolder): null {
  if (/No space left on device|Disk quota exceeded/.test(words)) throw diskFull(folder.cluster);
  if (/lock file "postmaster.pid" already exists|still in use|Address already in use/.test(words))
    return null;
  throw startFailure(words, folder);
}

function startFailure(words: string, folder: PostgresFolder): Failure {
  const lines = words.trim().split('\n');
  const reason = lines.filter((text) => /FATAL|PANIC|error/i.test(text)).at(-1) ?? lines.at(-1) ?? '';
  return new SystemFailure(
    `The built-in database did not start: ${reason.replace(/^.*?(FATAL|PANIC):\s*/, '')} (more in ${folder.logFile})`,
    { code: 'postgres.start_failed', scope: 'process', details: { words: words.slice(-2_000) } },
  );
}

async function logSince(path: string, start: number): Promise<string> {
  const file = await open(path, 'r');
  try {
    const { size } = await file.stat();
    const buffer = Buffer.alloc(Math.max(0, size - start));
    await file.read(buffer, 0, buffer.length, start);
    return buffer.toString();
  } finally {
    await file.close();
  }
}

/** Appends; a log that has grown large becomes `postgres.log.1` first. */
async function openLog(path: string): ReturnType<typeof open> {
  const size = await stat(path).then(
    (found) => found.size,
    () => 0,
  );
  if (size > logLimitBytes) await rename(path, `${path}.1`);
  return open(path, 'a', 0o600);
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}
