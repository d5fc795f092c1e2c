import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { z } from 'zod';
import { ConfigurationFailure } from '../domain/errors.ts';
import { type Address, currentAddress } from './postgres.ts';

/** What our functions need. */
const oldestMajor = 15;
/** One process's own, with a few for people who look in. */
const neededConnections = 25;
const connectTimeoutMs = 10_000;
const tryAgainMs = 500;
const defaultPatienceMs = 10_000;

export type PostgresFacts = {
  version: string;
  isEncrypted: boolean;
  /** Fewer than a process of ours may want at its busiest. */
  hasFewConnections: boolean;
};

/**
 * Looks whether a Postgres can be worked with, before anything is done in it. A server that is just starting is
 * waited for.
 * @param options.patienceMs how long a server that refuses connections may take to come up
 * @throws ConfigurationFailure `postgres.bad_address`, `postgres.unreachable`, `postgres.login_refused`,
 * `postgres.no_database`, `postgres.no_tls`, `postgres.bad_certificate`, `postgres.too_old`, `postgres.read_only`,
 * `postgres.full`; each names DATABASE_URL
 */
export async function checkPostgres(
  address: Address,
  options: { signal: AbortSignal; patienceMs?: number },
): Promise<PostgresFacts> {
  const deadline = performance.now() + (options.patienceMs ?? defaultPatienceMs);
  for (;;) {
    options.signal.throwIfAborted();
    try {
      return await lookAt(address);
    } catch (error) {
      if (error instanceof ConfigurationFailure) throw error;
      if (!isComingUp(error) || performance.now() > deadline) throw startFailure(error, address);
      await sleep(tryAgainMs, undefined, { signal: options.signal });
    }
  }
}

const factsRow = z.object({
  number: z.coerce.number().int(),
  version: z.string(),
  encrypted: z.boolean(),
  replica: z.boolean(),
  read_only: z.boolean(),
  connections: z.coerce.number().int(),
});

async function lookAt(address: Address): Promise<PostgresFacts> {
  const client = new pg.Client({
    connectionString: currentAddress(address),
    application_name: 'kaggle-agent start',
    connectionTimeoutMillis: connectTimeoutMs,
    query_timeout: connectTimeoutMs,
  });
  client.on('error', () => undefined);
  try {
    await client.connect();
    const { rows } = await client.query(
      `select current_setting('server_version_num') as number, current_setting('server_version') as version,
         coalesce((select ssl from pg_stat_ssl where pid = pg_backend_pid()), false) as encrypted,
         pg_is_in_recovery() as replica, current_setting('default_transaction_read_only') = 'on' as read_only,
         least(nullif((select rolconnlimit from pg_roles where rolname = current_user), -1),
               current_setting('max_connections')::integer) as connections`,
    );
    return judge(factsRow.parse(rows[0]));
  } finally {
    await client.end().catch(() => undefined);
  }
}

function judge(facts: z.output<typeof factsRow>): PostgresFacts {
  const { version, number } = facts;
  if (number < oldestMajor * 10_000) {
    throw new ConfigurationFailure(
      `The Postgres of DATABASE_URL is version ${version}, and ${oldestMajor} or newer is needed: upgrade it, or choose another.`,
      { code: 'postgres.too_old', details: { version } },
    );
  }
  if (facts.replica || facts.read_only) {
    throw new ConfigurationFailure(
      `The Postgres of DATABASE_URL takes no changes (${facts.replica ? 'it is a replica' : 'it is read-only'}): name the primary server.`,
      { code: 'postgres.read_only' },
    );
  }
  return {
    version,
    isEncrypted: facts.encrypted,
    hasFewConnections: facts.connections < neededConnections,
  };
}

const networkCodes = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
]);

/** Refused, or "the database system is starting up". A name that is unknown stays so. */
function isComingUp(error: unknown): boolean {
  const code = codeOf(error);
  return code === 'ECONNREFUSED' || code === 'ECONNRESET' || code === '57P03';
}

/** What hinders a start, in a sentence that names the setting; nothing of the address but the host. */
function startFailure(error: unknown, address: Address): ConfigurationFailure {
  const code = codeOf(error);
  const text = error instanceof Error ? error.message : String(error);
  const where = placeOf(address);
  const fail = (reason: string, message: string) =>
    new ConfigurationFailure(message, { code: `postgres.${reason}`, cause: error, details: { code } });
  if (code === '28P01' || code === '28000') {
    return fail(
      'login_refused',
      `The Postgres at ${where} refuses the login of DATABASE_URL: check its user and password (special characters are written as %40 and the like).`,
    );
  }
  if (code === '3D000') {
    return fail(
      'no_database',
      `The Postgres at ${where} has no database of the name in DATABASE_URL: create it, or correct the name.`,
    );
  }
  if (code === '53300') {
    return fail(
      'full',
      `The Postgres at ${where} has no connection free for DATABASE_URL: raise its max_connections, or end what holds them.`,
    );
  }
  if (/does not support SSL/i.test(text)) {
    return fail(
      'no_tls',
      `The Postgres at ${where} does not encrypt, and DATABASE_URL asks for it with sslmode: switch TLS on there, or leave sslmode out in a network that you trust.`,
    );
  }
  if (isCertificateError(code, text)) {
    return fail(
      'bad_certificate',
      `The Postgres at ${where} shows a certificate that cannot be trusted (${code ?? text}): give its authority's file in DATABASE_URL with sslrootcert=/path/to/ca.pem, and the host by the name in the certificate.`,
    );
  }
  if (error instanceof Error && 'path' in error) {
    return fail(
      'bad_certificate',
      `The file ${String(error.path)} cannot be read (${code}), and DATABASE_URL names it with sslrootcert, sslcert or sslkey: correct its path, or let the agent's user read it.`,
    );
  }
  if (code === undefined || networkCodes.has(code) || code === '57P03') {
    return fail(
      'unreachable',
      `No Postgres answers at ${where} (${code ?? text}): start it, or check host and port of DATABASE_URL.`,
    );
  }
  return fail('bad_address', `The Postgres of DATABASE_URL cannot be used: ${text.replace(/[.\s]*$/, '')}.`);
}

/** Source: Node's `tls` documentation, "X509 certificate error codes". */
function isCertificateError(code: string | undefined, text: string): boolean {
  if (code === undefined) return /certificate|sslrootcert/i.test(text);
  return /CERT|SELF_SIGNED|UNABLE_TO_|ERR_SSL|ERR_TLS/.test(code);
}

function placeOf(address: Address): string {
  try {
    const { hostname, port } = new URL(currentAddress(address));
    return `${hostname}:${port === '' ? '5432' : port}`;
  } catch {
    return 'its address';
  }
}

function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  if ('code' in error && typeof error.code === 'string') return error.code;
  // Several addresses of one name, each refused.
  if (error instanceof AggregateError) return codeOf(error.errors[0]);
  return undefined;
}
