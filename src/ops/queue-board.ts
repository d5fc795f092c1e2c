import type { Queue } from 'bullmq';
import type { FastifyPluginAsync, preHandlerAsyncHookHandler } from 'fastify';

export const boardPath = '/ops/queues';

/** Its fonts come from elsewhere; a page that waits for them is late, and tells others that it is looked at. */
const foreignFonts = /<link href="https:\/\/fonts\.[^>]*>/g;

const boardPolicy = [
  "default-src 'self'",
  // The library styles its elements one by one.
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "font-src 'self' data:",
  "frame-ancestors 'none'",
  "base-uri 'self'",
].join('; ');

/** The library's page of the queues, to look at only. */
export function queueBoard(
  queues: { raw(): unknown[] },
  admit: preHandlerAsyncHookHandler,
): FastifyPluginAsync {
  return async (app) => {
    app.addHook('preHandler', admit);
    // Beside its own mode for looking only: whatever the library adds one day, nothing here changes a queue.
    app.addHook('onRequest', async (request, reply) => {
      if (request.method === 'GET' || request.method === 'HEAD') return;
      const message = 'The queues can only be looked at here.';
      await reply
        .code(405)
        .header('allow', 'GET')
        .send({ error: { code: 'ops.read_only', message } });
    });
    app.addHook('onSend', async (_request, reply, payload) => {
      void reply.header('content-security-policy', boardPolicy);
      return typeof payload === 'string' ? payload.replaceAll(foreignFonts, '') : payload;
    });
    const [{ createBullBoard }, { BullMQAdapter }, { FastifyAdapter }] = await Promise.all([
      import('@bull-board/api'),
      import('@bull-board/api/bullMQAdapter'),
      import('@bull-board/fastify'),
    ]);
    const adapter = new FastifyAdapter();
    adapter.setBasePath(boardPath);
    createBullBoard({
      // The queues are BullMQ's own; only their type does not cross the port.
      queues: queues.raw().map((queue) => new BullMQAdapter(queue as Queue, { readOnlyMode: true })),
      serverAdapter: adapter,
      // Only a single Redis could say which workers it has; the status page lists the processes.
      options: { uiConfig: { boardTitle: 'Kaggle Agent', hideDocsLink: true, showWorkers: false } },
    });
    await app.register(adapter.registerPlugin(), { prefix: boardPath });
  };
}
