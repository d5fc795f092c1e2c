import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { inject, onTestFinished } from 'vitest';
import { z } from 'zod';
import { createPgPort } from '../../src/state/pg-port.ts';
import type { StatePort } from '../../src/state/port.ts';

const clusterSchema = z.object({ agentUrl: z.string(), adminUrl: z.string(), template: z.string() });

/** The Postgres of this test run; the first question starts it. */
export async function testCluster(): Promise<z.output<typeof clusterSchema>> {
  const response = await fetch(inject('databaseDoor'));
  if (!response.ok) throw new Error(await response.text());
  return clusterSchema.parse(await response.json());
}

export type FreshDatabase = {
  /** As the agent's own user, who is no superuser. */
  connectionString: string;
  /** The same database as the superuser. */
  adminConnectionString: string;
};

/** A database of the test's own, dropped after it. `empty` leaves out the migrations. */
export async function freshDatabase(options: { empty?: boolean } = {}): Promise<FreshDatabase> {
  const cluster = await testCluster();
  const name = `test_${randomBytes(8).toString('hex')}`;
  const template = options.empty === true ? 'template1' : cluster.template;
  // Copied as files: page by page through the shared buffers takes ten times the time.
  await asAdmin(
    cluster.adminUrl,
    `create database ${name} template ${template} owner agent strategy file_copy`,
  );
  onTestFinished(() => asAdmin(cluster.adminUrl, `drop database ${name} with (force)`));
  return {
    connectionString: withDatabase(cluster.agentUrl, name),
    adminConnectionString: withDatabase(cluster.adminUrl, name),
  };
}

/** A pool that ends with the test. */
export function testPool(connectionString: string, max = 20): pg.Pool {
  const pool = new pg.Pool({ connectionString, max });
  pool.on('error', () => undefined);
  pool.on('connect', (client) => client.on('error', () => undefined));
  onTestFinished(() => pool.end());
  return pool;
}

/** A migrated database with nothing in it, and the state port that reaches it. */
export async function freshState(): Promise<FreshDatabase & { pool: pg.Pool; state: StatePort }> {
  const database = await freshDatabase();
  const pool = testPool(database.connectionString);
  return { ...database, pool, state: createPgPort(pool) };
}

/** What one statement answers, over a connection of its own. */
export async function rowsOf(connectionString: string, sql: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

export function withDatabase(url: string, database: string): string {
  const changed = new URL(url);
  changed.pathname = database;
  return changed.href;
}

async function asAdmin(adminUrl: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: adminUrl });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}
