import { ConfigurationFailure, type Failure } from '../domain/errors.ts';

type Place = { host: string; port: number; usesTls: boolean };

const certificateCodes = /CERT|SELF_SIGNED|UNABLE_TO_VERIFY|ERR_TLS_/;

/**
 * What a Redis that cannot be used at a start means for a person. Afterwards the same errors are transient, since
 * the connection heals.
 * @param place null where the address is known to be right
 */
export function asRedisFailure(error: unknown, place: Place | null): Failure {
  if (error instanceof ConfigurationFailure) return error;
  const { message, code } = reasonOf(error);
  const refusal = refusalOf(message);
  if (refusal !== null) {
    return new ConfigurationFailure(refusal, { code: 'redis.login_refused', cause: error });
  }
  if (/DB index|SELECT is not allowed/i.test(message)) {
    return new ConfigurationFailure(
      'REDIS_URL ends with the number of a database that this Redis does not have; leave the number out.',
      { code: 'redis.bad_url', cause: error },
    );
  }
  const where =
    place === null ? 'The Redis of REDIS_URL' : `The Redis of REDIS_URL at ${place.host}:${place.port}`;
  return new ConfigurationFailure(`${where} ${unreachable(message, code, place)}`, {
    code: 'redis.unreachable',
    cause: error,
  });
}

/** Redis begins what it refuses with a word of its own. Source: redis.io, "ACL", error messages. */
function refusalOf(message: string): string | null {
  if (message.startsWith('WRONGPASS') || /invalid password/i.test(message)) {
    return 'Redis refuses the user or password of REDIS_URL; set it to redis://USER:PASSWORD@host:6379 with the right ones.';
  }
  if (message.startsWith('NOAUTH') || /without any password configured/i.test(message)) {
    return message.startsWith('NOAUTH')
      ? 'Redis wants a login and REDIS_URL has none; set it to redis://USER:PASSWORD@host:6379.'
      : 'REDIS_URL has a password, and this Redis knows none; leave it out.';
  }
  if (message.startsWith('NOPERM')) {
    return `The user of REDIS_URL lacks a right that the queues need (${message}); docs/how-to/redis.md lists them all.`;
  }
  return null;
}

function unreachable(message: string, code: string, place: Place | null): string {
  if (certificateCodes.test(code)) {
    return `shows a certificate that is not trusted here (${code}); set NODE_EXTRA_CA_CERTS to the file of its authority.`;
  }
  if (/RESP type|Protocol error|ERR_SSL_WRONG_VERSION|wrong version number/i.test(`${code} ${message}`)) {
    return 'is another program, or speaks TLS only on one side; check the port, and whether REDIS_URL must begin with redis:// or rediss://.';
  }
  const reason = code === '' ? message.replace(/[.\s]*$/, '') : code;
  if (place?.usesTls === true && /ETIMEDOUT|closed|ECONNRESET|EPIPE/i.test(`${code} ${message}`)) {
    return `does not answer over TLS (${reason}); start it, or set REDIS_URL to redis:// where it speaks none.`;
  }
  if (place?.usesTls === false && /closed|ECONNRESET|EPIPE/i.test(`${code} ${message}`)) {
    return `closes the connection (${reason}); set REDIS_URL to rediss:// where it speaks TLS only, or check the port.`;
  }
  return `does not answer (${reason}); start it, or unset REDIS_URL to queue on Postgres.`;
}

function reasonOf(error: unknown): { message: string; code: string } {
  if (!(error instanceof Error)) return { message: String(error), code: '' };
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  return { message: error.message, code };
}
