import { randomUUID } from 'node:crypto';
import { ConfigurationFailure } from '../domain/errors.ts';
import { connectRedis, type RedisConnection } from '../infra/redis.ts';
import { inspectRedis, type RedisFacts, tryRedisRights } from '../infra/redis-facts.ts';
import { createRedisLocks } from '../infra/redis-lock.ts';
import { type RedisWarning, redisWarnings, requireUsableRedis } from '../infra/redis-rules.ts';
import { createRedisSemaphore } from '../infra/redis-semaphore.ts';
import { vendorLimits } from '../infra/semaphore.ts';
import { type Check, type Finding, ok } from './doctor-chats.ts';
import type { Session } from './session.ts';

/** What to do about each reason that a start would be refused for. */
const remedies: Readonly<Record<string, string>> = {
  'redis.bad_url': 'set REDIS_URL, for example redis://127.0.0.1:6379',
  'redis.login_refused': 'user and password of REDIS_URL; rights: docs/how-to/redis.md',
  'redis.unreachable': 'start Redis, or check REDIS_URL',
  'redis.too_old': 'a Redis of version 6.2 or newer',
  'redis.read_only': 'set REDIS_URL to the master',
  'redis.may_evict': 'redis-cli config set maxmemory-policy noeviction',
  'redis.no_cluster': 'set REDIS_URL to one address',
  'redis.cluster_down': 'redis-cli --cluster check HOST:PORT',
};

type Asked = Pick<Session, 'settings'>;

/** The queues, and what keeps several processes from doing the same at once; both are tried, and leave nothing. */
export function queueChecks(session: Asked): Check[] {
  return [
    { port: 'queue', look: (signal) => lookAtQueue(session, signal) },
    { port: 'locks', look: (signal) => lookAtLocks(session, signal) },
  ];
}

async function lookAtQueue({ settings }: Asked, signal: AbortSignal): Promise<Finding> {
  const url = settings.config.infrastructure.redisUrl?.reveal();
  if (url === undefined) return ok('BullMQ on the database');
  return await explained(async () => {
    const facts = await inspectRedis(url, { signal });
    requireUsableRedis(facts);
    await withConnection(url, facts, ({ client }) => tryRedisRights(client, signal));
    return findingOf(`BullMQ on ${describe(facts)}`, facts, 'persistence');
  });
}

async function lookAtLocks({ settings }: Asked, signal: AbortSignal): Promise<Finding> {
  const url = settings.config.infrastructure.redisUrl?.reveal();
  if (url === undefined) return ok('in this process, so one worker process only');
  return await explained(async () => {
    const facts = await inspectRedis(url, { signal });
    await withConnection(url, facts, async ({ client }) => {
      const name = `doctor-${randomUUID()}`;
      const lock = await createRedisLocks({ client }).hold(name, signal);
      await lock.release();
      const release = await createRedisSemaphore({ client, name, limit: 1 }).acquire(signal);
      await release();
    });
    const { kaggle, claude, saladcloud } = vendorLimits;
    const limits = `calls at once: Kaggle ${kaggle}, Claude ${claude}, SaladCloud ${saladcloud}`;
    return findingOf(`Redis of REDIS_URL; ${limits}`, facts, 'clock');
  });
}

function findingOf(what: string, facts: RedisFacts, about: RedisWarning['about']): Finding {
  const warning = redisWarnings(facts).find((each) => each.about === about);
  if (warning === undefined) return ok(what);
  return { status: 'warn', message: `${what}; ${warning.message}`, next: warning.next };
}

function describe({ isCluster, nodes }: RedisFacts): string {
  const [first] = nodes;
  const name = `${first?.product ?? 'Redis'} ${first?.version ?? ''}`.trimEnd();
  const kept = { aof: 'kept in a log', snapshots: 'kept in snapshots', none: 'not kept on disk' };
  const persistence = first?.persistence ?? null;
  return [
    isCluster ? `a ${name} Cluster of ${nodes.length} masters` : name,
    ...(persistence === null ? [] : [kept[persistence]]),
  ].join(', ');
}

async function withConnection(
  url: string,
  { isCluster }: RedisFacts,
  use: (connection: RedisConnection) => Promise<void>,
): Promise<void> {
  const connection = connectRedis(url, { isCluster, onError: () => undefined });
  try {
    await use(connection);
  } finally {
    await connection.close();
  }
}

async function explained(look: () => Promise<Finding>): Promise<Finding> {
  try {
    return await look();
  } catch (error) {
    if (!(error instanceof ConfigurationFailure)) throw error;
    return { status: 'error', message: error.message, next: remedies[error.code] ?? 'check REDIS_URL' };
  }
}
