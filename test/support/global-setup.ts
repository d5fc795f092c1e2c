import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { join } from 'node:path';
import pg from 'pg';
import type { TestProject } from 'vitest/node';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../../src/embedded/postgres.ts';
import { migrate } from '../../src/infra/migrate.ts';
import { quickDisk } from './quick-disk.ts';
import { silentLog } from './silent-log.ts';

/** The name of the database that every test's own one is copied from. */
export const templateDatabase = 'migrated_template';
const startTimeoutMs = 120_000;

declare module 'vitest' {
  interface ProvidedContext {
    /** Asked over HTTP, it answers with the addresses of the tests' Postgres, which the first question starts. */
    databaseDoor: string;
  }
}

export type TestCluster = { agentUrl: string; adminUrl: string; template: string };

/** One Postgres for all test files of a run; started by the first test that needs one, ended after the last. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(await quickDisk(), 'kaggle-agent-test-'));
  let starting: Promise<EmbeddedPostgres> | undefined;
  const server = createServer((_, response) => {
    starting ??= startCluster(folder);
    starting.then(
      ({ connectionString, adminConnectionString }) => {
        const cluster: TestCluster = {
          agentUrl: connectionString,
          adminUrl: adminConnectionString,
          template: templateDatabase,
        };
        response.end(JSON.stringify(cluster));
      },
      (error: unknown) => response.writeHead(500).end(String(error)),
    );
  });
  project.provide('databaseDoor', await listen(server));
  return async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    const cluster = await starting?.catch(() => undefined);
    await cluster?.stop();
    await rm(folder, { recursive: true, force: true });
  };
}

export async function startCluster(folder: string): Promise<EmbeddedPostgres> {
  const cluster = await startEmbeddedPostgres({
    dataFolder: folder,
    log: silentLog,
    signal: AbortSignal.timeout(startTimeoutMs),
    // Nothing here must outlive the machine.
    settings: {
      fsync: 'off',
      full_page_writes: 'off',
      synchronous_commit: 'off',
      max_connections: '200',
      // Tests connect often, and nobody attacks their passwords.
      scram_iterations: '1',
      // Its files may lie in memory.
      max_wal_size: '128MB',
      track_functions: 'all',
    },
  });
  const admin = new pg.Client({ connectionString: cluster.adminConnectionString });
  await admin.connect();
  await admin.query(`create database ${templateDatabase} owner agent`);
  await admin.end();
  const url = new URL(cluster.connectionString);
  url.pathname = templateDatabase;
  const pool = new pg.Pool({ connectionString: url.href, max: 1 });
  await migrate({
    pool,
    folder: new URL('../../supabase/migrations', import.meta.url).pathname,
    log: silentLog,
  });
  await pool.end();
  return cluster;
}

function listen(server: Server): Promise<string> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      resolve(`http://127.0.0.1:${port}/`);
    });
  });
}
