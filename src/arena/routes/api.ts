import { randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { ApiError, type ErrorShape, errorBody, invalid, notFound, unauthenticated } from '../api-error.ts';
import type { ArenaContext } from '../context.ts';
import { isSameText } from '../signing.ts';
import { faultAfter, faultBefore } from '../strike.ts';
import { withoutDefaults } from '../wire.ts';
import { moveClock } from './clock.ts';
import { acceptRules, closePractice, openPractice, selectSubmissions } from './judge.ts';
import { registerKernelLog } from './kernel-log.ts';
import type { Answer, Method } from './method.ts';
import { downloadMethods, services } from './services.ts';

/** Version of the client that the server knows. */
const apiVersion = '2.2.5';

const rpcParams = z.object({ service: z.string(), method: z.string() });
const slugParams = z.object({ slug: z.string() });

export type Limiters = { metadata: () => void; downloads: () => void };

/** The API origin: RPC methods on both of their paths, and the practice judge on a path of its own. */
export function registerApi(server: FastifyInstance, ctx: ArenaContext, limiters: Limiters): void {
  server.removeAllContentTypeParsers();
  server.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => {
    try {
      done(null, body === '' ? {} : JSON.parse(String(body)));
    } catch {
      done(invalid('Invalid JSON payload received.'), undefined);
    }
  });
  server.addHook('onRequest', async (request, reply) => {
    reply.header('set-cookie', [
      `ka_sessionid=${randomBytes(16).toString('hex')}; path=/; HttpOnly`,
      'GCLB=arena; path=/',
    ]);
    reply.header('x-kaggle-apiversion', apiVersion);
    // The session cookie of an earlier answer makes the gateway ignore the credential.
    if (/(^|;\s*)ka_sessionid=/.test(request.headers.cookie ?? '')) throw unauthenticated();
    if (!isKnown(ctx, request.headers.authorization ?? '')) throw unauthenticated();
  });
  server.setNotFoundHandler(() => {
    throw notFound();
  });
  server.setErrorHandler((error, request, reply) => sendError(ctx, error, request, reply));
  registerMethods(server, ctx, limiters);
  registerJudge(server, ctx);
}

function registerMethods(server: FastifyInstance, ctx: ArenaContext, limiters: Limiters): void {
  for (const root of ['/v1', '/api/v1']) {
    registerKernelLog(server, ctx, root);
    server.post(`${root}/:service/:method`, async (request, reply) => {
      const { service, method } = rpcParams.parse(request.params);
      const handler = findMethod(service, method);
      if (handler === null) throw notFound();
      const fault = await faultBefore(ctx, method, reply);
      if (fault === 'answered') return reply;
      (downloadMethods.includes(method) ? limiters.downloads : limiters.metadata)();
      const answer = await handler(ctx, request.body);
      if (fault !== null && (await faultAfter(ctx, fault, reply)) === 'answered') return reply;
      return send(answer, reply);
    });
  }
}

function registerJudge(server: FastifyInstance, ctx: ArenaContext): void {
  server.post('/arena/v1/clock', async (request) => moveClock(ctx, request.body));
  const actions = {
    close: (slug: string, body: unknown) => closePractice(ctx, slug, body),
    open: (slug: string) => openPractice(ctx, slug),
    rules: (slug: string) => acceptRules(ctx, slug),
    select: (slug: string, body: unknown) => selectSubmissions(ctx, slug, body),
  };
  for (const [name, act] of Object.entries(actions)) {
    server.post(`/arena/v1/competitions/:slug/${name}`, async (request, reply) => {
      const { slug } = slugParams.parse(request.params);
      const fault = await faultBefore(ctx, `arena.${name}`, reply);
      if (fault === 'answered') return reply;
      const result = act(slug, request.body);
      if (fault !== null && (await faultAfter(ctx, fault, reply)) === 'answered') return reply;
      return result;
    });
  }
}

function findMethod(service: string, method: string): Method | null {
  const methods = Object.hasOwn(services, service) ? services[service] : undefined;
  if (methods === undefined || !Object.hasOwn(methods, method)) return null;
  return methods[method] ?? null;
}

function isKnown({ credentials }: ArenaContext, header: string): boolean {
  const { token, username, key } = credentials;
  const [scheme = '', value = ''] = header.split(' ', 2);
  if (scheme.toLowerCase() === 'bearer') return isSameText(value, token);
  if (scheme.toLowerCase() !== 'basic') return false;
  return isSameText(Buffer.from(value, 'base64').toString('utf8'), `${username}:${key}`);
}

function send(answer: Answer, reply: FastifyReply) {
  switch (answer.kind) {
    case 'json':
      return reply.type('application/json; charset=utf-8').send(JSON.stringify(withoutDefaults(answer.body)));
    case 'redirect':
      return reply.redirect(answer.location, 302);
    case 'blob':
      return reply
        .type(answer.blob.contentType)
        .header('content-length', answer.blob.sizeBytes)
        .header('last-modified', answer.blob.modifiedAt.toUTCString())
        .send(createReadStream(answer.blob.path));
    case 'bytes':
      return reply
        .type(answer.contentType)
        .header('content-disposition', `attachment; filename=${answer.fileName}`)
        .send(answer.bytes);
  }
}

function sendError(ctx: ArenaContext, thrown: unknown, request: FastifyRequest, reply: FastifyReply) {
  const error = asApiError(thrown);
  if (error.status >= 500) ctx.log.error({ err: thrown, url: request.url }, 'arena call failed');
  const method = request.url.split('?', 1)[0]?.split('/').at(-1) ?? '';
  const shape: ErrorShape = ctx.behaviour.errorShapes[method] ?? 'nested';
  return reply
    .code(error.status)
    .headers(error.headers)
    .type('application/json; charset=utf-8')
    .send(errorBody(error, shape));
}

function asApiError(thrown: unknown): ApiError {
  if (thrown instanceof ApiError) return thrown;
  // Fastify's own refusals (body too large, bad content length) carry the status that they mean.
  const status = z
    .object({ statusCode: z.number().int().min(400).max(499), message: z.string() })
    .safeParse(thrown);
  if (status.success) return new ApiError(status.data.statusCode, status.data.message);
  return new ApiError(500, 'Internal error');
}
