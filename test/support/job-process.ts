/**
 * A process of its own that works on jobs, for tests that end it.
 * Arguments: `hang` or `stop`, the address of the database, its worker's id, and the address of Redis, if any.
 * `hang` says `begun` and never ends its job; `stop` says `done` after one job, closes everything, and must then
 * end by itself.
 */
import pg from 'pg';
import { queueNames } from '../../src/jobs/catalog.ts';
import { startRelay } from '../../src/jobs/relay.ts';
import { createProcessor } from '../../src/jobs/worker.ts';
import { createPgPort } from '../../src/state/pg-port.ts';
import { heartbeatWorker } from '../../src/state/stage-runs.ts';
import { contextWithout } from './context.ts';
import { idleEndings, idleHandlers } from './idle-handlers.ts';
import { openQueues } from './queue-place.ts';
import { silentLog } from './silent-log.ts';

const [mode, connectionString = '', workerId = '', redisUrl] = process.argv.slice(2);
const pool = new pg.Pool({ connectionString, max: 4 });
const state = createPgPort(pool);
const opened = await openQueues(
  { connectionString, redisUrl: redisUrl ?? null },
  { lockDurationMs: 1_500, stalledIntervalMs: 500 },
);
const stopping = new AbortController();
await heartbeatWorker(state, { id: workerId, role: 'all', host: 'test', pid: process.pid });
const done = Promise.withResolvers<void>();
const processor = createProcessor({
  state,
  log: silentLog,
  workerId,
  contextOf: ({ signal }) => ({ ...contextWithout(state), signal }),
  stopping: stopping.signal,
  canBeMended: () => false,
  staleSeconds: 1,
  onProcessFailure: () => undefined,
  handlers: idleHandlers({
    'research.plan': async () => {
      process.stdout.write('begun\n');
      if (mode === 'hang') await new Promise(() => undefined);
    },
  }),
  endings: idleEndings,
  onEnd: ({ job }) => {
    if (job === 'research.plan') done.resolve();
  },
});
const workers = queueNames.map((name) =>
  opened.queues.work(name, processor, { concurrency: 2, onError: () => undefined }),
);
const relay = startRelay({
  state,
  queues: opened.queues,
  log: silentLog,
  worker: workerId,
  pollMs: 50,
  subscribe: () => () => undefined,
});
await done.promise;
stopping.abort(new Error('the process stops'));
await relay.stop();
await Promise.all(workers.map((worker) => worker.close()));
await opened.close();
await pool.end();
process.stdout.write('closed\n');
