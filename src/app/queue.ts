import type { Config } from '../config/load.ts';
import type { Log } from '../domain/log.ts';
import type { Closers } from '../infra/closers.ts';
import { connectRedis } from '../infra/redis.ts';
import { createRedisSemaphore } from '../infra/redis-semaphore.ts';
import { createLocalSemaphore, type Semaphore, vendorLimits } from '../infra/semaphore.ts';
import { createQueues, type Queues } from '../jobs/queues.ts';
import { type Database, migrateQueue } from './database.ts';

export type Queueing = {
  queues: Queues;
  /** One place for each call to Kaggle that may be under way at once. */
  kaggleSemaphore: Semaphore;
  /** In words for people. */
  description: string;
  /** Locks live in this process, so it must be the only worker. */
  isSingleProcess: boolean;
};

/** BullMQ on Redis where REDIS_URL is set, else on the database. */
export async function openQueue(
  config: Config,
  database: Database,
  options: { log: Log; closers: Closers },
): Promise<Queueing> {
  const { log, closers } = options;
  const onError = ({ message }: Error) => log.warn({ reason: message }, 'queue connection failed');
  const redisUrl = config.infrastructure.redisUrl?.reveal();
  if (redisUrl === undefined) {
    await migrateQueue(database.pools);
    // The pool tells of its lost connections itself, once; each queue would repeat it.
    const onQueueError = ({ message }: Error) => log.debug({ reason: message }, 'queue connection failed');
    const backend = { kind: 'postgres', connection: database.pools.queue } as const;
    const queues = createQueues(backend, { onError: onQueueError });
    closers.add('queues', () => queues.close());
    return {
      queues,
      kaggleSemaphore: createLocalSemaphore(vendorLimits.kaggle),
      description: `BullMQ on ${database.description}`,
      isSingleProcess: true,
    };
  }
  const redis = connectRedis(redisUrl, { onError });
  const forWorkers = connectRedis(redisUrl, { onError, commandTimeoutMs: null, maxRetriesPerRequest: null });
  closers.add('redis', async () => {
    await Promise.all([redis.close(), forWorkers.close()]);
  });
  await redis.ping(AbortSignal.timeout(10_000));
  const queues = createQueues(
    { kind: 'redis', connection: redis.client, workerConnection: forWorkers.client },
    { onError },
  );
  closers.add('queues', () => queues.close());
  return {
    queues,
    kaggleSemaphore: createRedisSemaphore({
      client: redis.client,
      name: 'kaggle',
      limit: vendorLimits.kaggle,
    }),
    description: 'BullMQ on Redis',
    isSingleProcess: false,
  };
}
