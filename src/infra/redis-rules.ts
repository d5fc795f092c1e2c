import { ConfigurationFailure } from '../domain/errors.ts';
import type { RedisFacts, RedisNodeFacts } from './redis-facts.ts';

/** Source: bullmq 6.7 classes/redis-connection.js, `recommendedMinimumVersion`; it only prints a line below it. */
const oldestRedis = [6, 2] as const;
/** Places of a semaphore are compared by the clients' clocks, and a lease is 30 s. */
const largestSkewMs = 2_000;

/**
 * What the queues cannot live with.
 * @throws ConfigurationFailure `redis.too_old`, `redis.read_only`, `redis.may_evict`
 */
export function requireUsableRedis({ nodes }: RedisFacts): void {
  for (const node of nodes) {
    if (isTooOld(node)) {
      throw new ConfigurationFailure(
        `The Redis of REDIS_URL (${node.node}) is version ${node.version}, and the queues need ${oldestRedis.join('.')} or newer; upgrade it, or unset REDIS_URL to queue on Postgres.`,
        { code: 'redis.too_old' },
      );
    }
    if (node.isReplica) {
      throw new ConfigurationFailure(
        `The Redis of REDIS_URL (${node.node}) is a replica, which takes no jobs; set REDIS_URL to its master.`,
        { code: 'redis.read_only' },
      );
    }
    if (node.evictionPolicy !== null && node.evictionPolicy !== 'noeviction') {
      throw new ConfigurationFailure(
        `The Redis of REDIS_URL (${node.node}) throws data away when its memory is full (maxmemory-policy ${node.evictionPolicy}), jobs too; set it to noeviction: redis-cli -h ${node.node.replace(/:(\d+)$/, ' -p $1')} config set maxmemory-policy noeviction, and in its redis.conf.`,
        { code: 'redis.may_evict' },
      );
    }
  }
}

/** Something works, and a person should know: a sentence without its stop, and what to do. */
export type RedisWarning = { about: 'persistence' | 'clock'; message: string; next: string };

export function redisWarnings({ nodes }: RedisFacts): RedisWarning[] {
  const volatile = nodes.filter(({ persistence }) => persistence === 'none').map(({ node }) => node);
  const skewed = nodes.filter(({ clockSkewMs }) => Math.abs(clockSkewMs) > largestSkewMs);
  const warnings: RedisWarning[] = skewed.map(({ node, clockSkewMs }) => ({
    about: 'clock',
    message: `the clocks of this machine and of Redis (${node}) are ${(Math.abs(clockSkewMs) / 1_000).toFixed(1)} s apart: limits on calls at once may be off`,
    next: 'set both clocks by NTP, for example timedatectl set-ntp true',
  }));
  if (volatile.length === 0) return warnings;
  const message = `Redis (${volatile.join(', ')}) keeps nothing on disk: after its restart the jobs are rebuilt from the database, which takes a few minutes`;
  return [...warnings, { about: 'persistence', message, next: 'redis-cli config set appendonly yes' }];
}

function isTooOld({ product, version }: RedisNodeFacts): boolean {
  // The others count their versions anew, and all of them have what is needed.
  if (product !== 'Redis' || version === null) return false;
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major < oldestRedis[0] || (major === oldestRedis[0] && minor < oldestRedis[1]);
}
