import type { FastifyInstance, FastifyReply } from 'fastify';
import { z } from 'zod';
import type { ArenaContext } from '../context.ts';
import type { LiveSession } from '../notebooks/notebooks.ts';
import { faultBefore } from '../strike.ts';
import { logOf } from './kernel-output.ts';
import { requireKernel } from './kernel-requests.ts';

const paramsSchema = z.object({ owner: z.string(), slug: z.string() });

/**
 * The log of a notebook's latest session as it grows: server-sent events from its beginning while it runs, else the
 * whole of it as a JSON list.
 * Source: Kaggle/kaggle-cli `kernels_logs_stream`.
 */
export function registerKernelLog(server: FastifyInstance, ctx: ArenaContext, root: string): void {
  server.get(`${root}/kernels/logs/stream/:owner/:slug`, async (request, reply) => {
    const { owner, slug } = paramsSchema.parse(request.params);
    const fault = await faultBefore(ctx, 'kernels.logs', reply);
    if (fault === 'answered') return reply;
    const { version } = requireKernel(ctx, owner, slug, 'kernelSessions.get');
    const live = ctx.notebooks.live(version.sessionId);
    if (live !== null) return stream(ctx, live, reply);
    return reply.type('application/json; charset=utf-8').send(await logOf(ctx, version));
  });
}

function stream(ctx: ArenaContext, live: LiveSession, reply: FastifyReply): FastifyReply {
  reply.hijack();
  const { raw } = reply;
  raw.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' });
  const say = (data: string) => void raw.write(`data: ${data}\n\n`);
  for (const entry of live.log) say(JSON.stringify(entry));
  const follow = (entry: LiveSession['log'][number] | null): void => {
    say(entry === null ? 'END_OF_LOG' : JSON.stringify(entry));
    if (entry === null) raw.end();
  };
  const leave = () => live.listeners.delete(follow);
  live.listeners.add(follow);
  raw.once('close', leave);
  ctx.signal.addEventListener('abort', () => raw.destroy(), { once: true });
  return reply;
}
