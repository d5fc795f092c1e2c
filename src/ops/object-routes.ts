import { createHmac, timingSafeEqual } from 'node:crypto';
import { Readable } from 'node:stream';
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify';
import { asFailure, type Failure } from '../domain/errors.ts';
import { parseSignedLink, type SignedLink, signedLinkPath, signedText } from '../domain/signed-link.ts';

type StoredInfo = { sizeBytes: number; sha256: string; modifiedAt: Date };

/** What these routes need of an object store. */
export type LinkedStore = {
  head(key: string): Promise<StoredInfo | null>;
  get(key: string, range?: { start: number; end: number }): Promise<Readable>;
  put(key: string, body: Readable, options: { maxBytes: number }): Promise<StoredInfo>;
};

export type ObjectRoutesOptions = {
  store: LinkedStore;
  /** The one that the links were signed with. */
  secret: string;
  now: () => Date;
  /** Told of failures that are ours, a full disk above all. */
  onFailure?: (failure: Failure) => void;
};

/**
 * Answers signed links below `/objects/`: GET with one range, and PUT. Whoever has a link may do that one thing
 * until it expires; everything else is 403 without a reason.
 */
export function objectRoutes(options: ObjectRoutesOptions): FastifyPluginAsync {
  return async (app) => {
    // Bodies are passed on as they arrive, whatever they call themselves.
    app.removeAllContentTypeParsers();
    app.addContentTypeParser('*', (_request, payload, done) => done(null, payload));

    app.get(`${signedLinkPath}*`, { exposeHeadRoute: false }, async (request, reply) => {
      const link = allowedLink(request, options);
      return link === null ? refuse(reply) : await answerGet(options.store, link.key, request, reply);
    });
    app.put(`${signedLinkPath}*`, async (request, reply) => {
      const link = allowedLink(request, options);
      return link === null ? refuse(reply) : await answerPut(options, link, request, reply);
    });
  };
}

function allowedLink(
  request: FastifyRequest,
  { secret, now }: Pick<ObjectRoutesOptions, 'secret' | 'now'>,
): SignedLink | null {
  const parsed = parseSignedLink(request.raw.method ?? '', request.raw.url ?? '');
  if (parsed === null) return null;
  const expected = createHmac('sha256', secret).update(signedText(parsed.link)).digest();
  if (!timingSafeEqual(expected, Buffer.from(parsed.signature, 'hex'))) return null;
  return parsed.link.expiresAtSeconds * 1000 > now().getTime() ? parsed.link : null;
}

function refuse(reply: FastifyReply) {
  // The body of a refused upload is not read; the connection cannot be used again.
  return reply.code(403).header('connection', 'close').send({ error: 'This link is not valid.' });
}

async function answerGet(store: LinkedStore, key: string, request: FastifyRequest, reply: FastifyReply) {
  const info = await store.head(key);
  if (info === null) return reply.code(404).send({ error: 'There is no such object.' });
  reply.headers({
    'accept-ranges': 'bytes',
    'cache-control': 'private, no-store',
    'content-disposition': 'attachment',
    'content-type': 'application/octet-stream',
    etag: `"${info.sha256}"`,
    'last-modified': info.modifiedAt.toUTCString(),
    'x-content-type-options': 'nosniff',
  });
  const range = parseRange(request.headers.range, info.sizeBytes);
  if (range === 'unsatisfiable') {
    return reply.code(416).header('content-range', `bytes */${info.sizeBytes}`).send();
  }
  if (range === null) {
    return reply.header('content-length', info.sizeBytes).send(await store.get(key));
  }
  return reply
    .code(206)
    .header('content-length', range.end - range.start + 1)
    .header('content-range', `bytes ${range.start}-${range.end}/${info.sizeBytes}`)
    .send(await store.get(key, range));
}

/** @returns null for no range, or one of another kind (several parts, other units): the whole is sent then. */
function parseRange(
  header: string | undefined,
  sizeBytes: number,
): { start: number; end: number } | 'unsatisfiable' | null {
  const [, first = '', last = ''] = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header ?? '') ?? [];
  if (first === '' && last === '') return null;
  const start = first === '' ? Math.max(0, sizeBytes - Number(last)) : Number(first);
  const end = first === '' || last === '' ? sizeBytes - 1 : Math.min(Number(last), sizeBytes - 1);
  return start <= end ? { start, end } : 'unsatisfiable';
}

async function answerPut(
  { store, onFailure }: ObjectRoutesOptions,
  link: SignedLink,
  request: FastifyRequest,
  reply: FastifyReply,
) {
  // A request without a body has no stream either.
  const body = request.body instanceof Readable ? request.body : Readable.from([]);
  const maxBytes = link.maxBytes ?? 0;
  if (Number(request.headers['content-length'] ?? 0) > maxBytes) return tooLarge(reply, maxBytes);
  try {
    const { sizeBytes, sha256 } = await store.put(link.key, body, { maxBytes });
    return await reply.send({ sizeBytes, sha256 });
  } catch (error) {
    // The sender hung up: nobody is there to be answered, and nothing of ours is wrong.
    if (request.raw.destroyed && !request.raw.complete) return reply.hijack();
    const failure = asFailure(error);
    if (failure.code === 'objects.too_large') return tooLarge(reply, maxBytes);
    onFailure?.(failure);
    const status = failure.code === 'disk.full' ? 507 : 500;
    return reply.code(status).header('connection', 'close').send({ error: failure.message });
  }
}

function tooLarge(reply: FastifyReply, maxBytes: number) {
  const error = `The file is larger than the ${maxBytes} bytes that this link allows.`;
  return reply.code(413).header('connection', 'close').send({ error });
}
