import { timingSafeEqual } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';

const cookieName = 'kaggle_agent_key';
const loopbackHosts = new Set(['127.0.0.1', 'localhost', '[::1]']);

function isSame(given: string, wanted: string): boolean {
  const a = Buffer.from(given);
  const b = Buffer.from(wanted);
  return a.length === b.length && timingSafeEqual(a, b);
}

function cookieOf(request: FastifyRequest): string | undefined {
  const pairs = (request.headers.cookie ?? '').split(';').map((pair) => pair.trim().split('='));
  return pairs.find(([name]) => name === cookieName)?.[1];
}

/** A page on the web must not reach us under a name of its own (DNS rebinding), nor press our buttons. */
function isFromHere(request: FastifyRequest): boolean {
  const host = (request.headers.host ?? '').replace(/:\d+$/, '');
  if (!loopbackHosts.has(host)) return false;
  const { origin } = request.headers;
  if (origin === undefined) return true;
  return URL.canParse(origin) && loopbackHosts.has(new URL(origin).hostname);
}

/**
 * Lets in who has the key: by `?key=` once, which becomes a cookie, or by the cookie.
 * Everybody else is answered 403 without a reason.
 */
export function requireKey(key: string) {
  return async (
    request: FastifyRequest<{ Querystring: { key?: string } }>,
    reply: FastifyReply,
  ): Promise<void> => {
    const given = request.query.key ?? cookieOf(request);
    if (!isFromHere(request) || given === undefined || !isSame(given, key)) {
      await reply.code(403).send({ error: 'forbidden' });
      return;
    }
    if (request.query.key !== undefined) {
      void reply.header('set-cookie', `${cookieName}=${key}; HttpOnly; SameSite=Strict; Path=/`);
    }
  };
}
