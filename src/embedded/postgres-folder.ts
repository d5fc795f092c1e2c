import { randomBytes } from 'node:crypto';
import { chmod, link, mkdir, open, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { ConfigurationFailure } from '../domain/errors.ts';

/** Where the built-in database keeps its things in the data folder. */
export type PostgresFolder = {
  root: string;
  /** Postgres' own data folder. */
  cluster: string;
  connectionFile: string;
  logFile: string;
};

export function postgresFolder(dataFolder: string): PostgresFolder {
  const root = join(resolve(dataFolder), 'postgres');
  return {
    root,
    cluster: join(root, 'cluster'),
    connectionFile: join(root, 'connection.json'),
    logFile: join(resolve(dataFolder), 'logs', 'postgres.log'),
  };
}

/** How other commands reach the database; only our user may read it. */
const connectionSchema = z.object({
  user: z.string(),
  password: z.string(),
  database: z.string(),
  /** Superuser, for making the user and the database above. */
  adminUser: z.string(),
  adminPassword: z.string(),
  /** The server that was started last, and the process that started it and will stop it. */
  server: z.object({ pid: z.number().int(), port: z.number().int(), ownerPid: z.number().int() }).nullable(),
});
export type PostgresConnection = z.output<typeof connectionSchema>;

const onlyOurs = 0o600;
const passwordBytes = 24;

/** Makes the folders; the database's user must be able to pass through, but not to list. */
export async function makeFolders(folder: PostgresFolder): Promise<void> {
  await mkdir(join(folder.logFile, '..'), { recursive: true });
  await mkdir(folder.root, { recursive: true });
  await chmod(folder.root, 0o711);
}

/** @returns null where no database was ever made. @throws ConfigurationFailure `postgres.bad_connection_file` */
export async function readConnection(folder: PostgresFolder): Promise<PostgresConnection | null> {
  const text = await readFile(folder.connectionFile, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return null;
    throw new ConfigurationFailure(
      `${folder.connectionFile} may not be read (${error.code}): start the agent as the user who made the data folder.`,
      { code: 'postgres.bad_connection_file', cause: error },
    );
  });
  if (text === null) return null;
  const parsed = connectionSchema.safeParse(parseJson(text));
  if (parsed.success) return parsed.data;
  throw new ConfigurationFailure(
    `${folder.connectionFile} is damaged, and it alone knows the database's password: restore it, or move ${folder.root} away to begin with an empty database.`,
    { code: 'postgres.bad_connection_file', cause: parsed.error },
  );
}

/** The stored connection; made with new passwords when there is none, by whoever comes first. */
export async function readOrMakeConnection(folder: PostgresFolder): Promise<PostgresConnection> {
  const stored = await readConnection(folder);
  if (stored !== null) return stored;
  if (await isMade(folder)) {
    throw new ConfigurationFailure(
      `${folder.connectionFile} is missing, and it alone knows the database's password: restore it, or move ${folder.root} away to begin with an empty database.`,
      { code: 'postgres.bad_connection_file' },
    );
  }
  const made: PostgresConnection = {
    user: 'agent',
    password: newPassword(),
    database: 'kaggle_agent',
    adminUser: 'postgres',
    adminPassword: newPassword(),
    server: null,
  };
  const draft = `${folder.connectionFile}.${process.pid}.first`;
  await writeFile(draft, JSON.stringify(made, null, 2), { mode: onlyOurs });
  // Unlike a rename, a link never takes the place of a file that somebody else just made.
  await link(draft, folder.connectionFile).catch(() => undefined);
  await rm(draft, { force: true });
  return (await readConnection(folder)) ?? (await writeConnection(folder, made));
}

/** True where the cluster is complete: it gets its name only then. */
export async function isMade(folder: PostgresFolder): Promise<boolean> {
  return (await readFile(join(folder.cluster, 'PG_VERSION'), 'utf8').catch(() => '')) !== '';
}

/** Written beside and renamed, so that a reader never sees half of it. */
export async function writeConnection(
  folder: PostgresFolder,
  connection: PostgresConnection,
): Promise<PostgresConnection> {
  const draft = `${folder.connectionFile}.${process.pid}.draft`;
  const file = await open(draft, 'w', onlyOurs);
  try {
    await file.writeFile(JSON.stringify(connection, null, 2));
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(draft, folder.connectionFile);
  return connection;
}

/** The address of our database; with `as: 'admin'`, of the superuser's. */
export function connectionStringOf(
  connection: PostgresConnection,
  port: number,
  as: 'agent' | 'admin' = 'agent',
): string {
  const { user, password, database, adminUser, adminPassword } = connection;
  return as === 'agent'
    ? `postgres://${user}:${password}@127.0.0.1:${port}/${database}`
    : `postgres://${adminUser}:${adminPassword}@127.0.0.1:${port}/postgres`;
}

function newPassword(): string {
  return randomBytes(passwordBytes).toString('base64url');
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
