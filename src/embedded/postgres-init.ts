import { chown, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { ConfigurationFailure, SystemFailure } from '../domain/errors.ts';
import type { Log } from '../domain/log.ts';
import { runProcess } from './child-process.ts';
import { isMade, type PostgresConnection, type PostgresFolder } from './postgres-folder.ts';
import type { PostgresPrograms } from './postgres-programs.ts';
import type { PostgresUser } from './postgres-user.ts';

const initTimeoutMs = 300_000;
const halfMade = 'cluster.half-made';
const passwordDraft = 'password';
/** The first major version whose own UTF-8 locale needs nothing of the operating system. */
const firstWithBuiltinLocale = 17;

type InitOptions = {
  folder: PostgresFolder;
  programs: PostgresPrograms;
  user: PostgresUser;
  connection: PostgresConnection;
  log: Log;
  signal: AbortSignal;
};

/**
 * Makes the cluster where there is none. It is made under another name and renamed when it is complete, so
 * that a start which was cut short is begun again.
 * @throws ConfigurationFailure `postgres.other_version`, `postgres.folder_in_use`, SystemFailure `disk.full`, `postgres.init_failed`
 */
export async function makeCluster(options: InitOptions): Promise<void> {
  const { folder, user, log } = options;
  if (await isMade(folder)) {
    await checkVersion(folder, user);
    return;
  }
  await removeHalfMade(folder, log);
  const draft = join(folder.root, `${halfMade}.${process.pid}`);
  await mkdir(draft, { mode: 0o700 });
  if (user.owner !== null) await chown(draft, user.owner.uid, user.owner.gid);
  await runInitdb(draft, options);
  // A folder that holds anything is never replaced, so of two starts at once one wins.
  await rename(draft, folder.cluster).catch(async (cause: unknown) => {
    await rm(draft, { recursive: true, force: true });
    // The other start's cluster has the same password and is as good.
    if (await isMade(folder)) return;
    throw new ConfigurationFailure(
      `${folder.cluster} holds something that is no database: move it away, or choose another data folder with KAGGLE_AGENT_DATA.`,
      { code: 'postgres.folder_in_use', cause },
    );
  });
  log.info({ folder: folder.cluster, version: user.version.text }, 'made the built-in database');
}

async function checkVersion(folder: PostgresFolder, { version }: PostgresUser): Promise<void> {
  const made = (await readFile(join(folder.cluster, 'PG_VERSION'), 'utf8')).trim();
  if (made === String(version.major)) return;
  throw new ConfigurationFailure(
    `The database in ${folder.cluster} was made by Postgres ${made}, and this agent brings Postgres ${version.text}, which cannot read it: use the version of the agent that made it, or choose another data folder with KAGGLE_AGENT_DATA.`,
    { code: 'postgres.other_version', details: { made, ours: version.text } },
  );
}

/** Drafts, and their passwords, whose process is gone; a living one is a start at this very moment. */
async function removeHalfMade(folder: PostgresFolder, log: Log): Promise<void> {
  for (const name of await readdir(folder.root)) {
    const kind = [halfMade, passwordDraft].find((start) => name.startsWith(`${start}.`));
    if (kind === undefined) continue;
    const pid = Number(name.slice(kind.length + 1));
    if (pid !== process.pid && isAlive(pid)) continue;
    await rm(join(folder.root, name), { recursive: true, force: true });
    if (kind === passwordDraft) continue;
    log.warn({ folder: basename(name) }, 'removed a database that was only half made');
  }
}

async function runInitdb(
  draft: string,
  { folder, programs, user, connection, signal }: InitOptions,
): Promise<void> {
  const passwordFile = join(folder.root, `${passwordDraft}.${process.pid}`);
  await writeFile(passwordFile, connection.adminPassword, { mode: 0o600 });
  try {
    if (user.owner !== null) await chown(passwordFile, user.owner.uid, user.owner.gid);
    const args = [
      `--pgdata=${draft}`,
      `--username=${connection.adminUser}`,
      `--pwfile=${passwordFile}`,
      '--auth=scram-sha-256',
      '--encoding=UTF8',
      '--locale=C',
      ...(user.version.major >= firstWithBuiltinLocale
        ? ['--locale-provider=builtin', '--builtin-locale=C.UTF-8']
        : []),
    ];
    const ended = await runProcess(user.launch, [programs.initdb, ...args], {
      signal,
      timeoutMs: initTimeoutMs,
    });
    signal.throwIfAborted();
    if (ended.exitCode !== 0) throw initFailure(draft, `${ended.stdout}\n${ended.stderr}`);
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    throw error;
  } finally {
    await rm(passwordFile, { force: true });
  }
}

function initFailure(draft: string, output: string): SystemFailure {
  if (/No space left on device|Disk quota exceeded/.test(output)) return diskFull(draft);
  const lastWords =
    output
      .trim()
      .split('\n')
      .filter((line) => /error|fatal/i.test(line))
      .at(-1) ?? output.trim().slice(-300);
  return new SystemFailure(`The built-in database could not be made: ${lastWords.trim()}`, {
    code: 'postgres.init_failed',
    scope: 'process',
    details: { output: output.slice(-2_000) },
  });
}

export function diskFull(folder: string): SystemFailure {
  return new SystemFailure(`The disk that holds ${folder} is full: free some space, then start again.`, {
    code: 'disk.full',
    scope: 'process',
  });
}

/** True where a process of this number exists, whoever it belongs to. */
export function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
