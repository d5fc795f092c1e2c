/**
 * A worker process of its own for `bench/workers.ts`. Arguments: the address of the database, the worker's id, and
 * the address of Redis, if any. Says `ready`, works until its input ends, and then ends by itself.
 */
import { once } from 'node:events';
import { createPools } from '../../src/infra/postgres.ts';
import { createQueues } from '../../src/jobs/queues.ts';
import { createPgPort } from '../../src/state/pg-port.ts';
import { fanOutHandlers } from '../../test/support/fan-out-handlers.ts';
import { startAgentNode } from './agent-node.ts';
import { openRedisQueues } from './backend.ts';
import { quietLog } from './context.ts';

const [connectionString = '', workerId = '', redisUrl] = process.argv.slice(2);
const pools = createPools({ connectionString, log: quietLog });
const onError = () => undefined;
const redis = redisUrl === undefined ? null : openRedisQueues(redisUrl);
const queues = createQueues(redis?.place ?? { kind: 'postgres', connection: pools.queue }, { onError });
const state = createPgPort(pools.state);
const node = await startAgentNode(
  { state, queues, connectionString, folder: '/nowhere' },
  fanOutHandlers(pools.state),
  {},
  workerId,
);
process.stdout.write('ready\n');
process.stdin.resume();
await once(process.stdin, 'end');
await node.close();
await queues.close();
await redis?.close();
await pools.close();
