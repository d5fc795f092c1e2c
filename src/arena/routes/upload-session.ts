import { mkdir } from 'node:fs/promises';
import type { Socket } from 'node:net';
import { dirname } from 'node:path';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { Upload } from '../account.ts';
import type { ArenaContext } from '../context.ts';
import type { FaultAction } from '../faults.ts';
import { faultAfter, faultBefore } from '../strike.ts';
import { keepBody, parseContentRange, persistedBytes, uploadPath } from '../uploads.ts';
import { sendXmlError } from './xml-error.ts';

const querySchema = z.object({ upload_id: z.string() });

/**
 * Answers the PUTs of resumable upload sessions: the whole file, the rest of it, or the question how much is here.
 * Source: Kaggle/kaggle-cli `upload_complete`, `_resume_upload`; Kaggle/kagglehub `gcs_upload.py`.
 */
export function createUploadReceiver(ctx: ArenaContext) {
  // A newer request for the same session ends the older one, whose sender has given up.
  const running = new Map<string, { socket: Socket; done: Promise<unknown> }>();

  return async (request: FastifyRequest, reply: FastifyReply) => {
    const fault = await faultBefore(ctx, 'storage.PUT', reply);
    if (fault === 'answered') return reply;
    const query = querySchema.safeParse(request.query);
    const upload = query.success ? ctx.account.upload(query.data.upload_id) : null;
    if (upload === null)
      return sendXmlError(reply, 404, 'NoSuchUpload', 'The requested upload was not found.');
    const ageSeconds = (ctx.now().getTime() - upload.startedAt.getTime()) / 1000;
    if (!upload.isComplete && ageSeconds > ctx.behaviour.uploadSessionSeconds) {
      return sendXmlError(reply, 410, 'UploadExpired', 'The upload session has expired.');
    }

    const older = running.get(upload.uploadId);
    if (older !== undefined && older.socket !== request.raw.socket) older.socket.destroy();
    const work = (older?.done ?? Promise.resolve()).then(() => takeBody(ctx, upload, request, reply, fault));
    const done = work.catch(() => undefined);
    const own = { socket: request.raw.socket, done };
    running.set(upload.uploadId, own);
    // Its connection lives on, and what comes over it next is none of this session's business.
    void done.then(() => running.get(upload.uploadId) === own && running.delete(upload.uploadId));
    return work;
  };
}

async function takeBody(
  ctx: ArenaContext,
  upload: Upload,
  request: FastifyRequest,
  reply: FastifyReply,
  fault: FaultAction | null,
) {
  const header = request.headers['content-range'];
  const range = header === undefined ? null : parseContentRange(header);
  if (header !== undefined && range === null) return refuse(reply, 'Invalid Content-Range.');
  if (range !== null && range.totalBytes !== null && range.totalBytes !== upload.contentLength) {
    return refuse(reply, 'The size differs from the one that the upload was started with.');
  }
  const path = uploadPath(ctx.stateFolder, upload.uploadId);
  const persisted = await persistedBytes(path);
  const isQuestion = range !== null && range.start === null;
  const start = range?.start ?? 0;
  if (isQuestion || upload.isComplete || start > persisted) {
    request.raw.resume();
    return answerProgress(upload, persisted, reply);
  }

  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const stopAfterBytes = fault?.kind === 'drop' && fault.afterBytes !== undefined ? fault.afterBytes : null;
  const end = await keepBody(request.raw, path, { start, maxBytes: upload.contentLength, stopAfterBytes });
  if (end === 'too long') return refuse(reply, 'More bytes than the upload was started with.');
  if (end === 'cut off') {
    reply.hijack();
    request.raw.socket.destroy();
    return reply;
  }
  const received = await persistedBytes(path);
  if (received === upload.contentLength) {
    ctx.account.record({ type: 'upload_completed', at: ctx.now(), uploadId: upload.uploadId });
  }
  if (fault !== null && (await faultAfter(ctx, fault, reply)) === 'answered') return reply;
  return answerProgress(upload, received, reply);
}

function answerProgress(upload: Upload, persisted: number, reply: FastifyReply) {
  if (upload.isComplete) {
    return reply
      .code(200)
      .send({ kind: 'storage#object', name: upload.fileName, size: String(upload.contentLength) });
  }
  if (persisted > 0) reply.header('range', `bytes=0-${persisted - 1}`);
  return reply.code(308).send();
}

function refuse(reply: FastifyReply, message: string) {
  // The rest of the body is not worth reading.
  reply.header('connection', 'close');
  return sendXmlError(reply, 400, 'InvalidArgument', message);
}
