import type { Cluster, Redis } from 'ioredis';

/** User and password of the connections to come; undefined: none. */
export type RedisLogin = () => { username: string | undefined; password: string | undefined };

/**
 * Makes a client log in with what is right when it connects, and so do its copies (BullMQ makes some). A password that
 * changes ends no connection that is there: it is asked for at the next one.
 */
export function followLogin<Client extends Redis | Cluster>(client: Client, login: RedisLogin): Client {
  const take = (): void => {
    for (const options of optionsOf(client)) Object.assign(options, login());
  };
  before(client, 'connect', take);
  // A copy may connect as soon as it is made, with the options that it was given.
  before(client, 'duplicate', take, (copy) => {
    if (isClient(copy)) followLogin(copy, login);
  });
  return client;
}

/** Runs something before each call of a method, and sees what the method gives. */
function before(
  client: Redis | Cluster,
  name: 'connect' | 'duplicate',
  run: () => void,
  seen: (given: unknown) => void = () => undefined,
): void {
  const method: unknown = client[name];
  if (typeof method !== 'function') return;
  const value = (...given: unknown[]): unknown => {
    run();
    const answer: unknown = Reflect.apply(method, client, given);
    seen(answer);
    return answer;
  };
  Object.defineProperty(client, name, { value, configurable: true, writable: true });
}

/**
 * Where a client keeps its login: its options; a Cluster in those of its nodes, and in the copy that its pool has for the
 * nodes that it connects later. Source: ioredis 6, `Cluster`, `ConnectionPool`.
 */
function optionsOf(client: Redis | Cluster): object[] {
  if (!client.isCluster) return [client.options];
  const pool: unknown = Reflect.get(client, 'connectionPool');
  const pooled: unknown = isObject(pool) ? Reflect.get(pool, 'redisOptions') : null;
  const own: unknown = Reflect.get(client.options, 'redisOptions');
  return [own, pooled].filter(isObject);
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

function isClient(value: unknown): value is Redis | Cluster {
  return isObject(value) && 'duplicate' in value && 'isCluster' in value;
}
