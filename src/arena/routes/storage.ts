import { createReadStream } from 'node:fs';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { Blob } from '../blobs.ts';
import type { ArenaContext } from '../context.ts';
import type { FaultAction } from '../faults.ts';
import { faultBefore } from '../strike.ts';
import { storedData } from './data-files.ts';
import { storedSubmission } from './handed-in.ts';
import { storedOutput } from './kernel-output.ts';
import { uploadRoute } from './submissions.ts';
import { createUploadReceiver } from './upload-session.ts';
import { sendXmlError } from './xml-error.ts';

const querySchema = z.object({ Expires: z.string().optional(), Signature: z.string().optional() });

/** The storage origin: signed downloads and resumable uploads, and no credentials of ours. */
export function registerStorage(server: FastifyInstance, ctx: ArenaContext): void {
  // Bodies are read from the socket as they come.
  server.removeAllContentTypeParsers();
  server.addContentTypeParser('*', (_request, _payload, done) => done(null));
  server.setNotFoundHandler((_request, reply) =>
    sendXmlError(reply, 404, 'NoSuchKey', 'The specified key does not exist.'),
  );
  server.setErrorHandler((error, request, reply) => {
    ctx.log.error({ err: error, url: request.routeOptions.url }, 'arena storage failed');
    return sendXmlError(reply, 500, 'InternalError', 'We encountered an internal error. Please try again.');
  });
  server.addHook('onRequest', async (request, reply) => {
    const { authorization, cookie } = request.headers;
    if (authorization === undefined && cookie === undefined) return;
    // A caller that sends its Kaggle credentials here has a leak.
    return sendXmlError(reply, 401, 'AuthenticationRequired', 'Authentication required.');
  });
  server.get('/*', { exposeHeadRoute: false }, (request, reply) => sendStored(ctx, request, reply));
  server.put(uploadRoute, createUploadReceiver(ctx));
}

async function sendStored(ctx: ArenaContext, request: FastifyRequest, reply: FastifyReply) {
  const fault = await faultBefore(ctx, 'storage.GET', reply);
  if (fault === 'answered') return reply;
  const [path = ''] = request.url.split('?', 1);
  const parsed = querySchema.safeParse(request.query);
  const wrong = parsed.success ? ctx.signer.check(path, parsed.data) : 'forged';
  if (wrong === 'forged' || request.headers['content-type'] !== undefined) {
    return sendXmlError(
      reply,
      403,
      'SignatureDoesNotMatch',
      'The request signature we calculated does not match the signature you provided.',
    );
  }
  if (wrong === 'expired') return sendXmlError(reply, 400, 'ExpiredToken', 'The provided token has expired.');
  const blob =
    (await storedData(ctx, path)) ?? (await storedOutput(ctx, path)) ?? (await storedSubmission(ctx, path));
  if (blob === null) return sendXmlError(reply, 404, 'NoSuchKey', 'The specified key does not exist.');
  return sendBlob(ctx, blob, request, reply, fault);
}

async function sendBlob(
  ctx: ArenaContext,
  blob: Blob,
  request: FastifyRequest,
  reply: FastifyReply,
  fault: FaultAction | null,
) {
  const range = ctx.behaviour.ignoresRange ? null : parseRange(request.headers.range, blob.sizeBytes);
  if (range === 'unsatisfiable') {
    reply.header('content-range', `bytes */${blob.sizeBytes}`);
    return sendXmlError(reply, 416, 'InvalidRange', 'The requested range cannot be satisfied.');
  }
  const { start, end } = range ?? { start: 0, end: blob.sizeBytes - 1 };
  const headers = {
    'content-type': blob.contentType,
    'content-length': end - start + 1,
    'accept-ranges': 'bytes',
    'last-modified': blob.modifiedAt.toUTCString(),
    'x-goog-hash': [`crc32c=${blob.crc32c}`, `md5=${blob.md5}`],
    ...(range === null ? {} : { 'content-range': `bytes ${start}-${end}/${blob.sizeBytes}` }),
  };
  const status = range === null ? 200 : 206;
  if (fault?.kind !== 'drop') {
    return reply
      .code(status)
      .headers(headers)
      .send(createReadStream(blob.path, { start, end: Math.max(end, start) }));
  }
  reply.hijack();
  const stop = start + (fault.afterBytes ?? 0);
  reply.raw.writeHead(status, headers);
  if (stop > start) {
    for await (const chunk of createReadStream(blob.path, { start, end: Math.min(stop, end + 1) - 1 })) {
      await new Promise((sent) => reply.raw.write(chunk, sent));
    }
  }
  reply.raw.destroy();
  return reply;
}

/** @returns null when everything is wanted */
function parseRange(
  header: string | undefined,
  sizeBytes: number,
): { start: number; end: number } | 'unsatisfiable' | null {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header ?? '');
  if (match === null) return null;
  const [, from = '', to = ''] = match;
  if (from === '' && to === '') return null;
  const start = from === '' ? Math.max(sizeBytes - Number(to), 0) : Number(from);
  const end = from === '' || to === '' ? sizeBytes - 1 : Math.min(Number(to), sizeBytes - 1);
  return start > end ? 'unsatisfiable' : { start, end };
}
