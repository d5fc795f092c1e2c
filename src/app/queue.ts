import type { Config } from '../config/load.ts';
import type { Secret } from '../config/secret.ts';
import { ConfigurationFailure } from '../domain/errors.ts';
import type { Log } from '../domain/log.ts';
import type { Closers } from '../infra/closers.ts';
import { createLocalLocks, type Locks } from '../infra/lock.ts';
import { connectRedis, type RedisClient } from '../infra/redis.ts';
import { inspectRedis, tryRedisRights } from '../infra/redis-facts.ts';
import { createRedisLocks } from '../infra/redis-lock.ts';
import { redisWarnings, requireUsableRedis } from '../infra/redis-rules.ts';
import { createRedisSemaphore } from '../infra/redis-semaphore.ts';
import {
  createLocalSemaphore,
  type LimitedVendor,
  type Semaphore,
  vendorLimits,
} from '../infra/semaphore.ts';
import { createQueues, type Queues, type QueueTuning } from '../jobs/queues.ts';
import { type Database, directly, migrateQueue } from './database.ts';

export type Queueing = {
  queues: Queues;
  /** A place for each call to the vendor that may be under way at once; one semaphore each. */
  semaphore: (vendor: LimitedVendor) => Semaphore;
  locks: Locks;
  /** In words for people. */
  description: string;
  /** Locks live in this process, so it must be the only worker. */
  isSingleProcess: boolean;
};

const startTimeoutMs = 15_000;
const hourSeconds = 3_600;

/**
 * BullMQ on Redis where REDIS_URL is set, else on the database.
 * @throws ConfigurationFailure `redis.bad_url`, `redis.login_refused`, `redis.unreachable`, `redis.too_old`,
 * `redis.may_evict`, `redis.read_only`, `redis.no_cluster`, `redis.cluster_down`
 */
export async function openQueue(
  config: Config,
  database: Pick<Database, 'direct' | 'description'>,
  options: Options,
): Promise<Queueing> {
  const { redisUrl } = config.infrastructure;
  const { doneJobHours, failedJobHours } = config.retention;
  const keepSeconds = { done: doneJobHours * hourSeconds, failed: failedJobHours * hourSeconds };
  return redisUrl === null
    ? await openOnDatabase(database, { ...options, keepSeconds })
    : await openOnRedis(redisUrl, { ...options, keepSeconds });
}

type Options = { log: Log; closers: Closers; signal?: AbortSignal };
type Opening = Options & Required<Pick<QueueTuning, 'keepSeconds'>>;

async function openOnDatabase(
  database: Parameters<typeof openQueue>[1],
  { log, closers, keepSeconds }: Opening,
): Promise<Queueing> {
  const { pools } = directly(database.direct);
  await migrateQueue(pools);
  // The pool tells of its lost connections itself, once; each queue would repeat it.
  const onError = ({ message }: Error) => log.debug({ reason: message }, 'queue connection failed');
  const queues = createQueues({ kind: 'postgres', connection: pools.queue }, { onError, keepSeconds });
  closers.add('queues', () => queues.close());
  return {
    queues,
    semaphore: semaphoreOfEach((vendor) => createLocalSemaphore(vendorLimits[vendor])),
    locks: createLocalLocks(),
    description: `BullMQ on ${database.description}`,
    isSingleProcess: true,
  };
}

async function openOnRedis(
  secret: Secret,
  { log, closers, signal, keepSeconds }: Opening,
): Promise<Queueing> {
  const limit = AbortSignal.timeout(startTimeoutMs);
  const starting = signal === undefined ? limit : AbortSignal.any([signal, limit]);
  const url = () => secret.reveal();
  const facts = await inspectRedis(url(), { signal: starting }).catch((error: unknown) => {
    if (!limit.aborted || signal?.aborted === true) throw error;
    throw new ConfigurationFailure(
      `The Redis of REDIS_URL takes longer than ${startTimeoutMs / 1_000} s to answer; look at its load, or unset REDIS_URL to queue on Postgres.`,
      { code: 'redis.unreachable', cause: error },
    );
  });
  requireUsableRedis(facts);
  for (const { message, next } of redisWarnings(facts)) log.warn({ next }, message);
  const { isCluster } = facts;
  const onError = createErrorLog(log);
  const redis = connectRedis(url, { onError, isCluster });
  const forWorkers = connectRedis(url, {
    onError,
    isCluster,
    commandTimeoutMs: null,
    maxRetriesPerRequest: null,
  });
  closers.add('redis', async () => {
    await Promise.all([redis.close(), forWorkers.close()]);
  });
  await tryRedisRights(redis.client, starting);
  const backend = { kind: 'redis', connection: redis.client, workerConnection: forWorkers.client } as const;
  // The connections tell of their errors themselves; each queue would repeat them.
  const queues = createQueues(backend, { onError: () => undefined, keepSeconds });
  closers.add('queues', () => queues.close());
  return {
    queues,
    semaphore: semaphoreOfEach((vendor) => redisSemaphore(redis.client, vendor, log)),
    locks: createRedisLocks({ client: redis.client }),
    description: isCluster ? `BullMQ on a Redis Cluster of ${facts.nodes.length} masters` : 'BullMQ on Redis',
    isSingleProcess: false,
  };
}

function redisSemaphore(client: RedisClient, vendor: LimitedVendor, log: Log): Semaphore {
  return createRedisSemaphore({
    client,
    name: vendor,
    limit: vendorLimits[vendor],
    onLost: (name) => log.warn({ vendor: name }, 'a place among the calls at once was lost to others'),
  });
}

/** One semaphore for each vendor, whoever asks for it. */
function semaphoreOfEach(create: (vendor: LimitedVendor) => Semaphore): (vendor: LimitedVendor) => Semaphore {
  const semaphores = {
    kaggle: create('kaggle'),
    claude: create('claude'),
    saladcloud: create('saladcloud'),
    agentspace: create('agentspace'),
    gemini: create('gemini'),
  } satisfies Record<LimitedVendor, Semaphore>;
  return (vendor) => semaphores[vendor];
}

/** While Redis is away each attempt fails for the same reason, which is told once. */
function createErrorLog(log: Log): (error: Error) => void {
  let last = '';
  return ({ message }) => {
    if (message === last) log.debug({ reason: message }, 'redis connection failed again');
    else log.warn({ reason: message }, 'redis connection failed');
    last = message;
  };
}
