import { ConfigurationFailure } from '../domain/errors.ts';

export type RedisNode = { url: string; host: string; port: number };

/** Where a Redis is: one node, or some of a Cluster, which names the rest itself. */
export type RedisAddress = {
  /** `url` is the part of the setting that names the node; it may hold the password. */
  nodes: readonly RedisNode[];
  username: string | undefined;
  password: string | undefined;
  usesTls: boolean;
};

const defaultPort = 6379;
/** A comma may stand in a password, so only one before a scheme separates. */
const separator = /\s*,\s*(?=rediss?:\/\/)/;

/**
 * Reads REDIS_URL: `redis://` or `rediss://`, with user and password where needed; several nodes of a Cluster
 * are separated by commas and share the login of the first that has one.
 * @throws ConfigurationFailure `redis.bad_url`, which does not repeat the address: it may hold a password.
 */
export function parseRedisAddress(text: string): RedisAddress {
  const parts = text.trim().split(separator);
  const urls = parts.map((part) => (URL.canParse(part) ? new URL(part) : null));
  const known = urls.filter((url) => url !== null && isRedis(url)).filter((url) => url !== null);
  const [first] = known;
  if (first === undefined || known.length < parts.length) {
    throw badUrl(
      'REDIS_URL is no redis:// or rediss:// address (each node of a Cluster begins with it); set one that is.',
    );
  }
  if (known.some(({ protocol }) => protocol !== first.protocol)) {
    throw badUrl('REDIS_URL mixes redis:// and rediss://; its nodes must be the same in this.');
  }
  const login = known.find(({ username, password }) => username !== '' || password !== '');
  return {
    nodes: known.map(({ hostname, port }, index) => ({
      url: parts[index] ?? '',
      // An IPv6 address stands in brackets in a URL, and without them elsewhere.
      host: hostname.replace(/^\[(.*)\]$/, '$1') || '127.0.0.1',
      port: port === '' ? defaultPort : Number(port),
    })),
    username: decoded(login?.username),
    password: decoded(login?.password),
    usesTls: first.protocol === 'rediss:',
  };
}

/** A comma in the name is a second node that lacks its scheme. */
function isRedis({ protocol, hostname }: URL): boolean {
  return (protocol === 'redis:' || protocol === 'rediss:') && !hostname.includes(',');
}

function decoded(text: string | undefined): string | undefined {
  if (text === undefined || text === '') return undefined;
  try {
    return decodeURIComponent(text);
  } catch (cause) {
    throw badUrl(
      'REDIS_URL has a % in its user or password that is no escape; write it as %25 and set the address again.',
      cause,
    );
  }
}

function badUrl(message: string, cause?: unknown): ConfigurationFailure {
  return new ConfigurationFailure(message, { code: 'redis.bad_url', cause });
}
