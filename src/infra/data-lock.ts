import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { z } from 'zod';
import type { Log } from '../domain/log.ts';
import { type Address, currentAddress } from './postgres.ts';

/** The worker process that holds a database. */
export type LockHolder = {
  pid: number | null;
  /** Where its web page is; null where it does not fit into what the database shows of a connection. */
  url: string | null;
  since: Date;
};

export type DataLock = {
  /** Lets the next worker in. Safe to call twice. */
  release(): Promise<void>;
};

export type DataLockAnswer =
  | { outcome: 'held'; lock: DataLock }
  | { outcome: 'taken'; holder: LockHolder | null };

/** Two numbers, so that `pg_locks` shows them as they are. "kagg" and "work" in letters' codes. */
const lockClass = 0x6b616767;
const lockObject = 0x776f726b;
const connectTimeoutMs = 10_000;
const firstKeepAliveMs = 10_000;
const tryAgainMs = 1_000;
/** A network that swallows everything without closing is found by asking for a sign of life. */
const askEveryMs = 15_000;
const defaultAnswerTimeoutMs = 5_000;
/** Postgres cuts application names to this many bytes. */
const nameBytes = 63;
const namePattern = /^kaggle-agent worker (\d+)(?: (\S+))?$/;

type LockOptions = {
  connectionString: Address;
  holder: { pid: number; url: string };
  log: Log;
  askEveryMs?: number;
  answerTimeoutMs?: number;
  /** The connection was lost, and another worker has the database now: stop working. */
  onLost: (holder: LockHolder | null) => void;
};

/**
 * Claims a database for this worker process, on a connection of its own: the claim ends with the process,
 * however it ends. A lost connection is made again and the claim with it.
 * @throws what pg throws while connecting
 */
export async function takeDataLock(options: LockOptions): Promise<DataLockAnswer> {
  const ending = new AbortController();
  let client = await connect(options);
  if (!(await tryLock(client))) {
    const holder = await readHolder(client);
    await client.end();
    return { outcome: 'taken', holder };
  }
  const watch = (watched: pg.Client): void => {
    const asking = setInterval(() => askForLife(watched), options.askEveryMs ?? askEveryMs);
    asking.unref();
    watched.once('end', () => {
      clearInterval(asking);
      if (ending.signal.aborted) return;
      options.log.warn({}, 'the connection that holds the database was lost');
      void reclaim(options, ending.signal).then((again) => {
        if (again === null) return;
        client = again;
        watch(again);
      });
    });
  };
  watch(client);
  return {
    outcome: 'held',
    lock: {
      async release() {
        if (ending.signal.aborted) return;
        ending.abort();
        await client.end().catch(() => undefined);
      },
    },
  };
}

/** A connection that answers no more is ended here, which is all that a dead network leaves to do. */
function askForLife(client: pg.Client): void {
  client.query('select 1').catch(() => {
    client.end().catch(() => undefined);
  });
}

/** Who holds a database now; null when nobody does. */
export async function findLockHolder(connectionString: Address): Promise<LockHolder | null> {
  const client = createClient(connectionString, 'kaggle-agent');
  await client.connect();
  try {
    return await readHolder(client);
  } finally {
    await client.end();
  }
}

/** @returns the new connection; null when it is over, or another worker was faster. */
async function reclaim(options: LockOptions, signal: AbortSignal): Promise<pg.Client | null> {
  while (!signal.aborted) {
    const client = await connect(options).catch(() => null);
    if (client === null) {
      await sleep(tryAgainMs, undefined, { signal }).catch(() => undefined);
      continue;
    }
    if (signal.aborted) {
      await client.end().catch(() => undefined);
      return null;
    }
    const claimed = await tryLock(client).catch(() => null);
    if (claimed === true) {
      options.log.info({}, 'holds the database again');
      return client;
    }
    const holder = claimed === false ? await readHolder(client).catch(() => null) : null;
    await client.end().catch(() => undefined);
    // A server that restarts may still show our own old connection; that one is no other worker.
    if (claimed === false && holder !== null && holder.pid !== options.holder.pid) {
      options.onLost(holder);
      return null;
    }
    await sleep(tryAgainMs, undefined, { signal }).catch(() => undefined);
  }
  return null;
}

async function connect(options: LockOptions): Promise<pg.Client> {
  const { connectionString, holder, log } = options;
  const client = createClient(connectionString, nameOf(holder), options);
  client.on('error', ({ message }) =>
    log.debug({ reason: message }, 'the connection of the data lock failed'),
  );
  await client.connect();
  return client;
}

function createClient(
  connectionString: Address,
  applicationName: string,
  options: Pick<LockOptions, 'answerTimeoutMs'> = {},
): pg.Client {
  const client = new pg.Client({
    connectionString: currentAddress(connectionString),
    application_name: applicationName,
    connectionTimeoutMillis: connectTimeoutMs,
    query_timeout: options.answerTimeoutMs ?? defaultAnswerTimeoutMs,
    keepAlive: true,
    keepAliveInitialDelayMillis: firstKeepAliveMs,
  });
  client.on('error', () => undefined);
  return client;
}

function nameOf({ pid, url }: { pid: number; url: string }): string {
  const whole = `kaggle-agent worker ${pid} ${url}`.trimEnd();
  return Buffer.byteLength(whole) <= nameBytes ? whole : `kaggle-agent worker ${pid}`;
}

async function tryLock(client: pg.Client): Promise<boolean> {
  const { rows } = await client.query<{ locked: boolean }>('select pg_try_advisory_lock($1, $2) as locked', [
    lockClass,
    lockObject,
  ]);
  return rows[0]?.locked === true;
}

const holderRow = z.object({ application_name: z.string().nullable(), backend_start: z.date().nullable() });

async function readHolder(client: pg.Client): Promise<LockHolder | null> {
  const { rows } = await client.query(
    `select a.application_name, a.backend_start
     from pg_locks l join pg_stat_activity a on a.pid = l.pid
     where l.locktype = 'advisory' and l.granted and l.classid::bigint = $1 and l.objid::bigint = $2 and l.objsubid = 2
       and l.database = (select oid from pg_database where datname = current_database())`,
    [lockClass, lockObject],
  );
  const row = holderRow.safeParse(rows[0]);
  if (!row.success) return null;
  const [, pid, url] = namePattern.exec(row.data.application_name ?? '') ?? [];
  return {
    pid: pid === undefined ? null : Number(pid),
    url: url ?? null,
    since: row.data.backend_start ?? new Date(0),
  };
}
