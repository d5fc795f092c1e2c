import type { AddressInfo } from 'node:net';
import { createBullBoard } from '@bull-board/api';
import { BullMQAdapter } from '@bull-board/api/bullMQAdapter';
import { FastifyAdapter } from '@bull-board/fastify';
import type { Queue } from 'bullmq';
import Fastify, { type FastifyPluginAsync } from 'fastify';
import { asFailure, ConfigurationFailure } from '../domain/errors.ts';
import type { Log } from '../domain/log.ts';
import { requireKey } from './access.ts';
import { createMetrics, type Metrics } from './metrics.ts';
import { type ObjectRoutesOptions, objectRoutes } from './object-routes.ts';

const host = '127.0.0.1';
const boardPath = '/queues';

export type OpsOptions = {
  /** 0: any free port. */
  port: number;
  /** Opens metrics and the queues' page. */
  key: string;
  objects: Omit<ObjectRoutesOptions, 'onFailure'>;
  queues: { counts(): Promise<Record<string, Record<string, number>>>; raw(): unknown[] };
  /** Answers while the database does. */
  state: { ping(): Promise<number> };
  log: Log;
};

export type OpsServer = { url: string; metrics: Metrics; close(): Promise<void> };

/**
 * The agent's own HTTP side, on this machine only: signed object links, probes, metrics, and the queues' page.
 * @throws ConfigurationFailure `http.port_in_use`
 */
export async function startOpsServer(options: OpsOptions): Promise<OpsServer> {
  const app = Fastify({ logger: false, forceCloseConnections: true });
  const metrics = createMetrics(() => options.queues.counts());
  const keyed = { preHandler: requireKey(options.key) };
  await app.register(
    objectRoutes({
      ...options.objects,
      onFailure: (failure) => options.log.error({ err: failure }, 'an object could not be served'),
    }),
  );
  app.get('/live', async () => ({ status: 'ok' }));
  app.get('/ready', async (_request, reply) => {
    try {
      await options.state.ping();
      return { status: 'ok' };
    } catch (error) {
      options.log.warn({ err: asFailure(error) }, 'not ready');
      return reply.code(503).send({ status: 'not ready' });
    }
  });
  app.get('/metrics', keyed, async (_request, reply) => {
    return reply.type(metrics.contentType).send(await metrics.render());
  });
  await app.register(queuesPage(options));
  await listen(app, options.port);
  const { port } = app.server.address() as AddressInfo;
  return { url: `http://${host}:${port}`, metrics, close: () => app.close() };
}

/** The library's page of the queues, to look at only. */
function queuesPage(options: OpsOptions): FastifyPluginAsync {
  return async (board) => {
    board.addHook('preHandler', requireKey(options.key));
    const adapter = new FastifyAdapter();
    adapter.setBasePath(boardPath);
    createBullBoard({
      // The queues are BullMQ's own; only their type does not cross the port.
      queues: options.queues.raw().map((queue) => new BullMQAdapter(queue as Queue, { readOnlyMode: true })),
      serverAdapter: adapter,
    });
    await board.register(adapter.registerPlugin(), { prefix: boardPath });
  };
}

async function listen(
  app: { listen(target: { host: string; port: number }): Promise<string> },
  port: number,
) {
  try {
    await app.listen({ host, port });
  } catch (cause) {
    if (!(cause instanceof Error) || !('code' in cause) || cause.code !== 'EADDRINUSE') throw cause;
    throw new ConfigurationFailure(
      `Port ${port} is taken by another program. Stop it, or choose another: PORT=${port + 10} npm start`,
      { code: 'http.port_in_use', cause, details: { port } },
    );
  }
}
