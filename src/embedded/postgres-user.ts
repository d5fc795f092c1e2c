import { stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { ConfigurationFailure } from '../domain/errors.ts';
import type { Log } from '../domain/log.ts';
import { type Launch, runProcess } from './child-process.ts';
import type { PostgresPrograms } from './postgres-programs.ts';

/** Who runs the database. Postgres refuses to run as root, and owns its folder alone. */
export type Owner = { uid: number; gid: number };

export type PostgresUser = {
  /** Null: the user that runs us. */
  owner: Owner | null;
  launch: Launch;
  /** As `postgres --version` says it. */
  version: { text: string; major: number };
};

const userName = 'postgres';
const quickMs = 15_000;
/** Ends the database when the process that started it dies in whatever way, before it could end it itself. */
const dieWithParent = ['setpriv', '--pdeathsig', 'INT'];
const enterFoldersOfRoot = ['--inh-caps=+dac_override', '--ambient-caps=+dac_override'];

/**
 * Finds a way to run Postgres here, and proves it by asking Postgres for its version that way.
 * As root on Linux that is another user: the owner of the cluster where there is one, else `postgres`, which
 * is made when it is missing. Folders that only root may enter are opened to the database by one capability.
 * @throws ConfigurationFailure `postgres.no_user`, `postgres.cannot_enter`, `postgres.cannot_run`, `postgres.wrong_owner`
 */
export async function findPostgresUser(options: {
  programs: PostgresPrograms;
  clusterFolder: string;
  log: Log;
  signal: AbortSignal;
}): Promise<PostgresUser> {
  const uid = process.getuid?.();
  const existing = await stat(options.clusterFolder).catch(() => null);
  const owner = uid === 0 ? await ownerForRoot(existing, options) : null;
  if (owner === null && existing !== null && uid !== undefined && existing.uid !== uid) {
    throw new ConfigurationFailure(
      `The database in ${options.clusterFolder} belongs to another user (number ${existing.uid}): start the agent as that user, or choose another data folder with KAGGLE_AGENT_DATA.`,
      { code: 'postgres.wrong_owner' },
    );
  }
  const closed = owner === null ? null : await firstClosedFolder(options, owner);
  return probe(launches(owner, closed !== null), owner, closed, options);
}

/** Ways to start the database, best first. */
function launches(owner: Owner | null, needsCapability: boolean): Launch[] {
  const isLinux = process.platform === 'linux';
  if (owner === null) return [...(isLinux ? [{ prefix: [...dieWithParent, '--'] }] : []), { prefix: [] }];
  const become = [`--reuid=${owner.uid}`, `--regid=${owner.gid}`, '--clear-groups', '--no-new-privs'];
  if (needsCapability) {
    return isLinux ? [{ prefix: [...dieWithParent, ...become, ...enterFoldersOfRoot, '--'] }] : [];
  }
  const plain = { prefix: [], ...owner };
  return isLinux ? [{ prefix: [...dieWithParent, ...become, '--'] }, plain] : [plain];
}

async function probe(
  candidates: readonly Launch[],
  owner: Owner | null,
  closed: string | null,
  { programs, signal }: { programs: PostgresPrograms; signal: AbortSignal },
): Promise<PostgresUser> {
  let lastWords = '';
  for (const launch of candidates) {
    const answer = await runProcess(launch, [programs.postgres, '--version'], { signal, timeoutMs: quickMs });
    signal.throwIfAborted();
    const text = /\d+(\.\d+)*/.exec(answer.stdout)?.[0];
    if (answer.exitCode === 0 && text !== undefined) {
      return { owner, launch, version: { text, major: Number.parseInt(text, 10) } };
    }
    lastWords = answer.stderr.trim();
  }
  if (closed !== null && (await runsForUs(programs, signal))) {
    throw new ConfigurationFailure(
      `The database cannot run as root, and its user "${userName}" may not enter ${closed}: start the agent as an ordinary user, move it and its data folder to where everybody may enter, or set DATABASE_URL.`,
      { code: 'postgres.cannot_enter', details: { folder: closed, lastWords } },
    );
  }
  throw new ConfigurationFailure(
    `The built-in database cannot run on this system (${lastWords.split('\n')[0]}): set DATABASE_URL to a Postgres of your own.`,
    { code: 'postgres.cannot_run', details: { lastWords } },
  );
}

/** True where it is not the program that is at fault. */
async function runsForUs({ postgres }: PostgresPrograms, signal: AbortSignal): Promise<boolean> {
  const { exitCode } = await runProcess({ prefix: [] }, [postgres, '--version'], {
    signal,
    timeoutMs: quickMs,
  });
  return exitCode === 0;
}

async function ownerForRoot(
  existing: Owner | null,
  options: { log: Log; signal: AbortSignal },
): Promise<Owner> {
  if (existing !== null && existing.uid !== 0) return { uid: existing.uid, gid: existing.gid };
  const found = await idsOfUser(options.signal);
  if (found !== null) return found;
  const run = (...command: string[]) =>
    runProcess({ prefix: [] }, command, { signal: options.signal, timeoutMs: quickMs });
  await run('groupadd', '--system', userName);
  const made = await run(
    'useradd',
    '--system',
    '--no-create-home',
    '--shell',
    '/usr/sbin/nologin',
    '-g',
    userName,
    userName,
  );
  const fresh = await idsOfUser(options.signal);
  if (fresh !== null) {
    options.log.info({ user: userName }, 'made a system user for the database');
    return fresh;
  }
  throw new ConfigurationFailure(
    `The database cannot run as root, and the user "${userName}" could not be made for it: start the agent as an ordinary user, make that user yourself, or set DATABASE_URL.`,
    { code: 'postgres.no_user', details: { lastWords: made.stderr.trim() } },
  );
}

async function idsOfUser(signal: AbortSignal): Promise<Owner | null> {
  const ask = (flag: string) =>
    runProcess({ prefix: [] }, ['id', flag, userName], { signal, timeoutMs: quickMs });
  const [uid, gid] = await Promise.all([ask('-u'), ask('-g')]);
  if (uid.exitCode !== 0 || gid.exitCode !== 0) return null;
  return { uid: Number(uid.stdout), gid: Number(gid.stdout) };
}

/** The outermost folder on the way to the programs or the cluster that the owner may not enter; null where none. */
async function firstClosedFolder(
  { programs, clusterFolder }: { programs: PostgresPrograms; clusterFolder: string },
  owner: Owner,
): Promise<string | null> {
  for (const folder of [...foldersAbove(programs.postgres), ...foldersAbove(clusterFolder)]) {
    const found = await stat(folder).catch(() => null);
    if (found !== null && !mayEnter(found, owner)) return folder;
  }
  return null;
}

function mayEnter(folder: { uid: number; gid: number; mode: number }, owner: Owner): boolean {
  if (folder.uid === owner.uid) return (folder.mode & 0o100) !== 0;
  if (folder.gid === owner.gid) return (folder.mode & 0o010) !== 0;
  return (folder.mode & 0o001) !== 0;
}

function foldersAbove(path: string): string[] {
  const parent = dirname(path);
  return parent === path ? [path] : [...foldersAbove(parent), parent];
}
