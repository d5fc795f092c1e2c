import type { Context } from '../../src/context.ts';
import { queueNames } from '../../src/jobs/catalog.ts';
import type { ItemEndings, JobHandlers } from '../../src/jobs/registry.ts';
import { startRelay } from '../../src/jobs/relay.ts';
import { createProcessor } from '../../src/jobs/worker.ts';
import { createChangeFeed } from '../../src/state/change-feed.ts';
import { heartbeatWorker } from '../../src/state/stage-runs.ts';
import type { Bench } from './backend.ts';
import { idleContext, quietLog } from './context.ts';

const relayPollMs = 1_000;
export const jobsSideBySide = 4;

const nothing = async (): Promise<void> => undefined;
const endings: ItemEndings = { 'research.query': nothing, 'codegen.generate': nothing, 'gpu.train': nothing };

/** The agent's own jobs layer, as `up` starts it, with the given work in place of the flows. */
export async function startAgentNode(
  bench: Pick<Bench, 'state' | 'queues' | 'folder' | 'connectionString'>,
  handlers: JobHandlers,
  special: Partial<Context> = {},
  workerId = 'bench',
): Promise<{ close(): Promise<void> }> {
  const { state, queues } = bench;
  const stopping = new AbortController();
  await heartbeatWorker(state, { id: workerId, role: 'all', host: 'local', pid: process.pid });
  const context = { ...idleContext(state, bench.folder), ...special };
  const processor = createProcessor({
    state,
    log: quietLog,
    workerId,
    contextOf: ({ signal }) => ({ ...context, signal }),
    stopping: stopping.signal,
    canBeMended: () => false,
    // Longer than a benchmark: nobody renews its heartbeat.
    staleSeconds: 600,
    onProcessFailure: () => undefined,
    handlers,
    endings,
  });
  const workers = queueNames
    .filter((name) => name !== 'schedule')
    .map((name) => queues.work(name, processor, { concurrency: jobsSideBySide, onError: () => undefined }));
  const feed = createChangeFeed({ connectionString: bench.connectionString, log: quietLog });
  const relay = startRelay({
    state,
    queues,
    log: quietLog,
    worker: workerId,
    pollMs: relayPollMs,
    subscribe: (wake) => feed.subscribe(wake),
  });
  return {
    async close() {
      stopping.abort(new Error('the benchmark is over'));
      await relay.stop();
      await feed.close();
      await Promise.all(workers.map((worker) => worker.close()));
    },
  };
}
