import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, chown, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect, onTestFinished, test, vi } from 'vitest';
import { z } from 'zod';
import type { Log } from '../../src/domain/log.ts';
import { attachEmbeddedPostgres, startEmbeddedPostgres } from '../../src/embedded/postgres.ts';
import { findPostgresPrograms, type PostgresPrograms } from '../../src/embedded/postgres-programs.ts';
import { findLivePostmaster } from '../../src/embedded/postmaster.ts';
import { rowsOf } from '../support/database.ts';
import { recordingLog, silentLog } from '../support/silent-log.ts';
import { databaseFolder } from '../support/temp-folder.ts';

const patience = { timeout: 20_000 };
const slow = 90_000;
const isRoot = process.getuid?.() === 0;
const isLinux = process.platform === 'linux';
const script = new URL('../support/start-postgres.ts', import.meta.url).pathname;

async function start(dataFolder: string, options: { log?: Log; programs?: PostgresPrograms } = {}) {
  const postgres = await startEmbeddedPostgres({
    dataFolder,
    log: options.log ?? silentLog,
    signal: AbortSignal.timeout(slow),
    ...(options.programs === undefined ? {} : { programs: options.programs }),
  });
  onTestFinished(() => postgres.stop());
  return postgres;
}

async function livePid(dataFolder: string): Promise<number> {
  return (await findLivePostmaster(join(dataFolder, 'postgres', 'cluster')))?.pid ?? 0;
}

async function changeConnection(dataFolder: string, change: (text: string) => string): Promise<void> {
  const file = join(dataFolder, 'postgres', 'connection.json');
  await writeFile(file, change(await readFile(file, 'utf8')));
}

const saidSchema = z.object({ connectionString: z.string(), adopted: z.boolean() });

/** An agent in a process of its own, reduced to its database. */
async function otherProcess(dataFolder: string, options: { uid?: number; gid?: number } = {}) {
  const child: ChildProcess = spawn(process.execPath, [script, dataFolder], {
    stdio: ['pipe', 'pipe', 'inherit'],
    ...options,
  });
  // The database ends with the process that started it; one that shares it has nothing to wait for.
  let owns = true;
  onTestFinished(async () => {
    child.kill('SIGKILL');
    if (owns) await vi.waitFor(async () => expect(await livePid(dataFolder)).toBe(0), patience);
  });
  if (child.stdout === null) throw new Error('no output');
  for await (const line of createInterface(child.stdout)) {
    const said = saidSchema.parse(JSON.parse(line));
    owns = !said.adopted;
    return { child, ...said };
  }
  throw new Error('the other process ended');
}

test(
  'the first start makes a database for an ordinary user, the second finds everything again',
  async () => {
    const folder = await databaseFolder();
    const first = await start(folder);
    expect(first).toMatchObject({ adopted: false, port: expect.any(Number) });
    await rowsOf(first.connectionString, `create table kept as select 'ä' as text`);
    await first.stop();
    expect(await attachEmbeddedPostgres(folder)).toBeNull();

    const second = await start(folder);

    expect(await rowsOf(second.connectionString, 'select text from kept')).toEqual([{ text: 'ä' }]);
    const [facts] = await rowsOf(
      second.connectionString,
      `select current_user as "user", current_database() as database, rolsuper, current_setting('server_encoding') as encoding,
      current_setting('TimeZone') as timezone, current_setting('listen_addresses') as addresses, current_setting('fsync') as fsync,
      current_setting('synchronous_commit') as sync, 'Ä' ilike 'ä' as knows_letters from pg_roles where rolname = current_user`,
    );
    expect(facts).toEqual({
      user: 'agent',
      database: 'kaggle_agent',
      rolsuper: false,
      encoding: 'UTF8',
      timezone: 'UTC',
      addresses: '127.0.0.1',
      fsync: 'on',
      sync: 'on',
      knows_letters: true,
    });
  },
  slow,
);

test(
  'only our user may read the password, and without it nobody gets in',
  async () => {
    const folder = await databaseFolder();
    const { connectionString, adminConnectionString } = await start(folder);

    expect((await stat(join(folder, 'postgres', 'connection.json'))).mode & 0o777).toBe(0o600);
    expect((await stat(join(folder, 'postgres', 'cluster'))).mode & 0o777).toBe(0o700);
    for (const url of [connectionString, adminConnectionString]) {
      const guess = new URL(url);
      guess.password = 'guess';
      await expect(rowsOf(guess.href, 'select 1')).rejects.toMatchObject({ code: '28P01' });
    }
    expect(await readFile(join(folder, 'logs', 'postgres.log'), 'utf8')).not.toContain(
      new URL(connectionString).password,
    );
  },
  slow,
);

test(
  'a second start beside a living one shares its database, and leaves it running when it stops',
  async () => {
    const folder = await databaseFolder();
    const first = await start(folder);
    const second = await start(folder);

    expect(second).toMatchObject({
      adopted: true,
      port: first.port,
      connectionString: first.connectionString,
    });
    await second.stop();
    expect(await rowsOf(first.connectionString, 'select 1 as one')).toEqual([{ one: 1 }]);
    expect(await attachEmbeddedPostgres(folder)).toBe(first.connectionString);
  },
  slow,
);

test(
  'two agents that start at the same moment on an empty folder end with one database',
  async () => {
    const folder = await databaseFolder();

    const both = await Promise.all([otherProcess(folder), otherProcess(folder)]);

    expect(both.map(({ adopted }) => adopted).sort()).toEqual([false, true]);
    expect(both[0].connectionString).toBe(both[1].connectionString);
    expect((await readdir(join(folder, 'postgres'))).sort()).toEqual(['cluster', 'connection.json']);
  },
  slow,
);

test.skipIf(!isLinux)(
  'an agent that is killed takes its database along',
  async () => {
    const folder = await databaseFolder();
    const { child } = await otherProcess(folder);
    const pid = await livePid(folder);
    expect(pid).toBeGreaterThan(0);

    child.kill('SIGKILL');

    await vi.waitFor(() => expect(() => process.kill(pid, 0)).toThrow(), patience);
  },
  slow,
);

test.skipIf(!isLinux)(
  'the database is in a session of its own, so that Ctrl-C in a terminal does not reach it, and has none of our variables',
  async () => {
    process.env.KAGGLE_AGENT_TEST_CANARY = 'canary';
    const folder = await databaseFolder();
    await start(folder);
    const pid = await livePid(folder);

    const fields = (await readFile(`/proc/${pid}/stat`, 'utf8')).replace(/^.*\) /, '').split(' ');
    expect(Number(fields[3])).toBe(pid);
    expect(await readFile(`/proc/${pid}/environ`, 'utf8')).not.toContain('canary');
  },
  slow,
);

test(
  'what a killed agent left running is ended, and a fresh server started on the same data',
  async () => {
    const folder = await databaseFolder();
    const orphan = await start(folder);
    await rowsOf(orphan.connectionString, `create table kept as select 7 as number`);
    const pid = await livePid(folder);
    await changeConnection(folder, (text) => text.replace(/"ownerPid": \d+/, `"ownerPid": ${nobodysPid()}`));
    const { log, lines } = recordingLog();

    const fresh = await start(folder, { log });

    expect(fresh.adopted).toBe(false);
    expect(await livePid(folder)).not.toBe(pid);
    expect(await rowsOf(fresh.connectionString, 'select number from kept')).toEqual([{ number: 7 }]);
    expect(lines.filter(({ level }) => level === 'warn')).toMatchObject([
      { message: 'ended a database that a killed agent had left running', fields: { pid } },
    ]);
  },
  slow,
);

/** A process number that belongs to nobody: above what any system gives out. */
function nobodysPid(): number {
  return 2 ** 22 + 1;
}

test(
  'the pid file of a killed database is cleared with one line, and nothing that was committed is lost',
  async () => {
    const folder = await databaseFolder();
    const killed = await start(folder);
    await rowsOf(killed.connectionString, `create table kept as select 7 as number`);
    const pid = await livePid(folder);
    process.kill(pid, 'SIGKILL');
    await vi.waitFor(() => expect(() => process.kill(pid, 0)).toThrow(), patience);
    const { log, lines } = recordingLog();

    const again = await start(folder, { log });

    expect(await rowsOf(again.connectionString, 'select number from kept')).toEqual([{ number: 7 }]);
    expect(lines.filter(({ level }) => level === 'warn')).toMatchObject([
      { message: 'cleared the pid file of a database that did not end properly', fields: { pid } },
    ]);
  },
  slow,
);

test(
  'a pid file whose number belongs to another program by now does not stop a start',
  async () => {
    const folder = await databaseFolder();
    const killed = await start(folder);
    const pidFile = join(folder, 'postgres', 'cluster', 'postmaster.pid');
    const text = await readFile(pidFile, 'utf8');
    await killed.stop();
    const stranger = spawn('sleep', ['1000']);
    onTestFinished(() => void stranger.kill());
    await writeFile(pidFile, text.replace(/^\d+/, String(stranger.pid)));

    const again = await start(folder);

    expect(await rowsOf(again.connectionString, 'select 1 as one')).toEqual([{ one: 1 }]);
    expect(stranger.exitCode).toBeNull();
  },
  slow,
);

test(
  'a database that was only half made is made again',
  async () => {
    const folder = await databaseFolder();
    const halfMade = join(folder, 'postgres', `cluster.half-made.${nobodysPid()}`);
    await mkdir(join(halfMade, 'base'), { recursive: true });
    await writeFile(join(halfMade, 'PG_VERSION'), '18\n');
    await writeFile(join(folder, 'postgres', `password.${nobodysPid()}`), 'secret');
    const { log, lines } = recordingLog();

    await start(folder, { log });

    expect((await readdir(join(folder, 'postgres'))).sort()).toEqual(['cluster', 'connection.json']);
    expect(lines).toContainEqual(
      expect.objectContaining({ message: 'removed a database that was only half made' }),
    );
  },
  slow,
);

test(
  'a folder with something else in it is left as it is',
  async () => {
    const folder = await databaseFolder();
    const file = join(folder, 'postgres', 'cluster', 'letter.txt');
    await mkdir(join(folder, 'postgres', 'cluster'), { recursive: true });
    await writeFile(file, 'dear reader');

    await expect(start(folder)).rejects.toMatchObject({
      kind: 'configuration',
      code: 'postgres.folder_in_use',
    });
    expect(await readFile(file, 'utf8')).toBe('dear reader');
  },
  slow,
);

test(
  'a data folder of another version of Postgres is refused, naming both',
  async () => {
    const folder = await databaseFolder();
    await (await start(folder)).stop();
    await writeFile(join(folder, 'postgres', 'cluster', 'PG_VERSION'), '19\n');

    await expect(start(folder)).rejects.toMatchObject({
      kind: 'configuration',
      code: 'postgres.other_version',
      message: expect.stringMatching(/Postgres 19.*Postgres 18\.\d/),
    });
  },
  slow,
);

test(
  'a data folder without its password, or with a damaged one, says what to restore',
  async () => {
    const folder = await databaseFolder();
    await (await start(folder)).stop();

    await changeConnection(folder, () => '{"half": ');
    await expect(start(folder)).rejects.toMatchObject({
      kind: 'configuration',
      code: 'postgres.bad_connection_file',
    });
    await expect(attachEmbeddedPostgres(folder)).rejects.toMatchObject({
      code: 'postgres.bad_connection_file',
    });
  },
  slow,
);

test(
  'a full disk is told as such, whether the database is made or started',
  async () => {
    const real = await findPostgresPrograms();
    const folder = await databaseFolder();
    const fake = async (name: string, real: string) => {
      const program = join(folder, name);
      const words = 'FATAL:  could not write to file "pg_wal/xlogtemp.29": No space left on device';
      await writeFile(
        program,
        `#!/bin/sh\n[ "$1" = --version ] && exec ${real} --version\necho '${words}' >&2\nexit 1\n`,
      );
      await chmod(program, 0o755);
      return program;
    };
    await chmod(folder, 0o755);
    const initdb = await fake('initdb', real.initdb);
    const postgres = await fake('postgres', real.postgres);
    const full = { kind: 'system', scope: 'process', code: 'disk.full' };

    await expect(start(join(folder, 'one'), { programs: { ...real, initdb } })).rejects.toMatchObject(full);
    await expect(start(join(folder, 'two'), { programs: { ...real, postgres } })).rejects.toMatchObject(full);
  },
  slow,
);

test('a platform for which no database comes along is told what to do', async () => {
  await expect(findPostgresPrograms('linux', 'riscv64')).rejects.toMatchObject({
    kind: 'configuration',
    code: 'postgres.no_programs',
    message: expect.stringContaining('DATABASE_URL'),
  });
});

test(
  'a program that cannot run here is told as such',
  async () => {
    const folder = await databaseFolder();
    const programs = { initdb: '/no/initdb', postgres: '/no/postgres' };

    await expect(start(folder, { programs })).rejects.toMatchObject({
      kind: 'configuration',
      code: 'postgres.cannot_run',
    });
  },
  slow,
);

test.skipIf(!isRoot)(
  'an ordinary user needs nothing of all that root needs',
  async () => {
    const nobody = 65_534;
    const folder = await databaseFolder();
    await chown(folder, nobody, nobody);

    const { child, connectionString } = await otherProcess(folder, { uid: nobody, gid: nobody });

    expect(await rowsOf(connectionString, 'select 1 as one')).toEqual([{ one: 1 }]);
    expect((await stat(join(folder, 'postgres', 'cluster'))).uid).toBe(nobody);
    child.stdin?.end();
    await once(child, 'exit');
    const asRoot = await start(folder);
    expect(await rowsOf(asRoot.connectionString, 'select 1 as one')).toEqual([{ one: 1 }]);
  },
  slow,
);

test.skipIf(!isRoot)(
  'the database of root runs as another user, who may pass through folders of root',
  async () => {
    const folder = await databaseFolder();
    expect((await stat(folder)).mode & 0o777).toBe(0o700);
    await start(folder);

    const pid = await livePid(folder);
    const status = await readFile(`/proc/${pid}/status`, 'utf8');
    expect(status).toMatch(/^Uid:\t(?!0\t)\d+/m);
    // CAP_DAC_OVERRIDE and nothing else; nothing can be gained either
    expect(status).toMatch(/^CapEff:\t0{15}2$/m);
    expect(status).toMatch(/^NoNewPrivs:\t1$/m);
  },
  slow,
);

test.skipIf(!isRoot)(
  'in folders that everybody may enter the database has no power at all',
  async () => {
    const folder = await databaseFolder();
    await chmod(folder, 0o755);
    await start(folder);

    expect(await readFile(`/proc/${await livePid(folder)}/status`, 'utf8')).toMatch(/^CapEff:\t0{16}$/m);
  },
  slow,
);

test(
  'a start that is called off leaves nothing running and can be made again',
  async () => {
    const folder = await databaseFolder();
    const cause = new AbortController();
    const starting = startEmbeddedPostgres({ dataFolder: folder, log: silentLog, signal: cause.signal });
    await vi.waitFor(
      async () => expect(await readdir(join(folder, 'postgres'))).toContain('connection.json'),
      patience,
    );
    cause.abort(new Error('called off'));

    await expect(starting).rejects.toThrow('called off');
    expect(await livePid(folder)).toBe(0);
    const again = await start(folder);
    expect(again.adopted).toBe(false);
  },
  slow,
);
