import { open, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { BusinessFailure, TransientFailure } from '../domain/errors.ts';
import { diskFailure } from './disk-failure.ts';
import { failureOf, unansweredFailure, vendorName } from './failure-of.ts';
import { discard, type Fetch, readRefusal, send } from './http.ts';
import { createPieceWriter } from './piece-writer.ts';
import {
  type Checksum,
  createChecksum,
  describeObject,
  isSameObject,
  matchesHash,
  type RemoteObject,
  readNote,
} from './remote-object.ts';
import { guardStall } from './stall-guard.ts';

export type DownloadCall = {
  vendor: string;
  fetch: Fetch;
  /** A signed link; it is fetched without credentials. */
  url: URL;
  /** What is there already, from an earlier call, is continued. A note about it lies beside as `<file>.json`. */
  file: string;
  userAgent: string;
  signal: AbortSignal;
  now: () => Date;
  maxBytes: number;
  /** The longest time without a byte. */
  stallMs: number;
  onProgress?: (progress: DownloadProgress) => void;
  /** Told how many bytes are to come, before the first of them: what it throws ends the transfer. */
  onSize?: (bytes: number) => Promise<void>;
};

/** All but where it comes from. */
export type Receiver = Omit<DownloadCall, 'url'>;

export type DownloadProgress = {
  doneBytes: number;
  /** Null when the vendor does not say. */
  totalBytes: number | null;
};

/** Statuses with which a storage service says that a signed link is no longer good. */
const deadLinkStatuses = new Set([400, 401, 403]);

/**
 * Fetches a file of any size to disk, continuing where an earlier call was cut off, and checks its size and
 * its checksum (`x-goog-hash`) where the storage tells them.
 * @returns whether a checksum was there and agreed
 * @throws TransientFailure `<vendor>.link_expired` (ask for a new link and call again: the part is kept),
 * `<vendor>.incomplete`, `.corrupt_download`, `.stalled`, `.unreachable`; BusinessFailure `<vendor>.too_large`;
 * SystemFailure `disk.full`.
 */
export async function downloadToFile(call: DownloadCall): Promise<{ isVerified: boolean }> {
  const part = await readPart(call.file);
  if (part !== null && part.sizeBytes === part.object.totalBytes) return finish(call, part.object, null);
  const response = await request(call, part?.sizeBytes ?? 0);
  const start = response.status === 206 ? startOfRange(response) : 0;
  if (response.status === 206 || response.status === 416) {
    if (part === null || start !== part.sizeBytes || !isSameObject(describeObject(response), part.object)) {
      await discard(response);
      await dropPart(call.file);
      if (part === null) throw incomplete(call, `${vendorName(call.vendor)} sent a part of a file unasked.`);
      return downloadToFile(call);
    }
  }
  return receive(call, response, start);
}

/**
 * For what an earlier call has fetched whole, so that no link is needed to go on with it.
 * @returns null when there is no such file; else as `downloadToFile`
 * @throws TransientFailure `<vendor>.corrupt_download`
 */
export async function takeFinished(call: Receiver): Promise<{ isVerified: boolean } | null> {
  const part = await readPart(call.file);
  return part !== null && part.sizeBytes === part.object.totalBytes ? finish(call, part.object, null) : null;
}

/** For an answer that already carries the file, where a redirect to it was expected. */
export async function receive(
  call: Receiver,
  response: Response,
  start: number,
): Promise<{ isVerified: boolean }> {
  const object = describeObject(response);
  if ((object.totalBytes ?? 0) > call.maxBytes) {
    await discard(response);
    throw tooLarge(call);
  }
  await call.onSize?.(Math.max(0, (object.totalBytes ?? 0) - start)).catch(async (error: unknown) => {
    await discard(response);
    throw error;
  });
  await writeFile(noteOf(call.file), JSON.stringify(object)).catch(diskFailure);
  const check = start === 0 ? createChecksum(object) : null;
  await append(call, response, { start, totalBytes: object.totalBytes, check });
  return finish(call, object, check);
}

async function request(call: DownloadCall, offset: number): Promise<Response> {
  // The limit on the whole transfer is the policy's; this one is for the headers.
  const guard = guardStall(call.vendor, call.signal, call.stallMs);
  try {
    const response = await send({
      ...call,
      method: 'GET',
      signal: guard.signal,
      // Identity: sizes, ranges and checksums speak of the stored bytes.
      headers: { 'accept-encoding': 'identity', ...(offset > 0 ? { range: `bytes=${offset}-` } : {}) },
    });
    if (response.status === 200 || response.status === 206 || response.status === 416) return response;
    const answer = await readRefusal(response, call.vendor, guard.signal);
    if (!deadLinkStatuses.has(answer.status)) throw failureOf(call.vendor, answer, call.now);
    throw new TransientFailure(`A download link of ${vendorName(call.vendor)} is no longer good.`, {
      code: `${call.vendor}.link_expired`,
      details: { status: answer.status },
    });
  } finally {
    guard.end();
  }
}

/** What had come before a transfer broke is on disk, so that the next one goes on behind it. */
async function append(
  call: Receiver,
  response: Response,
  { start, totalBytes, check }: { start: number; totalBytes: number | null; check: Checksum | null },
): Promise<void> {
  let doneBytes = start;
  const guard = guardStall(call.vendor, call.signal, call.stallMs);
  const file = await open(call.file, start > 0 ? 'a' : 'w').catch(diskFailure);
  const writer = createPieceWriter(file);
  const reader = response.body?.getReader();
  const stop = (): void => void reader?.cancel(guard.signal.reason).catch(() => undefined);
  guard.signal.addEventListener('abort', stop, { once: true });
  try {
    for (;;) {
      const piece = await reader?.read();
      if (piece === undefined || piece.done) break;
      guard.touch();
      doneBytes += piece.value.byteLength;
      if (doneBytes > call.maxBytes) throw tooLarge(call);
      await writer.write(piece.value).catch(diskFailure);
      check?.update(piece.value);
      call.onProgress?.({ doneBytes, totalBytes });
    }
    guard.signal.throwIfAborted();
    await writer.drain().catch(diskFailure);
  } catch (error) {
    stop();
    await writer.drain().catch(() => undefined);
    throw isDiskError(error) ? error : unansweredFailure(call.vendor, error, guard.signal);
  } finally {
    guard.end();
    guard.signal.removeEventListener('abort', stop);
    await file.close();
  }
}

/** @param check of all bytes, where they came in one go; else they are read again */
async function finish(
  call: Receiver,
  object: RemoteObject,
  check: Checksum | null,
): Promise<{ isVerified: boolean }> {
  const { size } = await stat(call.file);
  const name = vendorName(call.vendor);
  if (object.totalBytes !== null && size < object.totalBytes) {
    throw incomplete(call, `${name} sent ${size} of ${object.totalBytes} bytes of a file.`);
  }
  const hasRightSize = object.totalBytes === null || size === object.totalBytes;
  const match = hasRightSize ? await isIntact(call, object, check) : false;
  if (match === false) {
    await dropPart(call.file);
    throw new TransientFailure(`A file from ${name} arrived damaged and is fetched again.`, {
      code: `${call.vendor}.corrupt_download`,
    });
  }
  return { isVerified: match === true };
}

async function isIntact(
  call: Receiver,
  object: RemoteObject,
  check: Checksum | null,
): Promise<boolean | null> {
  return check === null ? await matchesHash(call.file, object, call.signal) : check.matches();
}

/** @returns null when there is nothing that can be continued */
async function readPart(file: string): Promise<{ sizeBytes: number; object: RemoteObject } | null> {
  const object = await readNote(noteOf(file));
  const sizeBytes = await stat(file).then(
    (found) => found.size,
    () => 0,
  );
  if (object === null || sizeBytes === 0) return null;
  if (object.totalBytes !== null && sizeBytes > object.totalBytes) {
    await truncate(file, 0);
    return null;
  }
  return { sizeBytes, object };
}

async function dropPart(file: string): Promise<void> {
  await rm(file, { force: true });
  await rm(noteOf(file), { force: true });
}

function noteOf(file: string): string {
  return `${file}.json`;
}

function startOfRange(response: Response): number {
  const match = /^bytes (\d+)-/.exec(response.headers.get('content-range') ?? '');
  return match === null ? -1 : Number(match[1]);
}

function incomplete(call: Receiver, message: string): TransientFailure {
  return new TransientFailure(message, { code: `${call.vendor}.incomplete` });
}

function tooLarge(call: Receiver): BusinessFailure {
  return new BusinessFailure(`The file is larger than the ${call.maxBytes} bytes that we take.`, {
    code: `${call.vendor}.too_large`,
    details: { maxBytes: call.maxBytes },
  });
}

const diskCodes = new Set([
  'ENOSPC',
  'EDQUOT',
  'EACCES',
  'EPERM',
  'EROFS',
  'EIO',
  'ENOENT',
  'EISDIR',
  'EMFILE',
]);

function isDiskError(error: unknown): boolean {
  return error instanceof Error && 'code' in error && diskCodes.has(String(error.code));
}
