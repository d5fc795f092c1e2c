import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { runMigrations } from 'bullmq';
import type pg from 'pg';
import { startEmbeddedPostgres } from '../../src/embedded/postgres.ts';
import { migrate } from '../../src/infra/migrate.ts';
import { createPools } from '../../src/infra/postgres.ts';
import { connectRedis } from '../../src/infra/redis.ts';
import { createQueues, type QueueBackend, type Queues } from '../../src/jobs/queues.ts';
import { createPgPort } from '../../src/state/pg-port.ts';
import type { StatePort } from '../../src/state/port.ts';
import { quietLog } from './context.ts';

export const backendNames = ['postgres', 'redis'] as const;
export type BackendName = (typeof backendNames)[number];

/** The agent's database with its usual settings, and the queues of one backend, in a folder that goes at the end. */
export type Bench = {
  folder: string;
  state: StatePort;
  pool: pg.Pool;
  connectionString: string;
  queues: Queues;
  close(): Promise<void>;
};

export function findRedisServer(): string | null {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/bin', '/usr/local/bin'];
  return folders.map((folder) => join(folder, 'redis-server')).find((path) => existsSync(path)) ?? null;
}

/** @returns null where this machine lacks the backend */
export async function openBench(name: BackendName, signal: AbortSignal): Promise<Bench | null> {
  const redisServer = findRedisServer();
  if (name === 'redis' && redisServer === null) return null;
  const folder = await mkdtemp(join(tmpdir(), 'kaggle-agent-bench-'));
  const server = await startEmbeddedPostgres({ dataFolder: folder, log: quietLog, signal });
  const { connectionString } = server;
  const pools = createPools({ connectionString, log: quietLog });
  await migrate({
    pool: pools.state,
    folder: join(import.meta.dirname, '../../supabase/migrations'),
    log: quietLog,
  });
  const backend =
    name === 'redis' && redisServer !== null
      ? await redisBackend(redisServer, folder)
      : await postgresBackend(pools.queue);
  const queues = createQueues(backend.place, { onError: () => undefined });
  return {
    folder,
    state: createPgPort(pools.state),
    pool: pools.state,
    connectionString,
    queues,
    async close() {
      await queues.close();
      await backend.close();
      await pools.close();
      await server.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

type Opened = { place: QueueBackend; close(): Promise<void> };

async function postgresBackend(connection: pg.Pool): Promise<Opened> {
  const client = await connection.connect();
  await runMigrations(client, 'bullmq').finally(() => client.release());
  return { place: { kind: 'postgres', connection }, close: async () => undefined };
}

async function redisBackend(binary: string, folder: string): Promise<Opened> {
  const server = await startRedisServer(binary, { folder, port: await freePort() });
  const opened = openRedisQueues(server.url);
  return {
    place: opened.place,
    async close() {
      await opened.close();
      await server.kill();
    },
  };
}

/** The connections of one process to the queues on Redis; the caller makes the queues. */
export function openRedisQueues(url: string): Opened {
  const onError = () => undefined;
  const redis = connectRedis(url, { onError });
  const forWorkers = connectRedis(url, { onError, commandTimeoutMs: null, maxRetriesPerRequest: null });
  return {
    place: { kind: 'redis', connection: redis.client, workerConnection: forWorkers.client },
    async close() {
      await Promise.all([redis.close(), forWorkers.close()]);
    },
  };
}

export type RedisServer = { url: string; pid: number; kill(): Promise<void> };

/** A Redis that keeps nothing on disk, ready when this returns. */
export async function startRedisServer(
  binary: string,
  { folder, port }: { folder: string; port: number },
): Promise<RedisServer> {
  const place = ['--port', `${port}`, '--bind', '127.0.0.1', '--dir', folder];
  const child: ChildProcess = spawn(binary, [...place, '--save', '', '--appendonly', 'no'], {
    stdio: 'ignore',
  });
  const ended = once(child, 'exit');
  const url = `redis://127.0.0.1:${port}`;
  const probe = connectRedis(url, { onError: () => undefined, maxRetriesPerRequest: null });
  await probe.ping(AbortSignal.timeout(10_000));
  await probe.close();
  return {
    url,
    pid: child.pid ?? 0,
    async kill() {
      child.kill('SIGKILL');
      await ended;
    },
  };
}

export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 0;
}
