import { createPools } from '../../src/infra/postgres.ts';
import { connectRedis } from '../../src/infra/redis.ts';
import { createQueues, type Queues, type QueueTuning } from '../../src/jobs/queues.ts';
import { silentLog } from './silent-log.ts';

/** Where the queues of one test live; null for the ones on Postgres. Several addresses are those of a Cluster. */
export type QueuePlace = { connectionString: string; redisUrl: string | null };

/** The queues of one process. */
export async function openQueues(
  place: QueuePlace,
  tuning: QueueTuning = {},
): Promise<{ queues: Queues; close: () => Promise<void> }> {
  const onError = () => undefined;
  if (place.redisUrl === null) {
    const pools = createPools({ connectionString: place.connectionString, log: silentLog });
    const queues = createQueues({ kind: 'postgres', connection: pools.queue }, { onError, ...tuning });
    const close = async () => {
      await queues.close();
      await pools.close();
    };
    return { queues, close };
  }
  const isCluster = place.redisUrl.includes(',');
  const redis = connectRedis(place.redisUrl, { onError, isCluster });
  const forWorkers = connectRedis(place.redisUrl, {
    onError,
    isCluster,
    commandTimeoutMs: null,
    maxRetriesPerRequest: null,
  });
  const backend = { kind: 'redis', connection: redis.client, workerConnection: forWorkers.client } as const;
  const queues = createQueues(backend, { onError, ...tuning });
  const close = async () => {
    await queues.close();
    await Promise.all([redis.close(), forWorkers.close()]);
  };
  return { queues, close };
}
